package io.isotherm.export;

import java.util.Map;

/**
 * A question over HTTP, as far as answering it needs to know.
 *
 * @param path decoded path, beginning with a slash
 * @param tail what follows the route's own path, without its first slash; empty for the route
 *     itself
 * @param query parameters of the query; of a repeated one the first
 * @param accept value of the header Accept, empty if there was none
 */
public record Call(String path, String tail, Map<String, String> query, String accept) {
  /** Copies the query. */
  public Call {
    query = Map.copyOf(query);
  }
}
