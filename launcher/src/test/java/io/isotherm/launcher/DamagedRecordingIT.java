package io.isotherm.launcher;

import static io.isotherm.launcher.Ended.isotherm;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.avro.ReplayEvent;
import io.isotherm.avro.ReplayMarker;
import io.isotherm.backtest.RecordedFleet;
import io.isotherm.recording.Manifest;
import io.isotherm.recording.Recording;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What {@code verify}, {@code backtest} and {@code replay} say of each kind of damage to a plain
 * and to a packed recording, and what is left of it for those who ask for the rest.
 */
final class DamagedRecordingIT {
  private static final int SECONDS = 80;

  /** The damage to the first file of reports of one of the forms. */
  enum Damage {
    CUT_SHORT("plain", " is damaged in the block at byte 0: the file has "),
    PACKED_CUT_SHORT("packed", " is damaged in the block at byte 0: the file has "),
    FLIPPED_BIT("plain", " is damaged in the block at byte "),
    PACKED_FLIPPED_BIT("packed", " is damaged in the block at byte "),
    MISSING("plain", ": the file is missing; it had "),
    PACKED_MISSING("packed", ": the file is missing; it had "),
    UNKNOWN_SCHEMA("plain", ": its schema is io.isotherm.avro.BoardReport, which cannot be read"),
    PACKED_UNKNOWN_SCHEMA(
        "packed", ": its schema is io.isotherm.recording.PackedReports, which cannot be read");

    final String form;
    final String said;

    Damage(String form, String said) {
      this.form = form;
      this.said = said;
    }

    String topic() {
      return name().toLowerCase(Locale.ROOT).replace('_', '.');
    }
  }

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private static Path dir;

  @SuppressWarnings("NullAway.Init")
  private static EmbeddedBroker broker;

  /** Each waits some seconds for monitors; they do it together. */
  private static final ExecutorService REPLAYS = Executors.newCachedThreadPool();

  private static final Map<Damage, Future<Ended>> REFUSED = new EnumMap<>(Damage.class);
  private static final Map<Damage, Future<Ended>> SALVAGED = new EnumMap<>(Damage.class);

  @BeforeAll
  static void damage() throws Exception {
    broker = EmbeddedBroker.start(0, null);
    createTopics();
    RecordedFleet.record(dir.resolve("plain"), SECONDS);
    assertThat(isotherm("recording", "pack", in("plain"), "--into", in("packed")).code())
        .isEqualTo(Main.DONE);
    for (Damage damage : Damage.values()) {
      damaged(damage);
    }
    for (Damage damage : Damage.values()) {
      REFUSED.put(damage, replay(damage.name(), damage.topic() + ".refused"));
      SALVAGED.put(damage, replay(damage.name(), damage.topic(), "--salvage"));
    }
  }

