package io.isotherm.schemas;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * Ids from a schema registry with Confluent's API (Confluent, Apicurio and others).
 *
 * <p>The newest bundled schema of a subject is looked up, and registered if the registry does not
 * have it. Answers are kept for the life of this object; a registry never changes an id. An id that
 * the registry does not know is asked for once, since writers register before they write.
 */
public final class SchemaRegistry implements SchemaIds {
  private static final String JSON = "application/vnd.schemaregistry.v1+json";
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** Bound of the ids remembered as unknown: broken records can carry any. */
  private static final int MAX_UNKNOWN = 1000;

  private final String url;
  private final SchemaHistory history;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final ObjectMapper mapper = new ObjectMapper();
  private final Map<String, Integer> newestIds = new ConcurrentHashMap<>();
  private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
  private final Set<Integer> unknown = ConcurrentHashMap.newKeySet();

  /**
   * @param url where the API begins, for instance {@code http://localhost:8081}
   * @throws IllegalArgumentException if it is no http or https URL
   */
  public SchemaRegistry(URI url) {
    this(url, SchemaHistory.bundled());
  }

  SchemaRegistry(URI url, SchemaHistory history) {
    String scheme = url.getScheme();
    if (!("http".equals(scheme) || "https".equals(scheme)) || url.getHost() == null) {
      throw new IllegalArgumentException(
          "schema registry '%s' is no http or https URL, such as http://localhost:8081"
              .formatted(url));
    }
    this.url = url.toString().replaceAll("/+$", "");
    this.history = history;
  }

  @Override
  public int newestId(String subject) {
    return newestIds.computeIfAbsent(subject, this::lookUpOrRegister);
  }

  private int lookUpOrRegister(String subject) {
    ObjectNode body = mapper.createObjectNode();
    body.put("schema", history.newest(subject).schema().toString());
    // No "schemaType": AVRO is the default, and old registries refuse the field.
    String found = "/subjects/" + subject;
    Optional<JsonNode> answer = ask("POST", found, body);
    if (answer.isEmpty()) {
      answer = ask("POST", found + "/versions", body);
    }
    return answer
        .filter(a -> a.path("id").isInt())
        .map(a -> a.path("id").asInt())
        .orElseThrow(
            () ->
                new KafkaException(
                    "schema registry %s gave no id for subject %s".formatted(url, subject)));
  }

  @Override
  public Schema schema(int id) {
    Schema known = schemas.get(id);
    if (known != null) {
      return known;
    }
    if (id <= 0 || unknown.contains(id)) {
      throw unknownId(id);
    }
    String path = "/schemas/ids/" + id;
    Optional<JsonNode> answer = ask("GET", path, null);
    if (answer.isEmpty()) {
      if (unknown.size() < MAX_UNKNOWN) {
        unknown.add(id);
      }
      throw unknownId(id);
    }
    String type = answer.get().path("schemaType").asText("AVRO");
    if (!type.equals("AVRO")) {
      throw new UndecodableException(
          "framing: schema id %d at byte 1 is of type %s, expected AVRO".formatted(id, type));
    }
    try {
      Schema schema = new Schema.Parser().parse(answer.get().path("schema").asText());
      schemas.put(id, schema);
      return schema;
    } catch (SchemaParseException e) {
      throw new KafkaException(
          "schema registry %s%s: not an Avro schema: %s".formatted(url, path, e.getMessage()));
    }
  }

  private UndecodableException unknownId(int id) {
    return new UndecodableException(
        "framing: schema id %d at byte 1 is not in the registry %s".formatted(id, url));
  }

  /** The answer, or empty if the registry says that there is no such thing. */
  private Optional<JsonNode> ask(String method, String path, @Nullable JsonNode body) {
    HttpRequest.BodyPublisher publisher =
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body.toString());
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(TIMEOUT)
            .header("Accept", JSON)
            .header("Content-Type", JSON)
            .method(method, publisher)
            .build();
    HttpResponse<String> response;
    try {
      response = http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new KafkaException(
          "schema registry %s cannot be reached: %s".formatted(url, reason(e)), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptException(e);
    }
    if (response.statusCode() == 404) {
      return Optional.empty();
    }
    if (response.statusCode() != 200) {
      throw new KafkaException(
          "schema registry: %s %s%s answered %d: %s"
              .formatted(method, url, path, response.statusCode(), oneLine(response.body())));
    }
    try {
      return Optional.of(mapper.readTree(response.body()));
    } catch (IOException e) {
      throw new KafkaException(
          "schema registry: %s %s%s answered no JSON".formatted(method, url, path), e);
    }
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  private static String oneLine(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.length() <= 200 ? line : line.substring(0, 200) + " ...";
  }
}
