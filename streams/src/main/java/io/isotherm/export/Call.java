package io.isotherm.export;

import java.util.Map;

/**
 * A question over HTTP, as far as answering it needs to know.
 *
 * @param method HTTP method; GET or HEAD unless the route takes any
 * @param path decoded path, beginning with a slash
 * @param rawPath the path as it was sent, percent-encoded
 * @param tail what follows the route's own path, without its first slash; empty for the route
 *     itself
 * @param query parameters of the query; of a repeated one the first
 * @param accept value of the header Accept, empty if there was none
 * @param body body of the request, empty if it has none or the route takes none
 */
public record Call(
    String method,
    String path,
    String rawPath,
    String tail,
    Map<String, String> query,
    String accept,
    String body) {
  /** Copies the query. */
  public Call {
    query = Map.copyOf(query);
  }
}
