package io.isotherm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Exporters that answer, and those that do not, in each way that there is. */
@Timeout(60)
final class ScraperTest {
  private static final Duration TIMEOUT = Duration.ofMillis(800);

  private final CountDownLatch over = new CountDownLatch(1);
  private @Nullable HttpServer server;

  @AfterEach
  void stop() {
    over.countDown();
    if (server != null) {
      server.stop(0);
    }
  }

  private Scraper.Answer answerOf(HttpHandler handler) throws IOException {
    HttpServer http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server = http;
    http.setExecutor(
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task);
              thread.setDaemon(true);
              return thread;
            }));
    http.createContext("/metrics", handler);
    http.start();
    return ask("http://127.0.0.1:%d/metrics".formatted(http.getAddress().getPort()));
  }

  private static BridgedBoard board(String url) {
    BridgedBoard.Exporter exporter =
        new BridgedBoard.Exporter(
            URI.create(url),
            new ExporterReadings("dcgm", ExporterMapping.read("dcgm", Path.of("t.yaml"))));
    return new BridgedBoard(0, 0, "pod-00/cab-000/board-0", List.of(exporter));
  }

  private static Scraper.Answer ask(String url) {
    try (Scraper scraper = new Scraper(TIMEOUT)) {
      return scraper.scrape(board(url)).join().all().get(0);
    }
  }

  @Test
  void anAnswerIsItsText() throws IOException {
    Scraper.Answer answer =
        answerOf(
            exchange -> {
              byte[] body = "power 1 # °C\n".getBytes(StandardCharsets.UTF_8);
              exchange.sendResponseHeaders(200, body.length);
              exchange.getResponseBody().write(body);
              exchange.close();
            });
    assertThat(answer.text()).isEqualTo("power 1 # °C\n");
    assertThat(answer.failure()).isNull();
  }

  @Test
  void anotherStatusIsAFailure() throws IOException {
    Scraper.Answer answer =
        answerOf(
            exchange -> {
              exchange.sendResponseHeaders(503, -1);
              exchange.close();
            });
    assertThat(answer.text()).isNull();
    assertThat(answer.failure()).isEqualTo("it answers with HTTP status 503");
  }

  @Test
  void anExporterThatDoesNotAnswerIsGivenUp() throws IOException {
    assertThat(answerOf(exchange -> await()).failure()).isEqualTo("no answer within 800 ms");
  }

  @Test
  void anAnswerThatDoesNotEndIsGivenUp() throws IOException {
    Scraper.Answer answer =
        answerOf(
            exchange -> {
              exchange.sendResponseHeaders(200, 1_000);
              OutputStream out = exchange.getResponseBody();
              out.write("power 1\n".getBytes(StandardCharsets.UTF_8));
              out.flush();
              await();
            });
    assertThat(answer.text()).isNull();
    assertThat(answer.failure()).isEqualTo("no answer within 800 ms");
  }

  @Test
  void anAnswerThatIsTooLongIsGivenUp() throws IOException {
    Scraper.Answer answer =
        answerOf(
            exchange -> {
              exchange.sendResponseHeaders(200, Scraper.MOST_BYTES + 1L);
              try (OutputStream out = exchange.getResponseBody()) {
                byte[] some = new byte[1 << 16];
                for (int i = 0; i < Scraper.MOST_BYTES / some.length; i++) {
                  out.write(some);
                }
              }
            });
    assertThat(answer.text()).isNull();
    assertThat(answer.failure()).contains("exceeded");
  }

  /** A server that closes each connection just when it is used for the second time. */
  @Test
  void aConnectionThatWasKeptAndIsClosedIsNoFailure() throws Exception {
    byte[] answer =
        "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npower 1\n".getBytes(StandardCharsets.UTF_8);
    try (ServerSocket listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Scraper scraper = new Scraper(TIMEOUT)) {
      Thread thread =
          new Thread(
              () -> {
                while (!listening.isClosed()) {
                  try (Socket socket = listening.accept()) {
                    readHead(socket);
                    socket.getOutputStream().write(answer);
                    readHead(socket);
                  } catch (IOException e) {
                    // The test is over.
                  }
                }
              });
      thread.setDaemon(true);
      thread.start();
      BridgedBoard board = board("http://127.0.0.1:%d/metrics".formatted(listening.getLocalPort()));
      for (int i = 0; i < 4; i++) {
        assertThat(scraper.scrape(board).join().all().get(0).failure()).as("answer %d", i).isNull();
      }
    }
  }

  private static void readHead(Socket socket) throws IOException {
    int newlines = 0;
    for (int c = 0; newlines < 2 && c >= 0; ) {
      c = socket.getInputStream().read();
      newlines = c == '\n' ? newlines + 1 : c == '\r' ? newlines : 0;
    }
  }

  @Test
  void aPortWhereNobodyListensIsNamed() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    assertThat(ask("http://127.0.0.1:%d/metrics".formatted(port)).failure())
        .isEqualTo("connection refused");
  }

  @Test
  void aHostThatNobodyKnowsIsNamed() {
    assertThat(ask("http://no-such-host.invalid:9400/metrics").failure())
        .isEqualTo("nobody knows this host");
  }

  private void await() {
    try {
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
