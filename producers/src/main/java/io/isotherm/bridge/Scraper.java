package io.isotherm.bridge;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.BufferingResponseListener;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
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
   * @param timeout how long an exporter may take to answer, to the last byte
   */
  Scraper(Duration timeout) {
    this.timeout = timeout;
    QueuedThreadPool threads = new QueuedThreadPool(THREADS, 4);
    threads.setName("scraper");
    threads.setDaemon(true);
    http.setExecutor(threads);
    http.setUserAgentField(null);
    http.setConnectTimeout(timeout.toMillis());
    http.setMaxConnectionsPerDestination(CONNECTIONS_TO_A_HOST);
    LifeCycle.start(http);
  }

  /** Asks all exporters of a board; what comes back never fails. */
  CompletableFuture<List<Answer>> scrape(BridgedBoard board) {
    List<CompletableFuture<Answer>> all = new ArrayList<>();
    for (BridgedBoard.Exporter exporter : board.exporters()) {
      all.add(ask(exporter));
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
        .thenApply(done -> all.stream().map(CompletableFuture::join).toList());
  }

  private CompletableFuture<Answer> ask(BridgedBoard.Exporter exporter) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    long begun = System.nanoTime();
    http.newRequest(exporter.url())
        .headers(headers -> headers.put(HttpHeader.ACCEPT, ExpositionText.ACCEPT))
        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .send(
            new BufferingResponseListener(MOST_BYTES) {
              @Override
              public void onComplete(Result result) {
                long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
                String failure = failure(result);
                answer.complete(
                    new Answer(
                        exporter,
                        failure == null ? getContentAsString(StandardCharsets.UTF_8) : null,
                        failure,
                        tookMs));
              }
            });
    return answer;
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
      if (t instanceof TimeoutException) {
        return "no answer within %d ms".formatted(timeout.toMillis());
      }
      if (t instanceof UnknownHostException) {
        return "nobody knows this host";
      }
      if (t instanceof ConnectException) {
        return "connection refused";
      }
    }
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  /** Lets go of all connections. */
  @Override
  public void close() {
    LifeCycle.stop(http);
  }
}
