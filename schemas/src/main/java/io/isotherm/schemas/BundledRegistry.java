package io.isotherm.schemas;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The {@linkplain SchemaHistory bundled history} under the API of Confluent's schema registry, read
 * only: what a request is answered with, apart from any HTTP server. Tools that know that API can
 * then print every topic, and {@link SchemaRegistry} finds the same ids here.
 *
 * <p>Safe for use by several threads.
 */
public final class BundledRegistry {
  /** Content type of every answer. */
  public static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";

  /**
   * An answer.
   *
   * @param status HTTP status
   * @param body JSON
   */
  public record Answer(int status, String body) {}

  private static final int NO_SUBJECT = 40401;
  private static final int NO_VERSION = 40402;
  private static final int NO_SCHEMA = 40403;
  private static final int INVALID_SCHEMA = 42201;
  private static final int INVALID_VERSION = 42202;

  private final SchemaHistory history;
  private final ObjectMapper mapper = new ObjectMapper();

  /**
   * @param history what is served
   */
  public BundledRegistry(SchemaHistory history) {
    this.history = history;
  }

  /**
   * Answers a request.
   *
   * @param method HTTP method
   * @param path path below the registry's own, from its first slash, percent-encoded, without a
   *     query
   * @param body body of the request, empty if it has none
   */
  public Answer answer(String method, String path, String body) {
    String[] words = words(path);
    boolean read = method.equals("GET") || method.equals("HEAD");
    if (method.equals("POST") && words.length == 2 && words[0].equals("subjects")) {
      return lookUp(words[1], body);
    }
    if (!read) {
      return error(405, 405, "HTTP 405 Method Not Allowed: these schemas are read-only");
    }
    String first = words.length == 0 ? "" : words[0];
    return switch (first) {
      case "" -> new Answer(200, "{}");
      case "schemas" -> schemas(words);
      case "subjects" -> subjects(words);
      case "config" -> config(words);
      case "mode" -> words.length <= 2 ? field("mode", "READONLY") : notFound();
      default -> notFound();
    };
  }

  private static String[] words(String path) {
    String stripped = path.replaceAll("^/+|/+$", "");
    if (stripped.isEmpty()) {
      return new String[0];
    }
    String[] words = stripped.split("/", -1);
    for (int i = 0; i < words.length; i++) {
      try {
        // A path's plus sign is itself, unlike a form's.
        words[i] = URLDecoder.decode(words[i].replace("+", "%2B"), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        // A broken escape names nothing that exists.
        words[i] = "%";
      }
    }
    return words;
  }

  private Answer schemas(String[] words) {
    if (words.length == 2 && words[1].equals("types")) {
      return new Answer(200, mapper.createArrayNode().add("AVRO").toString());
    }
    if (words.length < 3 || words.length > 4 || !words[1].equals("ids")) {
      return notFound();
    }
    SchemaHistory.Entry entry = byId(words[2]);
    if (entry == null) {
      return error(404, NO_SCHEMA, "Schema " + words[2] + " not found");
    }
    if (words.length == 3) {
      return field("schema", entry.schema().toString());
    }
    return switch (words[3]) {
      case "schema" -> new Answer(200, entry.schema().toString());
      case "subjects" -> new Answer(200, mapper.createArrayNode().add(entry.subject()).toString());
      case "versions" -> {
        ArrayNode all = mapper.createArrayNode();
        all.addObject().put("subject", entry.subject()).put("version", entry.version());
        yield new Answer(200, all.toString());
      }
      default -> notFound();
    };
  }

  private SchemaHistory.@Nullable Entry byId(String text) {
    try {
      return history.entry(Integer.parseInt(text));
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private Answer subjects(String[] words) {
    if (words.length == 1) {
      ArrayNode all = mapper.createArrayNode();
      history.subjects().forEach(all::add);
      return new Answer(200, all.toString());
    }
    List<SchemaHistory.Entry> versions = history.versions(words[1]);
    if (words.length < 3 || words.length > 5 || !words[2].equals("versions")) {
      return notFound();
    }
    if (versions.isEmpty()) {
      return noSubject(words[1]);
    }
    if (words.length == 3) {
      ArrayNode all = mapper.createArrayNode();
      versions.forEach(e -> all.add(e.version()));
      return new Answer(200, all.toString());
    }
    int version;
    try {
      version =
          words[3].equals("latest") || words[3].equals("-1")
              ? versions.size()
              : Integer.parseInt(words[3]);
    } catch (NumberFormatException e) {
      version = 0;
    }
    if (version < 1) {
      return error(
          422,
          INVALID_VERSION,
          "The specified version '%s' is not a valid version id.".formatted(words[3]));
    }
    if (version > versions.size()) {
      return error(404, NO_VERSION, "Version " + version + " not found.");
    }
    SchemaHistory.Entry entry = versions.get(version - 1);
    if (words.length == 4) {
      return entry(entry);
    }
    return words[4].equals("schema") ? new Answer(200, entry.schema().toString()) : notFound();
  }

  /** Finds a schema in a subject; documentation does not count. */
  private Answer lookUp(String subject, String body) {
    List<SchemaHistory.Entry> versions = history.versions(subject);
    if (versions.isEmpty()) {
      return noSubject(subject);
    }
    Schema schema;
    try {
      JsonNode text = mapper.readTree(body).path("schema");
      schema = new Schema.Parser().parse(text.asText());
    } catch (JsonProcessingException | AvroRuntimeException e) {
      return error(422, INVALID_SCHEMA, "Invalid schema");
    }
    for (int i = versions.size() - 1; i >= 0; i--) {
      if (versions.get(i).schema().equals(schema)) {
        return entry(versions.get(i));
      }
    }
    return error(404, NO_SCHEMA, "Schema not found");
  }

  private Answer config(String[] words) {
    if (words.length > 2) {
      return notFound();
    }
    if (words.length == 2 && history.versions(words[1]).isEmpty()) {
      return noSubject(words[1]);
    }
    return field("compatibilityLevel", "BACKWARD_TRANSITIVE");
  }

  private Answer entry(SchemaHistory.Entry entry) {
    ObjectNode node = mapper.createObjectNode();
    node.put("subject", entry.subject());
    node.put("version", entry.version());
    node.put("id", entry.id());
    node.put("schema", entry.schema().toString());
    return new Answer(200, node.toString());
  }

  private Answer field(String name, String value) {
    return new Answer(200, mapper.createObjectNode().put(name, value).toString());
  }

  private Answer noSubject(String subject) {
    return error(404, NO_SUBJECT, "Subject '%s' not found.".formatted(subject));
  }

  private Answer notFound() {
    return error(404, 404, "HTTP 404 Not Found");
  }

  private Answer error(int status, int code, String message) {
    ObjectNode node = mapper.createObjectNode();
    node.put("error_code", code);
    node.put("message", message);
    return new Answer(status, node.toString());
  }
}
