package io.isotherm.export;

import java.nio.charset.StandardCharsets;

/**
 * The answer to a {@link Call}. The body is not copied: who makes a reply gives the array away.
 *
 * @param status HTTP status
 * @param contentType value of the header Content-Type
 * @param body the body, as it is before any compression
 */
@SuppressWarnings("ArrayRecordComponent")
public record Reply(int status, String contentType, byte[] body) {

  /** An answer in plain text; a line end is added if there is none. */
  public static Reply text(int status, String text) {
    String body = text.endsWith("\n") ? text : text + "\n";
    return new Reply(status, "text/plain; charset=utf-8", body.getBytes(StandardCharsets.UTF_8));
  }

  /** A page for a browser. */
  public static Reply html(String page) {
    return new Reply(200, "text/html; charset=utf-8", page.getBytes(StandardCharsets.UTF_8));
  }

  /** An answer in JSON. */
  public static Reply json(int status, byte[] json) {
    return new Reply(status, "application/json", json);
  }
}
