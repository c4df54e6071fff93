package io.isotherm.backtest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.recording.RecordingException;
import io.isotherm.recording.StoppedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** A Prometheus of our own on a free port of the loopback, for as long as it is asked. */
final class LocalPrometheus implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final String url;
  private final BooleanSupplier stop;

  private LocalPrometheus(Process process, String url, BooleanSupplier stop) {
    this.process = process;
    this.url = url;
    this.stop = stop;
  }

  /**
   * Starts it and waits until it answers.
   *
   * @param directory where its log goes
   * @param config its configuration
   * @param data its blocks; made if it is not there
   * @param lookbackMs how long a sample counts
   * @param stop whether to wait no longer for it, nor for an answer of it
   * @throws RecordingException if it is not installed, or does not start
   * @throws StoppedException if it was to be waited for no longer
   */
  static LocalPrometheus start(
      Path directory, Path config, Path data, long lookbackMs, BooleanSupplier stop)
      throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path log = directory.resolve("prometheus.log");
    Process process =
        new ProcessBuilder(
                List.of(
                    RuleTrial.program("prometheus").toString(),
                    "--config.file=" + config,
                    "--storage.tsdb.path=" + data,
                    // Event times may be as old as they like.
                    "--storage.tsdb.retention.time=100y",
                    "--query.lookback-delta=" + lookbackMs + "ms",
                    "--web.listen-address=127.0.0.1:" + port))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    LocalPrometheus started = new LocalPrometheus(process, "http://127.0.0.1:" + port, stop);
    boolean ready = false;
    try {
      long giveUp = System.nanoTime() + PATIENCE.toNanos();
      while (!ready && process.isAlive() && System.nanoTime() < giveUp) {
        if (stop.getAsBoolean()) {
          throw new StoppedException();
        }
        ready = started.ready();
        if (!ready) {
          process.waitFor(100, TimeUnit.MILLISECONDS);
        }
      }
    } finally {
      if (!ready) {
        started.close();
      }
    }
    if (!ready) {
      List<String> said = Files.readAllLines(log);
      throw new RecordingException(
          "Prometheus did not start: " + (said.isEmpty() ? "" : said.get(said.size() - 1)));
    }
    return started;
  }

  private boolean ready() throws InterruptedException {
    try {
      return send("/-/ready").statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  String url() {
    return url;
  }

  /**
   * The data of the answer to GET of a path of its API.
   *
   * @throws RecordingException if it is refused
   * @throws StoppedException if it is to be waited for no longer
   */
  JsonNode get(String path) throws IOException, InterruptedException {
    HttpResponse<String> answer = send(path);
    JsonNode json = JSON.readTree(answer.body());
    if (answer.statusCode() != 200) {
      throw new RecordingException("Prometheus says: " + json.path("error").asText());
    }
    return json.path("data");
  }

  /** The series that an expression gives from a time to another one, both among them. */
  JsonNode range(String expression, long fromMs, long toMs, long stepMs)
      throws IOException, InterruptedException {
    return get(String.format(
            Locale.ROOT,
            "/api/v1/query_range?start=%.3f&end=%.3f&step=%.3f&query=%s",
            fromMs / 1000.0,
            toMs / 1000.0,
            stepMs / 1000.0,
            URLEncoder.encode(expression, StandardCharsets.UTF_8)))
        .path("result");
  }

  private HttpResponse<String> send(String path) throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<String>> answer =
        http.sendAsync(
            HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofMinutes(5)).build(),
            HttpResponse.BodyHandlers.ofString());
    while (true) {
      try {
        return answer.get(RuleTrial.LOOK_MS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (stop.getAsBoolean()) {
          throw new StoppedException();
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException failed) {
          throw failed;
        }
        throw new IllegalStateException(e.getCause());
      }
    }
  }

  /** Stops it and waits until it has ended. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
