package io.isotherm.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaNormalization;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SchemaHistoryTest {
  private static final SchemaHistory HISTORY = SchemaHistory.bundled();

  static List<Topic<?, ?>> topics() {
    return Topics.ALL;
  }

  static List<String> subjects() {
    return HISTORY.subjects();
  }

  @Test
  void everyTopicHasASubjectAndEverySubjectATopic() {
    assertThat(HISTORY.subjects())
        .containsExactlyElementsOf(Topics.ALL.stream().map(Topic::subject).toList());
  }

  /** A new schema becomes a new version; only documentation is changed in place. */
  @ParameterizedTest
  @MethodSource("topics")
  void newestVersionIsTheSchemaOfTheCode(Topic<?, ?> topic) throws IOException {
    SchemaHistory.Entry newest = HISTORY.newest(topic.subject());
    Path source = Golden.path("src/main/avro/" + topic.valueType().getSimpleName() + ".avsc");
    Path bundled =
        Golden.path(
            "src/main/resources/schemas/history/%s/%d.avsc"
                .formatted(topic.subject(), newest.version()));
    assertThat(newest.schema())
        .as("%s differs from %s: add version %d", source, bundled, newest.version() + 1)
        .isEqualTo(new Schema.Parser().parse(Golden.read(source)));
    if (Golden.update()) {
      Golden.write(bundled, Golden.read(source));
    }
    assertThat(Golden.read(bundled))
        .as("documentation of %s; rewrite it with -Dupdate.golden", bundled)
        .isEqualTo(Golden.read(source));
  }

  /** Records with these ids may live for years, so not even -Dupdate.golden changes a line. */
  @Test
  void idsNeverChange() throws IOException {
    Path golden = Golden.path("src/test/resources/golden/history.txt");
    List<String> held = Golden.read(golden).lines().toList();
    List<String> lines = new ArrayList<>();
    for (SchemaHistory.Entry e : HISTORY.entries()) {
      lines.add(
          "%d %s %d %016x"
              .formatted(
                  e.id(),
                  e.subject(),
                  e.version(),
                  SchemaNormalization.parsingFingerprint64(e.schema())));
    }
    assertThat(lines.subList(0, Math.min(held.size(), lines.size()))).isEqualTo(held);
    if (Golden.update()) {
      Golden.write(golden, String.join("\n", lines) + "\n");
      held = lines;
    }
    assertThat(lines).as("hold new lines with -Dupdate.golden").isEqualTo(held);
  }

  @ParameterizedTest
  @MethodSource("subjects")
  void everyVersionReadsAllOlderOnes(String subject) {
    List<SchemaHistory.Entry> versions = HISTORY.versions(subject);
    for (SchemaHistory.Entry reader : versions) {
      for (SchemaHistory.Entry writer : versions.subList(0, reader.version())) {
        assertThat(
                SchemaCompatibility.checkReaderWriterCompatibility(reader.schema(), writer.schema())
                    .getType())
            .as("%s: version %d reads %d", subject, reader.version(), writer.version())
            .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("topics")
  void everyRecordFieldAndEnumIsDocumented(Topic<?, ?> topic) throws IOException {
    List<String> missing = new ArrayList<>();
    Path source = Golden.path("src/main/avro/" + topic.valueType().getSimpleName() + ".avsc");
    undocumented(new Schema.Parser().parse(Golden.read(source)), missing);
    assertThat(missing).isEmpty();
  }

  private static void undocumented(Schema schema, List<String> missing) {
    switch (schema.getType()) {
      case RECORD -> {
        if (isBlank(schema.getDoc())) {
          missing.add(schema.getName());
        }
        for (Schema.Field f : schema.getFields()) {
          if (isBlank(f.doc())) {
            missing.add(schema.getName() + "." + f.name());
          }
          undocumented(f.schema(), missing);
        }
      }
      case ENUM -> {
        if (isBlank(schema.getDoc())) {
          missing.add(schema.getName());
        }
      }
      case ARRAY -> undocumented(schema.getElementType(), missing);
      case UNION -> schema.getTypes().forEach(s -> undocumented(s, missing));
      default -> {}
    }
  }

  private static boolean isBlank(@Nullable String text) {
    return text == null || text.isBlank();
  }

  @Test
  void idsAreGlobalAndAscendFromOne() {
    assertThat(HISTORY.entries())
        .isSortedAccordingTo(Comparator.comparingInt(SchemaHistory.Entry::id));
    assertThat(HISTORY.entries().get(0).id()).isEqualTo(1);
    assertThat(HISTORY.versions("telemetry.reports-value").get(0).id()).isEqualTo(1);
  }

  @Test
  void aHistoryOutOfOrderIsRefused() {
    Schema schema = Schema.create(Schema.Type.INT);
    assertThatThrownBy(
            () -> new SchemaHistory(List.of(new SchemaHistory.Entry(2, "a-value", 1, schema))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("schema history: id 2, subject a-value version 1 is out of order");
  }

  @Test
  void anUnknownSubjectNamesTheKnownOnes() {
    assertThatThrownBy(() -> HISTORY.newestId("nothing-value"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("no schema is bundled for subject 'nothing-value'; known are [");
  }

  @Test
  void anUnknownIdIsUndecodable() {
    assertThatThrownBy(() -> HISTORY.schema(999))
        .isInstanceOf(UndecodableException.class)
        .hasMessageStartingWith("framing: schema id 999 at byte 1 is not in the bundled history");
  }
}
