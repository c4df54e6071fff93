package io.isotherm.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the client makes of a registry's answers; the good ones are in BundledRegistryTest. */
final class SchemaRegistryTest {
  private static final SchemaHistory HISTORY = SchemaHistory.bundled();
  private static final String SUBJECT = "telemetry.reports-value";
  private static final int GOOD = 7;

  private final Map<String, String> answers = new HashMap<>();
  private final List<String> asked = new ArrayList<>();
  private final List<String> users = new ArrayList<>();
  private HttpServer server;
  private SchemaRegistry client;
  private long nanos;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          asked.add(path);
          users.add(
              Objects.requireNonNullElse(
                  exchange.getRequestHeaders().getFirst("Authorization"), "nobody"));
          exchange.getRequestBody().readAllBytes();
          String body = answers.get(path);
          if (body == null) {
            exchange.sendResponseHeaders(404, -1);
          } else {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
          }
          exchange.close();
        });
    server.start();
    client = client("");
  }

  private SchemaRegistry client(String user) {
    return new SchemaRegistry(
        URI.create("http://%s127.0.0.1:%d/".formatted(user, server.getAddress().getPort())),
        HISTORY,
        () -> nanos);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(int id, String schema) {
    answers.put(
        "/schemas/ids/" + id,
        new ObjectMapper().createObjectNode().put("schema", schema).toString());
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }

  private void assertRefused(int id, String why) {
    assertThatThrownBy(() -> client.schema(id))
        .isInstanceOf(UndecodableException.class)
        .hasMessageStartingWith("framing: schema id %d at byte 1 %s".formatted(id, why));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no schema",
        "{\"type\": \"record\", \"name\": \"a b\", \"fields\": []}",
        // As with references to schemas that are registered by themselves.
        "{\"type\": \"record\", \"name\": \"A\", \"fields\": [{\"name\": \"b\", \"type\": \"B\"}]}",
      })
  void aRecordWithASchemaThatAvroCannotParseIsBroken(String schema) {
    answer(3, schema);

    assertRefused(3, "is no Avro schema by itself: ");
    assertRefused(3, "is no Avro schema by itself: ");

    assertThat(asked).hasSize(1);
  }

  @Test
  void anAnswerWithoutASchemaIsNoVerdictOnTheRecord() {
    answers.put("/schemas/ids/3", "{}");

    assertThatThrownBy(() -> client.schema(3))
        .isInstanceOf(KafkaException.class)
        .isNotInstanceOf(UndecodableException.class)
        .hasMessageContaining("gave no schema");
  }

  @Test
  void anIdThatWasNotKnownIsAskedForAgainAfterHalfAMinute() {
    assertRefused(GOOD, "is not in the registry http://");
    answer(GOOD, HISTORY.newest(SUBJECT).schema().toString());
    pass(Duration.ofSeconds(29));
    assertRefused(GOOD, "is not in the registry http://");
    assertThat(asked).hasSize(1);

    pass(Duration.ofSeconds(1));

    assertThat(client.schema(GOOD)).isEqualTo(HISTORY.newest(SUBJECT).schema());
    assertThat(asked).hasSize(2);
  }

  @Test
  void anIdThatWasNotKnownStaysSoWhileTheRegistryIsAway() {
    assertRefused(3, "is not in the registry http://");
    server.stop(0);
    pass(Duration.ofMinutes(1));

    assertRefused(3, "is not in the registry http://");

    assertThatThrownBy(() -> client.schema(4))
        .isNotInstanceOf(UndecodableException.class)
        .hasMessageContaining("cannot be reached");
  }

  @Test
  void aThousandUnknownIdsAreRememberedAndOldOnesMakeRoom() {
    for (int id = 1; id <= 1_001; id++) {
      assertRefused(id, "is not in the registry ");
    }
    asked.clear();
    assertRefused(1_000, "is not in the registry ");
    assertRefused(1_001, "is not in the registry ");
    assertThat(asked).containsExactly("/schemas/ids/1001");

    pass(Duration.ofSeconds(30));
    assertRefused(1_001, "is not in the registry ");
    assertRefused(1_001, "is not in the registry ");

    assertThat(asked).hasSize(2);
  }

  @Test
  void theUserOfTheUrlIsToldToTheRegistryAloneAndInNoMessage() {
    // Given: user isotherm, password s3:cr@t
    client = client("isotherm:s3%3Acr%40t@");
    answers.put("/schemas/ids/3", "{}");

    // Then
    assertThatThrownBy(() -> client.schema(3))
        .hasMessage(
            "schema registry http://127.0.0.1:%d/schemas/ids/3 gave no schema",
            server.getAddress().getPort());
    assertThat(users).containsExactly("Basic aXNvdGhlcm06czM6Y3JAdA==");

    server.stop(0);
    assertThatThrownBy(() -> client.schema(4))
        .hasMessageContaining("cannot be reached")
        .hasMessageNotContaining("s3");
  }

  @Test
  void whoNamesNoUserSendsNone() {
    assertRefused(3, "is not in the registry http://");

    assertThat(users).containsExactly("nobody");
  }

  @ParameterizedTest
  @CsvSource({
    "ftp://isotherm:secret@registry, ftp://registry",
    "https://isotherm:se@cret@registry, https://registry",
    "https://isotherm:se/cret@registry, https://registry",
    "https://isotherm:12/secret@registry:8081/api, https://registry:8081/api",
    "https://isotherm:se?cret@registry, https://registry",
    "https://isotherm:1#secret@registry, https://registry",
  })
  void aUrlThatCannotBeUsedIsNamedWithoutItsPassword(URI url, String named) {
    assertThatThrownBy(() -> new SchemaRegistry(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "schema registry '%s' is no http or https URL, such as http://localhost:8081", named);
  }

  @Test
  void whatIsNoIdIsNeverAskedFor() {
    assertRefused(0, "is in no registry");
    assertRefused(-1, "is in no registry");

    assertThat(asked).isEmpty();
  }

  @Test
  void whatThisProcessWritesItCanReadWhileTheRegistryIsAway() {
    answers.put("/subjects/" + SUBJECT, "{\"id\": 12}");
    assertThat(client.newestId(SUBJECT)).isEqualTo(12);
    server.stop(0);

    assertThat(client.schema(12)).isEqualTo(HISTORY.newest(SUBJECT).schema());
  }
}
