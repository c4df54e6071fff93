package io.isotherm.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.apache.avro.Schema;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BundledRegistryTest {
  private static final SchemaHistory HISTORY = SchemaHistory.bundled();
  private static final String SUBJECT = "telemetry.reports-value";

  private final BundledRegistry registry = new BundledRegistry(HISTORY);
  private final ObjectMapper mapper = new ObjectMapper();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET    | /                                              | 200 | 0
          GET    | /schemas/types                                 | 200 | 0
          GET    | /schemas/ids/1                                 | 200 | 0
          GET    | /schemas/ids/1/schema                          | 200 | 0
          GET    | /schemas/ids/1/versions                        | 200 | 0
          GET    | /schemas/ids/999                               | 404 | 40403
          GET    | /schemas/ids/x                                 | 404 | 40403
          GET    | /subjects                                      | 200 | 0
          GET    | /subjects/telemetry.reports-value/versions     | 200 | 0
          GET    | /subjects/telemetry%2Ereports-value/versions/1 | 200 | 0
          GET    | /subjects/telemetry.reports-value/versions/latest/schema | 200 | 0
          GET    | /subjects/nothing/versions                     | 404 | 40401
          GET    | /subjects/nothing/versions/1                   | 404 | 40401
          GET    | /subjects/telemetry.reports-value/versions/99  | 404 | 40402
          GET    | /subjects/telemetry.reports-value/versions/0   | 422 | 42202
          GET    | /subjects/telemetry.reports-value/versions/x   | 422 | 42202
          GET    | /subjects/%zz/versions                         | 404 | 40401
          GET    | /config                                        | 200 | 0
          GET    | /config/telemetry.reports-value                | 200 | 0
          GET    | /config/nothing                                | 404 | 40401
          GET    | /mode                                          | 200 | 0
          GET    | /nothing                                       | 404 | 404
          POST   | /subjects/nothing                              | 404 | 40401
          POST   | /subjects/telemetry.reports-value              | 422 | 42201
          POST   | /subjects/telemetry.reports-value/versions     | 405 | 405
          PUT    | /config                                        | 405 | 405
          DELETE | /subjects/telemetry.reports-value              | 405 | 405
          """)
  void answersAsConfluentsRegistryDoes(String method, String path, int status, int code)
      throws IOException {
    BundledRegistry.Answer answer = registry.answer(method, path, "");
    assertThat(answer.status()).isEqualTo(status);
    JsonNode json = mapper.readTree(answer.body());
    assertThat(json.path("error_code").asInt(0)).isEqualTo(code);
    if (code != 0) {
      assertThat(json.path("message").asText()).isNotBlank();
    }
  }

  @Test
  void anIdGivesItsSchemaAsText() throws IOException {
    JsonNode json = mapper.readTree(registry.answer("GET", "/schemas/ids/1", "").body());
    assertThat(new Schema.Parser().parse(json.path("schema").asText()))
        .isEqualTo(HISTORY.schema(1));
    assertThat(registry.answer("GET", "/schemas/ids/1/versions", "").body())
        .isEqualTo("[{\"subject\":\"telemetry.reports-value\",\"version\":1}]");
    assertThat(registry.answer("GET", "/config", "").body())
        .isEqualTo("{\"compatibilityLevel\":\"BACKWARD_TRANSITIVE\"}");
    assertThat(registry.answer("GET", "/mode", "").body()).isEqualTo("{\"mode\":\"READONLY\"}");
  }

  @Test
  void aSchemaIsFoundInItsSubjectOnly() throws IOException {
    String body =
        mapper
            .createObjectNode()
            .put("schema", HISTORY.newest(SUBJECT).schema().toString())
            .toString();
    JsonNode found = mapper.readTree(registry.answer("POST", "/subjects/" + SUBJECT, body).body());
    assertThat(found.path("id").asInt()).isEqualTo(HISTORY.newestId(SUBJECT));
    assertThat(found.path("version").asInt()).isEqualTo(HISTORY.newest(SUBJECT).version());
    JsonNode not =
        mapper.readTree(registry.answer("POST", "/subjects/incidents-value", body).body());
    assertThat(not.path("error_code").asInt()).isEqualTo(40403);
  }

  @Test
  void theRegistryClientFindsTheBundledIdsBehindIt() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/registry",
        exchange -> {
          String path = exchange.getRequestURI().getRawPath().substring("/registry".length());
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          BundledRegistry.Answer answer = registry.answer(exchange.getRequestMethod(), path, body);
          byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", BundledRegistry.CONTENT_TYPE);
          exchange.sendResponseHeaders(answer.status(), bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    URI url =
        URI.create(
            "http://%s:%d/registry/"
                .formatted(
                    server.getAddress().getAddress().getHostAddress(),
                    server.getAddress().getPort()));
    SchemaRegistry client = new SchemaRegistry(url);
    try {
      for (Topic<?, ?> topic : Topics.ALL) {
        int id = client.newestId(topic.subject());
        assertThat(id).isEqualTo(HISTORY.newestId(topic.subject()));
        assertThat(client.schema(id)).isEqualTo(HISTORY.schema(id));
      }
      assertThatThrownBy(() -> client.schema(999))
          .isInstanceOf(UndecodableException.class)
          .hasMessageStartingWith("framing: schema id 999 at byte 1 is not in the registry http");
    } finally {
      server.stop(0);
    }
    int asked = HISTORY.newestId(SUBJECT);
    assertThat(client.schema(asked)).isEqualTo(HISTORY.schema(asked));
    // No answer is no verdict on the value.
    assertThatThrownBy(() -> client.schema(1000))
        .isInstanceOf(KafkaException.class)
        .isNotInstanceOf(UndecodableException.class)
        .hasMessageContaining("cannot be reached");
  }

  @Test
  void aRegistryMustBeAnHttpUrl() {
    assertThatThrownBy(() -> new SchemaRegistry(URI.create("localhost:8081")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "schema registry 'localhost:8081' is no http or https URL, such as"
                + " http://localhost:8081");
  }
}
