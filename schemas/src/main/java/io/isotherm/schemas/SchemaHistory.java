package io.isotherm.schemas;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Every version of every schema that was ever published, bundled with the code, so that nothing
 * must run beside Kafka.
 *
 * <p>Ids are given once, in the resource {@code schemas/history/ids.txt}, and never change: records
 * that carry them may live for years. The history of a subject is append-only; its newest version
 * is the schema that this build writes.
 */
public final class SchemaHistory implements SchemaIds {
  /**
   * One version of a subject's schema.
   *
   * @param id global id, from 1
   * @param subject name of the topic and {@code -value}
   * @param version version in the subject, from 1
   * @param schema the schema
   */
  public record Entry(int id, String subject, int version, Schema schema) {}

  private static final String FOLDER = "/schemas/history/";

  private static final SchemaHistory BUNDLED = load(FOLDER);

  private final Map<Integer, Entry> byId = new LinkedHashMap<>();
  private final Map<String, List<Entry>> bySubject = new LinkedHashMap<>();

  /**
   * @param entries in the order of their ids
   * @throws IllegalArgumentException if ids are not 1, 2, 3 ... or a subject's versions are not
   */
  SchemaHistory(List<Entry> entries) {
    for (Entry e : entries) {
      List<Entry> versions = bySubject.computeIfAbsent(e.subject(), s -> new ArrayList<>());
      if (e.id() != byId.size() + 1 || e.version() != versions.size() + 1) {
        throw new IllegalArgumentException(
            "schema history: id %d, subject %s version %d is out of order"
                .formatted(e.id(), e.subject(), e.version()));
      }
      byId.put(e.id(), e);
      versions.add(e);
    }
  }

  /** The history of this build. */
  public static SchemaHistory bundled() {
    return BUNDLED;
  }

  /** Every version of every subject, in the order of the ids. */
  public List<Entry> entries() {
    return List.copyOf(byId.values());
  }

  /** All subjects, in the order of their first ids. */
  public List<String> subjects() {
    return List.copyOf(bySubject.keySet());
  }

  /** The versions of a subject, oldest first; empty if the subject is not known. */
  public List<Entry> versions(String subject) {
    return List.copyOf(bySubject.getOrDefault(subject, List.of()));
  }

  /** The entry with an id, or null. */
  public @Nullable Entry entry(int id) {
    return byId.get(id);
  }

  /**
   * The newest version of a subject.
   *
   * @throws IllegalArgumentException if this build knows no such subject
   */
  public Entry newest(String subject) {
    List<Entry> versions = bySubject.get(subject);
    if (versions == null) {
      throw new IllegalArgumentException(
          "no schema is bundled for subject '%s'; known are %s"
              .formatted(subject, bySubject.keySet()));
    }
    return versions.get(versions.size() - 1);
  }

  @Override
  public int newestId(String subject) {
    return newest(subject).id();
  }

  @Override
  public Schema schema(int id) {
    Entry e = byId.get(id);
    if (e == null) {
      throw new UndecodableException(
          "framing: schema id %d at byte 1 is not in the bundled history (1 to %d)"
              .formatted(id, byId.size()));
    }
    return e.schema();
  }

  private static SchemaHistory load(String folder) {
    List<Entry> entries = new ArrayList<>();
    for (String line : resource(folder + "ids.txt").lines().toList()) {
      if (!line.isBlank() && !line.startsWith("#")) {
        String[] words = line.split(" ", -1);
        String file = folder + words[1] + "/" + words[2] + ".avsc";
        entries.add(
            new Entry(
                Integer.parseInt(words[0]),
                words[1],
                Integer.parseInt(words[2]),
                new Schema.Parser().parse(resource(file))));
      }
    }
    return new SchemaHistory(entries);
  }

  private static String resource(String path) {
    try (InputStream in = SchemaHistory.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException("resource " + path + " is missing from this build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read resource " + path, e);
    }
  }
}
