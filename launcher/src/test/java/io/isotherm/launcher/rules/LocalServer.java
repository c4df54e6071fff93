package io.isotherm.launcher.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Prometheus or an Alertmanager of this test's own, on a free port of the loopback. */
final class LocalServer implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final URI root;

  private LocalServer(Process process, URI root) {
    this.process = process;
    this.root = root;
  }

  /** Starts the program and waits until it is ready; its data and log go below the directory. */
  static LocalServer start(Tool tool, Path directory, List<String> arguments) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    List<String> all = new ArrayList<>(arguments);
    all.add("--web.listen-address=127.0.0.1:" + port);
    Path log = directory.resolve(tool.name() + ".log");
    Process process =
        tool.command(all).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    LocalServer server = new LocalServer(process, URI.create("http://127.0.0.1:" + port));
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () -> {
              assertThat(process.isAlive()).as(() -> Checkout.read(log)).isTrue();
              return server.send(server.to("/-/ready").build()).statusCode() == 200;
            });
    return server;
  }

  /** The answer to GET of a path, which must be JSON with status 200. */
  JsonNode get(String path) throws IOException, InterruptedException {
    HttpResponse<String> answer = send(to(path).build());
    assertThat(answer.statusCode()).as("%s: %s", path, answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  /** What Prometheus answers to a query now: the array of results. */
  JsonNode query(String expression) throws IOException, InterruptedException {
    return get("/api/v1/query?query=" + encoded(expression)).at("/data/result");
  }

  /** What Prometheus answers to a query of an instant: the array of results. */
  JsonNode query(String expression, Instant at) throws IOException, InterruptedException {
    return get("/api/v1/query?time=%s&query=%s".formatted(at, encoded(expression)))
        .at("/data/result");
  }

  /** What Prometheus answers to a query of a time range in steps of 5 s: the array of results. */
  JsonNode range(String expression, Instant from, Instant to)
      throws IOException, InterruptedException {
    return get("/api/v1/query_range?start=%s&end=%s&step=5&query=%s"
            .formatted(from, to, encoded(expression)))
        .at("/data/result");
  }

  private static String encoded(String expression) {
    return URLEncoder.encode(expression, StandardCharsets.UTF_8);
  }

  /** Posts JSON to a path, which must be answered with status 200. */
  void post(String path, JsonNode body) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        send(
            to(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build());
    assertThat(answer.statusCode()).as("%s: %s", path, answer.body()).isEqualTo(200);
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(root.resolve(path)).timeout(Duration.ofSeconds(20));
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return http.send(request, BodyHandlers.ofString());
  }

  /** Stops the program and waits until it has ended. */
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
