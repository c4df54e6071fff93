package io.isotherm.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaRegistry;
import io.isotherm.schemas.Topics;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class HttpEndpointTest {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static HttpResponse<byte[]> call(
      HttpEndpoint endpoint, String method, String path, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoint.port() + path))
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static String body(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  @Test
  void answersARouteWithItsTailAndQuery() throws Exception {
    try (HttpEndpoint endpoint =
        HttpEndpoint.titled("test")
            .below("/things", "all things", c -> Reply.text(200, c.tail() + c.query()))
            .start(0)) {
      assertThat(body(call(endpoint, "GET", "/things/a%20b/c?x=1&x=2&y")))
          .startsWith("a b/c{")
          .contains("x=1", "y=");
      assertThat(body(call(endpoint, "GET", "/things"))).isEqualTo("{}\n");
    }
  }

  @Test
  void answersHeadWithTheLengthAndNoBody() throws Exception {
    try (HttpEndpoint endpoint =
        HttpEndpoint.titled("test").at("/a", "a", c -> Reply.text(200, "hello")).start(0)) {
      HttpResponse<byte[]> head = call(endpoint, "HEAD", "/a");
      assertThat(head.statusCode()).isEqualTo(200);
      assertThat(head.body()).isEmpty();
      assertThat(head.headers().firstValue("Content-Length")).hasValue("6");
      assertThat(call(endpoint, "POST", "/a").statusCode()).isEqualTo(405);
    }
  }

  @Test
  void listsWhatThereIsAtAnUnknownPathAndInTheIndex() throws Exception {
    try (HttpEndpoint endpoint =
        HttpEndpoint.titled("a <test>")
            .headline(() -> "all is well")
            .at("/a", "the letter", c -> Reply.text(200, "a"))
            .start(0)) {
      HttpResponse<byte[]> missing = call(endpoint, "GET", "/b/c");
      assertThat(missing.statusCode()).isEqualTo(404);
      assertThat(body(missing)).contains("nothing is at /b/c", "/a", "the letter");
      assertThat(call(endpoint, "GET", "/a/b").statusCode()).isEqualTo(404);
      assertThat(body(call(endpoint, "GET", "/")))
          .contains("a &lt;test&gt;", "all is well", "href=\"/a\"");
    }
  }

  @Test
  void compressesALongBodyOnlyForWhomAcceptsIt() throws Exception {
    String text = "all is well ".repeat(1000);
    try (HttpEndpoint endpoint =
        HttpEndpoint.titled("test").at("/long", "long", c -> Reply.text(200, text)).start(0)) {
      HttpResponse<byte[]> zipped =
          call(endpoint, "GET", "/long", "Accept-Encoding", "deflate, gzip;q=0.5");
      assertThat(zipped.headers().firstValue("Content-Encoding")).hasValue("gzip");
      assertThat(zipped.body().length).isLessThan(1000);
      assertThat(
              new String(
                  new GZIPInputStream(new ByteArrayInputStream(zipped.body())).readAllBytes(),
                  StandardCharsets.UTF_8))
          .isEqualTo(text + "\n");
      HttpResponse<byte[]> refused =
          call(endpoint, "GET", "/long", "Accept-Encoding", "gzip;q=0, identity");
      assertThat(refused.headers().firstValue("Content-Encoding")).isEmpty();
      assertThat(body(refused)).isEqualTo(text + "\n");
    }
  }

  /** As a Prometheus does that scrapes it. */
  @Test
  void endsCleanlyWhileACallerKeepsItsConnection() throws Exception {
    Logger logger = (Logger) LoggerFactory.getLogger(HttpEndpoint.class);
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    logged.start();
    logger.addAppender(logged);
    try (HttpEndpoint endpoint =
        HttpEndpoint.titled("test").at("/a", "a", c -> Reply.text(200, "hello")).start(0)) {
      assertThat(body(call(endpoint, "GET", "/a"))).isEqualTo("hello\n");
    } finally {
      logger.detachAppender(logged);
    }
    assertThat(logged.list).extracting(ILoggingEvent::getFormattedMessage).isEmpty();
  }

  @Test
  void anAnswerThatIsUnderWayWhenItEndsIsGiven() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CompletableFuture<HttpResponse<byte[]>> answer;
    try (HttpEndpoint endpoint =
        HttpEndpoint.titled("test")
            .at(
                "/slow",
                "slow",
                c -> {
                  asked.countDown();
                  LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
                  return Reply.text(200, "hello");
                })
            .start(0)) {
      answer =
          CLIENT.sendAsync(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoint.port() + "/slow"))
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(body(answer.get(10, TimeUnit.SECONDS))).isEqualTo("hello\n");
  }

  @Test
  void saysWhatToDoWhenThePortIsTaken() throws Exception {
    try (HttpEndpoint endpoint = HttpEndpoint.titled("first").start(0)) {
      int port = endpoint.port();
      assertThatThrownBy(() -> HttpEndpoint.titled("second").start(port).close())
          .isInstanceOf(BindException.class)
          .hasMessage(
              "port %d is in use: stop the process that listens there, or choose another with --port"
                  .formatted(port));
    }
  }

  @Test
  void saysWhyItCannotListenWhereNobodyElseDoes() {
    // An address that is kept for documents, and so no machine's.
    InetSocketAddress nowhere = new InetSocketAddress("192.0.2.1", 9464);
    assertThatThrownBy(() -> HttpEndpoint.titled("test").start(nowhere, "--metrics-port").close())
        .isInstanceOf(BindException.class)
        .hasMessage(
            "port 9464 cannot be used: Cannot assign requested address; choose another with --metrics-port");
  }

  @Test
  void answersOnTheAddressThatItWasGivenAndOnNoOther() throws Exception {
    HttpEndpoint.Builder routes =
        HttpEndpoint.titled("test").at("/a", "a", c -> Reply.text(200, "hello"));
    try (HttpEndpoint endpoint = routes.start(new InetSocketAddress("127.0.0.2", 0))) {
      try (Socket reached = new Socket("127.0.0.2", endpoint.port())) {
        assertThat(reached.isConnected()).isTrue();
      }
      assertThatThrownBy(
              () -> new Socket(InetAddress.getLoopbackAddress(), endpoint.port()).close())
          .isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void servesTheBundledSchemasToAClientOfARegistry() throws Exception {
    HttpEndpoint.Builder routes = HttpEndpoint.titled("test");
    Exporter.registry(routes, SchemaHistory.bundled());
    try (HttpEndpoint endpoint = routes.start(0)) {
      HttpResponse<byte[]> first = call(endpoint, "GET", "/registry/schemas/ids/1");
      assertThat(first.statusCode()).isEqualTo(200);
      assertThat(first.headers().firstValue("Content-Type"))
          .hasValue("application/vnd.schemaregistry.v1+json");
      assertThat(body(first)).startsWith("{\"schema\":");
      assertThat(call(endpoint, "GET", "/registry/schemas/ids/9999").statusCode()).isEqualTo(404);
      assertThat(call(endpoint, "DELETE", "/registry/subjects/x").statusCode()).isEqualTo(405);
      // Looks up by POST, with the schema in the body.
      SchemaRegistry client =
          new SchemaRegistry(URI.create("http://127.0.0.1:" + endpoint.port() + "/registry"));
      String subject = Topics.INCIDENTS.subject();
      assertThat(client.newestId(subject)).isEqualTo(SchemaHistory.bundled().newestId(subject));
    }
  }

  @Test
  void bodiesThatAreSlowToComeHoldNobodyUp() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try (HttpEndpoint endpoint =
        HttpEndpoint.titled("test")
            .at("/metrics", "metrics", c -> Reply.text(200, "all is well"))
            .anyMethodBelow("/any", "any method", c -> Reply.text(200, "read " + c.body()))
            .start(0)) {
      // Given: more half bodies than there are threads
      for (int i = 0; i < 8; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port());
        slow.add(socket);
        write(
            socket,
            "POST /any HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 8\r\n\r\nhalf");
      }

      // Then: also when all of them have been taken up
      for (long end = System.nanoTime() + 1_500_000_000L; System.nanoTime() < end; ) {
        HttpRequest scrape =
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoint.port() + "/metrics"))
                .timeout(Duration.ofSeconds(1))
                .build();
        assertThat(CLIENT.send(scrape, HttpResponse.BodyHandlers.ofString()).body())
            .isEqualTo("all is well\n");
      }
      for (Socket socket : slow) {
        write(socket, "half");
        assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
            .startsWith("HTTP/1.1 200")
            .endsWith("read halfhalf\n");
      }
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aBodyThatIsTooLongIsRefused() throws Exception {
    try (HttpEndpoint endpoint =
        HttpEndpoint.titled("test")
            .anyMethodBelow("/any", "any", c -> Reply.text(200, "read " + c.body().length()))
            .start(0)) {
      assertThat(post(endpoint, 1 << 20)).isEqualTo("200 read 1048576\n");
      assertThat(post(endpoint, (1 << 20) + 1))
          .isEqualTo("413 the body is longer than 1048576 bytes\n");
    }
  }

  private static String post(HttpEndpoint endpoint, int length) throws Exception {
    HttpResponse<String> answer =
        CLIENT.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoint.port() + "/any"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[length]))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  @Test
  void reportsAFailedAnswerAsAServerError() throws Exception {
    try (HttpEndpoint endpoint =
        HttpEndpoint.titled("test")
            .at(
                "/bad",
                "bad",
                c -> {
                  throw new IllegalStateException("no state");
                })
            .start(0)) {
      HttpResponse<byte[]> bad = call(endpoint, "GET", "/bad");
      assertThat(bad.statusCode()).isEqualTo(500);
      assertThat(body(bad)).isEqualTo("no answer for /bad: no state\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"%", "a=%", "a=%4", "a=%zz", "%zz=1"})
  void refusesAQueryThatIsNotWellEncodedAndLogsNothing(String query) throws Exception {
    Logger log = (Logger) LoggerFactory.getLogger(HttpEndpoint.class);
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    logged.start();
    log.addAppender(logged);
    try (HttpEndpoint endpoint =
            HttpEndpoint.titled("test").at("/a", "a", c -> Reply.text(200, "a")).start(0);
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port())) {
      // A client that makes a URI of it would not send it.
      write(socket, "GET /a?" + query + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 400")
          .endsWith("the query is not well encoded\n");
      assertThat(logged.list).isEmpty();
    } finally {
      log.detachAppender(logged);
    }
  }

  @Test
  void servesTheMetersOfTheProcessInTheFormatAskedFor() throws Exception {
    try (ProcessMeters meters = new ProcessMeters();
        HttpEndpoint endpoint =
            HttpEndpoint.titled("test").at(ProcessMeters.PATH, "meters", meters::answer).start(0)) {
      HttpResponse<byte[]> text = call(endpoint, "GET", ProcessMeters.PATH);
      assertThat(text.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/plain; version=0.0.4");
      assertThat(body(text))
          .contains("jvm_memory_used_bytes{", "process_uptime_seconds", "jvm_classes_loaded")
          .contains("system_cpus ")
          .doesNotContain("_cpu_count");
      HttpResponse<byte[]> open =
          call(endpoint, "GET", ProcessMeters.PATH, "Accept", "application/openmetrics-text");
      assertThat(open.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("application/openmetrics-text; version=1.0.0");
      assertThat(body(open)).endsWith("# EOF\n");
    }
  }
}
