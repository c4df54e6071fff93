package io.isotherm.bridge;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.BufferingResponseListener;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/** Asks exporters, many at once on few threads. Safe for use by several threads. */
final class Scraper implements AutoCloseable {
  /** The largest answer: that of an exporter of a host is a tenth of a mebibyte. */
  static final int MOST_BYTES = 16 << 20;

  /** Names of hosts are looked up on them, which may block. */
  private static final int THREADS = 16;

  private static final int CONNECTIONS_TO_A_HOST = 4;
  private static final long LEEWAY_MS = 5_000;

  private final HttpClient http = new HttpClient();
  private final Duration timeout;

  /**
   * What an exporter answered.
   *
   * @param exporter the exporter
   * @param text its answer; null if it gave none
   * @param failure why it gave none, or null
   * @param tookMs how long it took, in milliseconds
   */
  record Answer(
      BridgedBoard.Exporter exporter,
      @Nullable String text,
      @Nullable String failure,
      long tookMs) {}

  /**
   * What the exporters of a board answered.
   *
   * @param all an answer of each, in their order
   * @param timeMs when the last of them came, in milliseconds since 1970-01-01 UTC
   */
  record Answers(List<Answer> all, long timeMs) {}

  /**
   * @param timeout how long an exporter may take to answer, to the last byte
   */
  Scraper(Duration timeout) {
    this.timeout = timeout;
    QueuedThreadPool threads = new QueuedThreadPool(THREADS, 4);
    threads.setName("scraper");
    threads.setDaemon(true);
    http.setExecutor(threads);
    http.setUserAgentField(null);
    // Each hop would have a time of its own.
    http.setFollowRedirects(false);
    http.setConnectTimeout(timeout.toMillis());
    http.setMaxConnectionsPerDestination(CONNECTIONS_TO_A_HOST);
    LifeCycle.start(http);
  }

  /** Asks all exporters of a board; what comes back never fails. */
  CompletableFuture<Answers> scrape(BridgedBoard board) {
    List<CompletableFuture<Answer>> all = board.exporters().stream().map(this::ask).toList();
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
        .thenApply(
            done ->
                new Answers(
                    all.stream().map(CompletableFuture::join).toList(),
                    System.currentTimeMillis()));
  }

  private CompletableFuture<Answer> ask(BridgedBoard.Exporter exporter) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    long begun = System.nanoTime();
    ask(exporter, answer, begun, /* again= */ true);
    // Jetty keeps its own time; this is for what goes wrong in it.
    return answer.completeOnTimeout(
        failed(exporter, noAnswer(), begun),
        timeout.multipliedBy(2).toMillis() + LEEWAY_MS,
        TimeUnit.MILLISECONDS);
  }

  private void ask(
      BridgedBoard.Exporter exporter, CompletableFuture<Answer> answer, long begun, boolean again) {
    long leftMs = Math.max(1, timeout.toMillis() - sinceMs(begun));
    try {
      http.newRequest(exporter.url())
          .headers(headers -> headers.put(HttpHeader.ACCEPT, ExpositionText.ACCEPT))
          .timeout(leftMs, TimeUnit.MILLISECONDS)
          .send(
              new BufferingResponseListener(MOST_BYTES) {
                @Override
                public void onComplete(Result result) {
                  if (again && wasClosed(result)) {
                    ask(exporter, answer, begun, /* again= */ false);
                    return;
                  }
                  String failure = failure(result);
                  answer.complete(
                      failure == null
                          ? new Answer(
                              exporter,
                              getContentAsString(StandardCharsets.UTF_8),
                              null,
                              sinceMs(begun))
                          : failed(exporter, failure, begun));
                }
              });
    } catch (RuntimeException e) {
      answer.complete(failed(exporter, String.valueOf(e.getMessage()), begun));
    }
  }

  private static Answer failed(BridgedBoard.Exporter exporter, String why, long begun) {
    return new Answer(exporter, null, why, sinceMs(begun));
  }

  private static long sinceMs(long begun) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
  }

  /**
   * Whether a connection that was kept was closed just when it was used again, as servers do that
   * wait for as long as we do. No other question was asked, so it can be asked once more.
   */
  private static boolean wasClosed(Result result) {
    return result.getFailure() instanceof IOException
        && !(result.getFailure() instanceof ConnectException)
        && !(result.getFailure() instanceof SocketTimeoutException)
        && !(result.getFailure() instanceof UnknownHostException)
        && result.getResponse().getStatus() == 0;
  }

  private @Nullable String failure(Result result) {
    Throwable thrown = result.getFailure();
    if (thrown != null) {
      return reason(thrown);
    }
    int status = result.getResponse().getStatus();
    return status == HttpStatus.OK_200 ? null : "it answers with HTTP status %d".formatted(status);
  }

  private String reason(Throwable thrown) {
    for (@Nullable Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof TimeoutException || t instanceof SocketTimeoutException) {
        return noAnswer();
      }
      if (t instanceof UnknownHostException) {
        return "nobody knows this host";
      }
      if (t instanceof ConnectException) {
        return "connection refused";
      }
      if (t instanceof EofException || t instanceof ClosedChannelException) {
        return "the connection was closed";
      }
    }
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  private String noAnswer() {
    return "no answer within %d ms".formatted(timeout.toMillis());
  }

  /** Lets go of all connections. */
  @Override
  public void close() {
    LifeCycle.stop(http);
  }
}
