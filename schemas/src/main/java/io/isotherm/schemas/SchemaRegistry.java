package io.isotherm.schemas;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * Ids from a schema registry with Confluent's API (Confluent, Apicurio and others).
 *
 * <p>The newest bundled schema of a subject is looked up, and registered if the registry does not
 * have it. Answers are kept for the life of this object; a registry never changes an id. That an id
 * is not known, or stands for what is no Avro schema, holds for half a minute: writers register
 * before they write, but a node of a registry can lag behind the one that they asked.
 */
public final class SchemaRegistry implements SchemaIds {
  private static final String JSON = "application/vnd.schemaregistry.v1+json";
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** How long a refusal is remembered; each record that carries the id would ask again. */
  private static final Duration REFUSED_FOR = Duration.ofSeconds(30);

  /** Bound of the ids remembered as refused: broken records can carry any. */
  private static final int MAX_REFUSED = 1000;

  /**
   * Why an id cannot be used.
   *
   * @param nanos when the registry said so, by the clock
   */
  private record Refusal(String why, long nanos) {}

  /** Without what is a secret in it: it stands in messages. */
  private final String url;

  /** Who asks, for the header of HTTP; null for nobody in particular. */
  private final @Nullable String authorization;

  private final SchemaHistory history;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final ObjectMapper mapper = new ObjectMapper();
  private final Map<String, Integer> newestIds = new ConcurrentHashMap<>();
  private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
  private final Map<Integer, Refusal> refused = new ConcurrentHashMap<>();
  private final LongSupplier nanoClock;

  /**
   * @param url where the API begins, for instance {@code http://localhost:8081}; user and password
   *     in it, as in {@code https://user:password@host}, are sent by HTTP's basic authentication,
   *     and are in no message
   * @throws IllegalArgumentException if it is no http or https URL
   */
  public SchemaRegistry(URI url) {
    this(url, SchemaHistory.bundled(), System::nanoTime);
  }

  SchemaRegistry(URI url, SchemaHistory history, LongSupplier nanoClock) {
    String scheme = url.getScheme();
    String bare = url.toString().replaceFirst("//[^/?#]*@", "//");
    // An @ that is left ends a password in which what is special in a URL is not escaped.
    if (!("http".equals(scheme) || "https".equals(scheme))
        || url.getHost() == null
        || bare.contains("@")) {
      throw new IllegalArgumentException(
          "schema registry '%s' is no http or https URL, such as http://localhost:8081"
              .formatted(url.toString().replaceFirst("//.*@", "//")));
    }
    this.url = bare.replaceAll("/+$", "");
    this.authorization = authorization(url);
    this.history = history;
    this.nanoClock = nanoClock;
  }

  private static @Nullable String authorization(URI url) {
    String user = url.getUserInfo();
    return user == null
        ? null
        : "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public int newestId(String subject) {
    return newestIds.computeIfAbsent(subject, this::lookUpOrRegister);
  }

  private int lookUpOrRegister(String subject) {
    ObjectNode body = mapper.createObjectNode();
    Schema newest = history.newest(subject).schema();
    body.put("schema", newest.toString());
    // No "schemaType": AVRO is the default, and old registries refuse the field.
    String found = "/subjects/" + subject;
    Optional<JsonNode> answer = ask("POST", found, body);
    if (answer.isEmpty()) {
      answer = ask("POST", found + "/versions", body);
    }
    int id =
        answer
            .filter(a -> a.path("id").isInt())
            .map(a -> a.path("id").asInt())
            .orElseThrow(
                () ->
                    new KafkaException(
                        "schema registry %s gave no id for subject %s".formatted(url, subject)));
    // Who writes with an id can read what was written, also when the registry is away.
    schemas.putIfAbsent(id, newest);
    return id;
  }

  @Override
  public Schema schema(int id) {
    Schema known = schemas.get(id);
    if (known != null) {
      return known;
    }
    if (id <= 0) {
      throw new UndecodableException(why(id, "is in no registry"));
    }
    Refusal before = refused.get(id);
    if (before != null && holds(before)) {
      throw new UndecodableException(before.why);
    }
    try {
      return fetch(id);
    } catch (UndecodableException | InterruptException e) {
      throw e;
    } catch (KafkaException e) {
      // Broken records would else bring down who reads them whenever the registry is away.
      throw before == null ? e : refuse(id, before.why);
    }
  }

  private Schema fetch(int id) {
    String path = "/schemas/ids/" + id;
    JsonNode answer = ask("GET", path, null).orElse(null);
    if (answer == null) {
      throw refuse(id, why(id, "is not in the registry " + url));
    }
    String type = answer.path("schemaType").asText("AVRO");
    if (!type.equals("AVRO")) {
      throw refuse(id, why(id, "is of type %s, expected AVRO".formatted(type)));
    }
    JsonNode text = answer.path("schema");
    if (!text.isTextual()) {
      throw new KafkaException("schema registry %s%s gave no schema".formatted(url, path));
    }
    try {
      Schema schema = new Schema.Parser().parse(text.asText());
      schemas.put(id, schema);
      refused.remove(id);
      return schema;
    } catch (AvroRuntimeException e) {
      // The registry has it so, for instance with references to other schemas.
      throw refuse(
          id, why(id, "is no Avro schema by itself: " + oneLine(String.valueOf(e.getMessage()))));
    }
  }

  private static String why(int id, String what) {
    return "framing: schema id %d at byte 1 %s".formatted(id, what);
  }

  /** Remembers why an id cannot be used. */
  private UndecodableException refuse(int id, String why) {
    if (refused.size() >= MAX_REFUSED) {
      refused.values().removeIf(other -> !holds(other));
    }
    if (refused.size() < MAX_REFUSED) {
      refused.put(id, new Refusal(why, nanoClock.getAsLong()));
    }
    return new UndecodableException(why);
  }

  private boolean holds(Refusal refusal) {
    return nanoClock.getAsLong() - refusal.nanos < REFUSED_FOR.toNanos();
  }

  /** The answer, or empty if the registry says that there is no such thing. */
  private Optional<JsonNode> ask(String method, String path, @Nullable JsonNode body) {
    HttpRequest.BodyPublisher publisher =
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body.toString());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(TIMEOUT)
            .header("Accept", JSON)
            .header("Content-Type", JSON)
            .method(method, publisher);
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    HttpResponse<String> response;
    try {
      response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
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
