package io.isotherm.launcher;

import java.net.InetSocketAddress;

/**
 * Where a process answers HTTP.
 *
 * @param socket what it listens on
 * @param shown the host that somebody on this machine can reach it by, as it stands in a URL
 */
record HttpAddress(InetSocketAddress socket, String shown) {
  /**
   * A page's address.
   *
   * @param port the port that was opened
   */
  String url(int port, String path) {
    return "http://%s:%d%s".formatted(shown, port, path);
  }
}