  /** Those beside the reports, which all replays use at once, so that old times are kept. */
  private static void createTopics() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      NewTopics.create(
          admin,
          Topics.ALL.stream()
              .map(Topic::newTopic)
              .map(t -> t.configs(Map.of("retention.ms", "-1")))
              .toList());
    }
  }

  @AfterAll
  static void close() {
    REPLAYS.shutdownNow();
    broker.close();
  }

  private static String in(String name) {
    return dir.resolve(name).toString();
  }

  private static Future<Ended> replay(String name, String topic, String... more) {
    return REPLAYS.submit(
        () ->
            isotherm(
                Stream.concat(
                        Stream.of(
                            "replay",
                            "--bootstrap-server",
                            broker.bootstrapServer(),
                            "--speed",
                            "max",
                            "--topic",
                            topic,
                            in(name)),
                        Arrays.stream(more))
                    .toArray(String[]::new)));
  }

  private static Ended ended(Map<Damage, Future<Ended>> replays, Damage damage) throws Exception {
    return Objects.requireNonNull(replays.get(damage)).get();
  }

  private static void copy(String from, Path into) throws IOException {
    Files.createDirectory(into);
    try (var files = Files.list(dir.resolve(from))) {
      for (Path file : files.toList()) {
        Files.copy(file, into.resolve(file.getFileName()));
      }
    }
  }

  private static Path firstReports(Path recording) {
    return recording.resolve(Recording.open(recording).manifest().reports().get(0).file());
  }

  private static void damaged(Damage damage) throws IOException {
    Path recording = dir.resolve(damage.name());
    copy(damage.form, recording);
    Path file = firstReports(recording);
    byte[] bytes = Files.readAllBytes(file);
    switch (damage) {
      case CUT_SHORT, PACKED_CUT_SHORT ->
          Files.write(file, Arrays.copyOf(bytes, bytes.length - 100));
      case FLIPPED_BIT, PACKED_FLIPPED_BIT -> {
        bytes[bytes.length - 1_000] ^= 0x10;
        Files.write(file, bytes);
      }
      case MISSING, PACKED_MISSING -> Files.delete(file);
      case UNKNOWN_SCHEMA -> rewrite(recording, "\"name\":\"cabinet\"", "\"name\":\"rack\"");
      case PACKED_UNKNOWN_SCHEMA ->
          rewrite(recording, "\"name\":\"codes\"", "\"name\":\"symbols\"");
    }
  }

  /** Leaves the first file of reports without a record, in a schema with something renamed. */
  private static void rewrite(Path recording, String was, String is) throws IOException {
    Path file = firstReports(recording);
    Schema schema;
    try (DataFileReader<GenericRecord> in =
        new DataFileReader<>(file.toFile(), new GenericDatumReader<>())) {
      schema = new Schema.Parser().parse(in.getSchema().toString().replace(was, is));
      assertThat(schema).isNotEqualTo(in.getSchema());
    }
    try (DataFileWriter<GenericRecord> out =
        new DataFileWriter<>(new GenericDatumWriter<GenericRecord>(schema))) {
      out.create(schema, file.toFile());
    }
    writtenByHand(recording);
  }

  /** Makes the manifest that of files which somebody else wrote, who leaves the digests out. */
  private static void writtenByHand(Path recording) throws IOException {
    ObjectMapper json = new ObjectMapper();
    Path manifest = recording.resolve(Manifest.NAME);
    ObjectNode root = (ObjectNode) json.readTree(manifest.toFile());
    root.remove("digest");
    for (JsonNode entry : root.path("reports")) {
      ((ObjectNode) entry).putNull("sha256");
      ((ObjectNode) entry.path("counts"))
          .put("bytes", Files.size(recording.resolve(entry.path("file").asText())));
    }
    json.writeValue(manifest.toFile(), root);
  }

  /**
   * A copy of the plain recording in which chips have no count of steps.
   *
   * @param older whether the schema does not know it, rather than every chip says that it has none
   */
  private static void withoutSteps(String name, boolean older) throws IOException {
    Path recording = dir.resolve(name);
    copy("plain", recording);
    String newest = Topics.REPORTS.valueSchema().toString();
    int begin = newest.indexOf(",{\"name\":\"steps\"");
    Schema schema =
        new Schema.Parser()
            .parse(
                older
                    ? newest.substring(0, begin)
                        + newest.substring(newest.indexOf("}]}}", begin) + 1)
                    : newest);
    try (var files = Files.list(recording)) {
      for (Path file : files.filter(f -> f.toString().contains("reports-")).toList()) {
        List<GenericRecord> reports = new ArrayList<>();
        try (DataFileReader<GenericRecord> in =
            new DataFileReader<>(file.toFile(), new GenericDatumReader<>(null, schema))) {
          in.forEach(reports::add);
        }
        try (DataFileWriter<GenericRecord> out =
            new DataFileWriter<>(new GenericDatumWriter<GenericRecord>(schema))) {
          out.create(schema, file.toFile());
          for (GenericRecord report : reports) {
            if (!older) {
              ((List<?>) report.get("chips"))
                  .forEach(chip -> ((GenericRecord) chip).put("steps", null));
            }
            out.append(report);
          }
        }
      }
    }
    writtenByHand(recording);
  }

  private static JsonNode backtest(String name, String... more) throws IOException {
    Ended ended =
        isotherm(
            Stream.concat(Stream.of("backtest", in(name), "-o", "json"), Arrays.stream(more))
                .toArray(String[]::new));
    assertThat(ended.code()).as(ended.err()).isEqualTo(Main.DONE);
    return new ObjectMapper().readTree(ended.out());
  }

  /** Records of a topic. */
  private static long records(String topic) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
      admin
          .describeTopics(List.of(topic))
          .allTopicNames()
          .get()
          .values()
          .forEach(
              t ->
                  t.partitions()
                      .forEach(
                          p ->
                              ends.put(
                                  new TopicPartition(topic, p.partition()), OffsetSpec.latest())));
      return admin.listOffsets(ends).all().get().values().stream().mapToLong(o -> o.offset()).sum();
    }
  }

  @ParameterizedTest
  @EnumSource
  void itIsNamedAndTheRestCanBeUsedByWhoAsksForIt(Damage damage) throws Exception {
    String file = firstReports(dir.resolve(damage.name())).getFileName().toString();
    String said = file + damage.said;

    Ended verified = isotherm("recording", "verify", in(damage.name()));
    assertThat(verified.code()).isEqualTo(Main.FAILED);
    assertThat(verified.err().lines().filter(l -> l.contains(" verify: ")))
        .singleElement()
        .asString()
        .contains(said);

    Ended refused = isotherm("backtest", in(damage.name()), "-o", "json");
    assertThat(refused.code()).isEqualTo(Main.FAILED);
    assertThat(refused.err()).contains(said).doesNotContain("\tat ");
    assertThat(refused.out()).isEmpty();

    Ended notReplayed = ended(REFUSED, damage);
    assertThat(notReplayed.code()).isEqualTo(Main.FAILED);
    assertThat(notReplayed.err()).contains(said).doesNotContain("\tat ");

    JsonNode whole = backtest(damage.form);
    JsonNode rest = backtest(damage.name(), "--salvage");
    assertThat(rest.at("/left_out"))
        .singleElement()
        .asString()
        .contains(file, damage.said.replaceFirst(" at byte 0: .*", ""));
    long missing =
        Long.parseLong(
            rest.at("/left_out/0").asText().replaceAll(".*; (\\d+) of its .*left out.*", "$1"));
    assertThat(missing).isPositive();
    assertThat(rest.at("/reports").asLong())
        .isPositive()
        .isEqualTo(whole.at("/reports").asLong() - missing);

    Ended replayed = ended(SALVAGED, damage);
    assertThat(replayed.code()).as(replayed.err()).isEqualTo(Main.DONE);
    assertThat(replayed.err().lines().filter(l -> l.contains("replay: left out: ")))
        .singleElement()
        .asString()
        .endsWith(rest.at("/left_out/0").asText());
    assertThat(records(damage.topic())).isEqualTo(rest.at("/reports").asLong());
  }

  @Test
  void anOlderVersionOfTheSchemaIsReadAsTheNewestInWhichItsReadingsAreMissing() throws Exception {
    withoutSteps("older", true);
    withoutSteps("absent", false);
    Future<Ended> replay = replay("older", "older.schema");

    Ended verified = isotherm("recording", "verify", in("older"));
    assertThat(verified.code()).as(verified.err()).isEqualTo(Main.DONE);
    Ended packed = isotherm("recording", "pack", in("older"), "--into", in("older-packed"));
    assertThat(packed.code()).as(packed.err()).isEqualTo(Main.DONE);
    JsonNode absent = backtest("absent");
    for (String name : List.of("older", "older-packed")) {
      JsonNode older = backtest(name);
      assertThat(older.at("/reports")).isEqualTo(backtest("plain").at("/reports"));
      assertThat(older.at("/incidents/events").asInt()).isPositive();
      assertThat(older.at("/incidents")).isEqualTo(absent.at("/incidents"));
    }
    Ended replayed = replay.get();
    assertThat(replayed.code()).as(replayed.err()).isEqualTo(Main.DONE);
    assertThat(records("older.schema")).isEqualTo(absent.at("/reports").asLong());
  }

  @Test
  void aReplayThatEndsAtDamageIsMarkedAsFailedWhereItWas() throws Exception {
    ended(REFUSED, Damage.FLIPPED_BIT);

    List<ReplayMarker> markers =
        MonitorRuns.read(broker, Topics.REPLAYS).stream()
            .filter(m -> m.getTopic().equals(Damage.FLIPPED_BIT.topic() + ".refused"))
            .toList();

    assertThat(markers)
        .extracting(ReplayMarker::getEvent)
        .containsExactly(ReplayEvent.STARTED, ReplayEvent.FAILED);
    assertThat(markers.get(1).getReports())
        .isPositive()
        .isEqualTo(records(Damage.FLIPPED_BIT.topic() + ".refused"));
  }
}
