package io.isotherm.export;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * Takes the body of a request as it comes, and calls one of three when it knows how that ended. In
 * between it holds no thread: a few senders that are slow, or never go on, would hold all of them.
 */
final class RequestBody implements Runnable {
  private final Request request;
  private final int mostBytes;
  private final Consumer<String> whole;
  private final Runnable tooLong;
  private final Consumer<Throwable> failed;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /**
   * @param mostBytes length of the longest body that is taken
   * @param whole takes the body, which is text in UTF-8
   * @param tooLong called when there is more than that
   * @param failed takes the reason why the rest does not come
   */
  RequestBody(
      Request request,
      int mostBytes,
      Consumer<String> whole,
      Runnable tooLong,
      Consumer<Throwable> failed) {
    this.request = request;
    this.mostBytes = mostBytes;
    this.whole = whole;
    this.tooLong = tooLong;
    this.failed = failed;
  }

  /** Takes what is there, and is called again when there is more. */
  @Override
  public void run() {
    while (true) {
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        request.demand(this);
        return;
      }
      if (Content.Chunk.isFailure(chunk)) {
        failed.accept(chunk.getFailure());
        return;
      }
      take(chunk);
      if (bytes.size() > mostBytes) {
        tooLong.run();
        return;
      }
      if (chunk.isLast()) {
        whole.accept(bytes.toString(StandardCharsets.UTF_8));
        return;
      }
    }
  }

  private void take(Content.Chunk chunk) {
    byte[] part = new byte[chunk.remaining()];
    chunk.getByteBuffer().get(part);
    bytes.writeBytes(part);
    chunk.release();
  }
}
