package io.isotherm.launcher;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option that says on which address of the machine HTTP is answered. */
final class HostOption {
  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description =
          "Answer HTTP on this address of the machine alone, for instance 127.0.0.1 (default: on all"
              + " of them, to everybody).")
  private @Nullable String host;

  /**
   * What to listen on.
   *
   * @param option the option that gives the port
   * @throws ParameterException if there is no such port, or the address is not this machine's
   */
  HttpAddress with(String option, int port) {
    if (port < 0 || port > 65_535) {
      throw wrong("%s: %d is not between 0 and 65535".formatted(option, port));
    }
    if (host == null) {
      return new HttpAddress(new InetSocketAddress(port), "localhost");
    }
    if (host.isBlank()) {
      throw wrong("--host is empty: write an address of this machine");
    }
    InetAddress address;
    try {
      address = InetAddress.getAllByName(host)[0];
    } catch (UnknownHostException e) {
      throw wrong("--host: '%s' is no address, and no name of one".formatted(host));
    }
    // Asked here with any port, so that it is told apart from a port that is in use.
    try (ServerSocket any = new ServerSocket(0, 1, address)) {
      return new HttpAddress(new InetSocketAddress(any.getInetAddress(), port), inUrl(host));
    } catch (IOException e) {
      throw wrong("--host: '%s' is no address of this machine".formatted(host));
    }
  }

  /** A host as it stands in a URL. */
  static String inUrl(String host) {
    return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  private ParameterException wrong(String what) {
    return new ParameterException(spec.commandLine(), what);
  }
}
