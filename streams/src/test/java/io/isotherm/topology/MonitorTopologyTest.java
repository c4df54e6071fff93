package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.isotherm.avro.ChipModel;
import io.isotherm.avro.DeadLetter;
import io.isotherm.avro.DeadReason;
import io.isotherm.avro.Incident;
import io.isotherm.avro.IncidentEvent;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import io.isotherm.core.DetectorSettings;
import io.isotherm.model.Report;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

final class MonitorTopologyTest {
  private static final String POD = "pod-00";
  private static final long START = 1_700_000_000_000L;
  private static final SchemaIds IDS = SchemaHistory.bundled();

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path stateDir;

  @Test
  void isDescribedByTheGoldenFile() throws IOException {
    // Given
    Path golden =
        Path.of(
            System.getProperty("isotherm.root", ".."),
            "streams/src/test/resources/expected-topology.txt");
    String description = topology(new TopologyBook()).describe().toString();
    if (System.getProperty("update.golden", "").equals("true")) {
      Files.writeString(golden, description);
    }

    // Then
    assertThat(description).isEqualTo(Files.readString(golden));
  }

  @Test
  void closesWindowsWhileReportsArriveInOrder() {
    try (Run run = new Run()) {
      run.reports(0, 40);

      List<TestRecord<String, PodHealth>> windows = run.health.readRecordsToList();
      assertThat(windows).hasSizeGreaterThanOrEqualTo(2);
      assertThat(windows)
          .allSatisfy(
              window -> {
                PodHealth health = window.value();
                assertThat(window.key()).isEqualTo(POD);
                assertThat(health.getChips()).isEqualTo(4);
                assertThat(window.timestamp())
                    .isEqualTo(health.getWindowStartMs() + health.getWindowMs());
              });
      assertThat(run.dead.isEmpty()).isTrue();
      assertThat(run.cluster.isEmpty()).isFalse();
    }
  }

  @Test
  void buriesWhatCannotBeJudgedWithItsReasonAndChangesNoResult() {
    List<PodHealth> undisturbed;
    List<String> undisturbedClusters;
    List<String> undisturbedIncidents;
    try (Run run = new Run()) {
      run.reports(0, 60);
      undisturbed = run.health.readValuesToList();
      undisturbedClusters = hex(run.cluster);
      undisturbedIncidents = hex(run.incidents);
    }
    try (Run run = new Run()) {
      // Given
      run.reports(0, 20);

      // When
      run.raw(POD, new byte[] {1, 2, 3});
      run.raw("pod-99", run.report("pod-99", 0, 0, 5, START + 20_000));
      run.raw("pod-01", run.report(POD, 0, 0, 5, START + 20_000));
      run.raw(POD, run.report(POD, 7, 0, 5, START + 20_000));
      run.raw(POD, run.report(POD, 0, 0, 1_000, 4_102_444_800_000L));
      run.raw(POD, run.report(POD, 0, 0, 1_001, 0));
      run.reports(20, 60);

      // Then
      List<TestRecord<byte[], DeadLetter>> dead = run.dead.readRecordsToList();
      assertThat(dead)
          .extracting(record -> record.value().getReason())
          .containsExactly(
              DeadReason.UNDECODABLE,
              DeadReason.UNKNOWN_POD,
              DeadReason.IMPOSSIBLE_VALUE,
              DeadReason.UNKNOWN_PART,
              DeadReason.TIME_TOO_NEW,
              DeadReason.TIME_TOO_OLD);
      assertThat(dead)
          .allSatisfy(
              record -> {
                DeadLetter letter = record.value();
                assertThat(header(record, "isotherm.reason")).isEqualTo(letter.getReason().name());
                assertThat(header(record, "isotherm.detail"))
                    .isNotBlank()
                    .isEqualTo(letter.getDetail());
                assertThat(letter.getTopic()).isEqualTo(Topics.REPORTS.name());
              });
      assertThat(dead.get(0).value().getValue().array()).containsExactly(1, 2, 3);
      List<PodHealth> disturbed = run.health.readValuesToList();
      disturbed.forEach(health -> health.setRejectedTotal(0L));
      undisturbed.forEach(health -> health.setRejectedTotal(0L));
      assertThat(disturbed).isNotEmpty().isEqualTo(undisturbed);
      assertThat(hex(run.cluster)).isNotEmpty().isEqualTo(undisturbedClusters);
      assertThat(hex(run.incidents)).isEqualTo(undisturbedIncidents);
    }
  }

  @Test
  void countsADuplicateOnceAndBuriesNothing() {
    List<PodHealth> once;
    try (Run run = new Run()) {
      run.reports(0, 60);
      once = run.health.readValuesToList();
    }
    try (Run run = new Run()) {
      run.reports(0, 20);
      run.raw(POD, run.report(POD, 0, 1, 19, START + 19_000));
      run.reports(20, 60);

      List<PodHealth> twice = run.health.readValuesToList();
      assertThat(last(twice).getDuplicatesTotal()).isEqualTo(last(once).getDuplicatesTotal() + 1);
      assertThat(last(twice).getChipStates()).isEqualTo(last(once).getChipStates());
      assertThat(twice).extracting(PodHealth::getTemperature).isEqualTo(temperatures(once));
      assertThat(run.dead.isEmpty()).isTrue();
    }
  }

  @Test
  void countsALateReportAndChangesNoClosedWindow() {
    try (Run run = new Run()) {
      // Given: the report of one second does not come
      run.reports(0, 12);
      run.raw(POD, run.report(POD, 0, 0, 12, START + 12_000));
      run.reports(13, 45);
      List<PodHealth> before = run.health.readValuesToList();

      // When: it comes long after its window closed
      run.raw(POD, run.report(POD, 0, 1, 12, START + 12_000));
      run.reports(45, 60);

      // Then
      List<PodHealth> after = run.health.readValuesToList();
      assertThat(last(before).getLateTotal()).isZero();
      assertThat(last(after).getLateTotal()).isEqualTo(1);
      assertThat(after.get(0).getWindowStartMs()).isGreaterThan(last(before).getWindowStartMs());
      assertThat(run.dead.isEmpty()).isTrue();
    }
  }

  @Test
  void buriesAnImpossibleReadingAndJudgesTheRest() {
    List<PodHealth> possible;
    try (Run run = new Run()) {
      run.reports(0, 60);
      possible = run.health.readValuesToList();
    }
    try (Run run = new Run()) {
      run.reports(0, 20);
      Report report = run.fill(POD, 0, 0, 20, START + 20_000);
      report.temperature[0] = 30_000;
      run.raw(POD, run.writer.toBytes(report));
      run.raw(POD, run.report(POD, 0, 1, 20, START + 20_000));
      run.reports(21, 60);

      assertThat(run.dead.readValuesToList())
          .singleElement()
          .satisfies(
              letter -> {
                assertThat(letter.getReason()).isEqualTo(DeadReason.IMPOSSIBLE_VALUE);
                assertThat(letter.getDetail()).contains("pod-00/cab-000/board-0/chip-0");
              });
      List<PodHealth> judged = run.health.readValuesToList();
      assertThat(judged).hasSameSizeAs(possible);
      assertThat(last(judged).getReportsTotal()).isEqualTo(last(possible).getReportsTotal());
      assertThat(last(judged).getHealthy()).isEqualTo(4);
    }
  }

  @Test
  void keepsADeadLetterWithinWhatItsTopicTakes() {
    try (Run run = new Run()) {
      byte[] long8MiB = new byte[8 << 20];
      run.raw(long8MiB, long8MiB);

      TestRecord<byte[], DeadLetter> dead = run.dead.readRecord();
      byte[] written = Topics.DEAD.valueSerde(IDS).serializer().serialize("", dead.value());
      assertThat(written.length + dead.key().length).isLessThan(2 << 20);
      assertThat(dead.value().getDetail()).contains("8388608 bytes");
    }
  }

  @Test
  void notesWhereAPodIsHeardByItsReportsAndNotByTicks() {
    try (Run run = new Run()) {
      Report tick = run.fill(POD, 0, 0, 0, START);
      tick.clear();
      tick.tick = true;
      run.raw(POD, run.writer.toBytes(tick));
      assertThat(run.book.heardIn(POD)).isEmpty();

      run.reports(0, 1);
      assertThat(run.book.heardIn(POD)).containsExactly(0);
    }
  }

  @Test
  void aPodThatIsJudgedHasTicksAlsoIfOnlyALaterVersionOfItIsKnown() {
    List<TestRecord<byte[], byte[]>> pages;
    try (Run run = new Run()) {
      run.reports(0, 15);
      pages = run.pages();
    }
    PodTopology later = pod();
    later.setEffectiveFromMs(START + 3_600_000);
    try (Run run = new Run(pages)) {
      // Given: the topic kept nothing but what was announced
      run.book.removePod(POD);
      run.publish(later);
      assertThat(run.book.podsAt(START + 15_000)).isEmpty();

      // When: it goes on from its state, at the first record of any pod
      run.raw("pod-99", run.report("pod-99", 0, 0, 15, START + 15_000));

      // Then
      assertThat(run.book.podsAt(START + 15_000)).containsExactly(POD);
    }
  }

  private static PodHealth last(List<PodHealth> windows) {
    return windows.get(windows.size() - 1);
  }

  private static List<io.isotherm.avro.Histogram> temperatures(List<PodHealth> windows) {
    return windows.stream().map(PodHealth::getTemperature).toList();
  }

  private static List<String> hex(TestOutputTopic<byte[], byte[]> topic) {
    return topic.readValuesToList().stream().map(HexFormat.of()::formatHex).toList();
  }

  @Test
  void writesTheStateBeforeEachCommitAndGoesOnFromIt() {
    // Given: what an uninterrupted run gives
    List<PodHealth> expected;
    try (Run run = new Run()) {
      run.reports(0, 80);
      expected = run.health.readValuesToList();
    }

    // When: a run is cut in two, and the second half has only the changelogs of the first
    List<PodHealth> cut = new ArrayList<>();
    List<TestRecord<byte[], byte[]>> pages;
    try (Run run = new Run()) {
      run.reports(0, 37);
      cut.addAll(run.health.readValuesToList());
      pages = run.pages();
    }
    assertThat(pages).isNotEmpty();
    try (Run run = new Run(pages)) {
      run.reports(37, 80);
      cut.addAll(run.health.readValuesToList());
    }

    // Then
    assertThat(cut).isNotEmpty().isEqualTo(expected);
  }

  @Test
  void keepsNothingOnDisk() {
    try (Run run = new Run()) {
      run.reports(0, 40);
      assertThat(run.pages()).isNotEmpty();
    }

    assertThat(stateDir).isEmptyDirectory();
  }

  @Test
  void goesOnFromTheStateOfAPodThatHasJustGotOtherParts() {
    // Given: an uninterrupted run, in which the first window that closes brings a third board
    PodTopology wider = pod();
    wider.setBoardsPerCabinet(3);
    wider.setEffectiveFromMs(START + 10_000);
    List<PodHealth> expected;
    try (Run run = new Run()) {
      run.publish(wider);
      run.reports(0, 60);
      expected = run.health.readValuesToList();
    }

    // When: a run is cut before a report of the new parts has come
    List<PodHealth> cut = new ArrayList<>();
    List<TestRecord<byte[], byte[]>> pages;
    try (Run run = new Run()) {
      run.publish(wider);
      run.reports(0, 11);
      cut.addAll(run.health.readValuesToList());
      pages = run.pages();
    }
    assertThat(cut).hasSize(1);
    try (Run run = new Run(pages)) {
      run.publish(wider);
      run.reports(11, 60);
      cut.addAll(run.health.readValuesToList());
    }

    // Then
    assertThat(cut).isEqualTo(expected);
    assertThat(last(cut).getBoards()).isEqualTo(3);
  }

  @Test
  void resolvesWhatIsOpenWhenAPodGetsOtherParts() {
    PodTopology wider = pod();
    wider.setBoardsPerCabinet(3);
    wider.setEffectiveFromMs(START + 60_000);
    try (Run run = new Run()) {
      // Given: a board is silent until the parts change
      run.publish(wider);
      run.reports(0, 10);
      for (int second = 10; second < 60; second++) {
        run.raw(POD, run.report(POD, 0, 0, second, START + second * 1000L));
      }
      run.reports(60, 80);

      // Then
      List<Incident> events =
          run.incidents.readValuesToList().stream()
              .map(value -> Topics.INCIDENTS.valueSerde(IDS).deserializer().deserialize("", value))
              .toList();
      assertThat(events)
          .extracting(Incident::getEvent)
          .containsExactly(IncidentEvent.OPENED, IncidentEvent.RESOLVED);
      assertThat(events.get(1).getId()).isEqualTo(events.get(0).getId());
      assertThat(events.get(1).getResolvedMs()).isEqualTo(START + 60_000);
      assertThat(last(run.health.readValuesToList()).getBoards()).isEqualTo(3);
    }
  }

  @Test
  void aReportOfBeforeTheNewPartsJudgesNoWindowAgain() {
    PodTopology wider = pod();
    wider.setBoardsPerCabinet(3);
    wider.setEffectiveFromMs(START + 20_000);
    try (Run run = new Run()) {
      run.publish(wider);
      run.reports(0, 21);
      // The monitor of the wider pod hears first what was held back on its way.
      run.raw(POD, run.report(POD, 0, 0, 18, START + 18_000));
      run.reports(21, 60);

      List<PodHealth> windows = run.health.readValuesToList();
      assertThat(windows).extracting(PodHealth::getWindowStartMs).doesNotHaveDuplicates();
      assertThat(last(windows).getLateTotal()).isEqualTo(1);
    }
  }

  @Test
  void saysWhatWasWrongWithTheReportAtWhichTheNewPartsTakeOver() {
    PodTopology wider = pod();
    wider.setBoardsPerCabinet(3);
    wider.setEffectiveFromMs(START + 10_000);
    try (Run run = new Run()) {
      run.publish(wider);
      // Given: whichever report it is, a reading of it cannot be
      for (int second = 0; second < 30; second++) {
        for (int board = 0; board < 2; board++) {
          Report report = run.fill(POD, 0, board, second, START + second * 1000L);
          report.temperature[0] = 30_000;
          run.raw(POD, run.writer.toBytes(report));
        }
      }

      // Then
      assertThat(last(run.health.readValuesToList()).getBoards()).isEqualTo(3);
      assertThat(run.dead.readValuesToList())
          .hasSizeGreaterThan(50)
          .extracting(DeadLetter::getDetail)
          .allMatch(detail -> detail.contains("/chip-0"));
    }
  }

  @Test
  void goesOnWithTheOldPartsIfTheNewOnesWereTakenBack() {
    PodTopology wider = pod();
    wider.setBoardsPerCabinet(3);
    wider.setEffectiveFromMs(START + 10_000);
    try (Run run = new Run()) {
      run.publish(wider);
      run.reports(0, 5);
      run.publish(pod());
      run.reports(5, 40);

      assertThat(run.health.readValuesToList())
          .extracting(PodHealth::getBoards)
          .containsExactly(2, 2, 2);
    }
  }

  @Test
  void followsAllVersionsThatHaveBegun() {
    PodTopology three = pod();
    three.setBoardsPerCabinet(3);
    three.setEffectiveFromMs(START + 12_000);
    PodTopology four = pod();
    four.setBoardsPerCabinet(4);
    four.setEffectiveFromMs(START + 15_000);
    try (Run run = new Run()) {
      run.publish(three);
      run.publish(four);
      run.reports(0, 21);
      run.raw(POD, run.report(POD, 0, 3, 0, START + 21_000));

      assertThat(run.dead.isEmpty()).isTrue();
    }
  }

  @Test
  void saysOnceThatAVersionComesTooLateToTakeOver() {
    PodTopology corrected = pod();
    corrected.setBoardsPerCabinet(3);
    try (Run run = new Run();
        Warnings warnings = new Warnings(PodMonitorProcessor.class)) {
      // Given: the pod is judged, and its version is published again as it was
      run.reports(0, 5);
      run.publish(pod());
      run.reports(5, 10);
      assertThat(warnings.messages()).isEmpty();

      // When
      run.publish(corrected);
      run.reports(10, 40);

      // Then
      assertThat(warnings.messages())
          .containsExactly(
              "topology.pods: the newest record of pod-00 holds from 1700000000000 ms, but the pod"
                  + " is judged by one that holds from 1700000000000 ms: it is not used; publish it"
                  + " with a later effectiveFromMs");
      assertThat(last(run.health.readValuesToList()).getBoards()).isEqualTo(2);
    }
  }

  @Test
  void aCorrectedNameOfTheClusterLeavesThePodsStateAsItIs() {
    PodTopology now = pod();
    now.setCluster("corrected");
    PodTopology later = pod();
    later.setCluster("corrected again");
    later.setPreset("another");
    later.setEffectiveFromMs(START + 60_000);
    try (Run run = new Run();
        Warnings warnings = new Warnings(PodMonitorProcessor.class)) {
      // Given: a board is silent, which is an open incident
      run.reports(0, 10);
      for (int second = 10; second < 90; second++) {
        if (second == 40) {
          run.publish(now);
        } else if (second == 50) {
          run.publish(later);
        }
        run.raw(POD, run.report(POD, 0, 0, second, START + second * 1000L));
      }

      // Then
      assertThat(run.incidents.readValuesToList())
          .extracting(
              value ->
                  Topics.INCIDENTS.valueSerde(IDS).deserializer().deserialize("", value).getEvent())
          .containsExactly(IncidentEvent.OPENED);
      assertThat(run.book.page().clusters()).containsExactly("corrected again");
      assertThat(warnings.messages()).isEmpty();
    }
  }

  @Test
  void saysOnceThatPodsAreOfSeveralClusters() {
    PodTopology astray = pod();
    astray.setPod("pod-01");
    astray.setCluster("another");
    try (Run run = new Run();
        Warnings warnings = new Warnings(ClusterMonitorProcessor.class)) {
      run.reports(0, 15);
      assertThat(warnings.messages()).isEmpty();

      run.publish(astray);
      run.reports(15, 40);
      run.publish(pod());
      run.reports(40, 60);

      assertThat(warnings.messages())
          .containsExactly(
              "the pods of topology.pods are of clusters another, test, must be of one: each"
                  + " cluster is judged without the pods of the others; publish the pods anew with"
                  + " the right name");
    }
  }

  /** What a processor logs. */
  private static final class Warnings implements AutoCloseable {
    private final Logger logger;
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();

    Warnings(Class<?> processor) {
      logger = (Logger) LoggerFactory.getLogger(processor);
      said.start();
      logger.addAppender(said);
    }

    List<String> messages() {
      return said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Override
    public void close() {
      logger.detachAppender(said);
    }
  }

  @Test
  void passesOverABrokenRecordOfPodHealthButNoneWhoseSchemaCannotBeAskedFor() {
    byte[] health;
    try (Run run = new Run()) {
      run.reports(0, 15);
      health =
          Topics.POD_HEALTH
              .valueSerde(IDS)
              .serializer()
              .serialize("", run.health.readValuesToList().get(0));
    }
    SchemaIds away =
        new SchemaIds() {
          @Override
          public int newestId(String subject) {
            return IDS.newestId(subject);
          }

          @Override
          public Schema schema(int id) {
            throw new KafkaException("schema registry http://nowhere cannot be reached");
          }
        };
    TopologyBook book = new TopologyBook();
    book.pod(pod());
    try (TopologyTestDriver driver =
        new TopologyTestDriver(
            new MonitorTopology(away, book, DetectorSettings.DEFAULT).build(), config())) {
      TestInputTopic<byte[], byte[]> windows =
          driver.createInputTopic(
              Topics.POD_HEALTH.name(), new ByteArraySerializer(), new ByteArraySerializer());
      byte[] key = POD.getBytes(StandardCharsets.UTF_8);

      windows.pipeInput(key, new byte[] {1, 2, 3});

      assertThatThrownBy(() -> windows.pipeInput(key, health))
          .isInstanceOf(StreamsException.class)
          .hasRootCauseMessage("schema registry http://nowhere cannot be reached");
    }
  }

  private static String header(TestRecord<byte[], DeadLetter> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  private static Topology topology(TopologyBook book) {
    return new MonitorTopology(IDS, book, DetectorSettings.DEFAULT).build();
  }

  private Properties config() {
    Properties config =
        MonitorApp.config(
            new MonitorSettings(
                Map.of("bootstrap.servers", "localhost:1"),
                "monitor-test",
                1,
                DetectorSettings.DEFAULT,
                false));
    config.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
    return config;
  }

  private static PodTopology pod() {
    PodTopology pod = new PodTopology();
    pod.setPod(POD);
    pod.setCluster("test");
    pod.setPreset("test");
    pod.setEffectiveFromMs(START);
    pod.setCabinets(1);
    pod.setBoardsPerCabinet(2);
    pod.setChipsPerBoard(2);
    pod.setPortsPerChip(0);
    pod.setPortGroups(List.of());
    pod.setSlotClasses(List.of(0, 0));
    pod.setCabinetsPerCoolingLoop(1);
    pod.setCabinetsPerPowerFeed(1);
    ChipModel chip = new ChipModel();
    chip.setName("chip");
    chip.setVendor("vendor");
    chip.setMaxOperatingDecicelsius(870);
    chip.setSlowdownDecicelsius(890);
    chip.setShutdownDecicelsius(950);
    chip.setThermalAssumed(true);
    pod.setChip(chip);
    return pod;
  }

  /** The topology in the test driver, with one pod of two boards of two chips. */
  private final class Run implements AutoCloseable {
    final TopologyBook book = new TopologyBook();
    final TopologyTestDriver driver;
    final TestInputTopic<byte[], byte[]> reports;
    final TestOutputTopic<String, PodHealth> health;
    final TestOutputTopic<byte[], DeadLetter> dead;
    final TestOutputTopic<byte[], byte[]> cluster;
    final TestOutputTopic<byte[], byte[]> incidents;
    private final ReportWriter writer = new ReportWriter(IDS);

    Run() {
      this(List.of());
    }

    Run(List<TestRecord<byte[], byte[]>> pages) {
      driver = new TopologyTestDriver(topology(book), config());
      PagedStore store = (PagedStore) driver.getStateStore(Names.POD_PAGES);
      pages.forEach(page -> store.restore(page.key(), page.value()));
      publish(pod());
      reports =
          driver.createInputTopic(
              Topics.REPORTS.name(), new ByteArraySerializer(), new ByteArraySerializer());
      health =
          driver.createOutputTopic(
              Topics.POD_HEALTH.name(),
              Topics.POD_HEALTH.keySerde().deserializer(),
              Topics.POD_HEALTH.valueSerde(IDS).deserializer());
      dead =
          driver.createOutputTopic(
              Topics.DEAD.name(),
              new ByteArrayDeserializer(),
              Topics.DEAD.valueSerde(IDS).deserializer());
      incidents =
          driver.createOutputTopic(
              Topics.INCIDENTS.name(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
      cluster =
          driver.createOutputTopic(
              Topics.CLUSTER_HEALTH.name(),
              new ByteArrayDeserializer(),
              new ByteArrayDeserializer());
    }

    void publish(PodTopology version) {
      driver
          .createInputTopic(
              Topics.PODS.name(), new StringSerializer(), Topics.PODS.valueSerde(IDS).serializer())
          .pipeInput(version.getPod(), version);
    }

    /** What was written to the changelog of the pods' pages. */
    List<TestRecord<byte[], byte[]>> pages() {
      return driver
          .createOutputTopic(
              "monitor-test-pod-pages-changelog",
              new ByteArrayDeserializer(),
              new ByteArrayDeserializer())
          .readRecordsToList();
    }

    /** Reports of both boards, one a second, from one second to another. */
    void reports(int from, int to) {
      for (int second = from; second < to; second++) {
        for (int board = 0; board < 2; board++) {
          raw(POD, report(POD, 0, board, second, START + second * 1000L));
        }
      }
    }

    void raw(String key, byte[] value) {
      raw(key.getBytes(StandardCharsets.UTF_8), value);
    }

    void raw(byte[] key, byte[] value) {
      reports.pipeInput(ReportRunTest.one(key, value));
    }

    byte[] report(String pod, int cabinet, int board, long sequence, long timeMs) {
      return writer.toBytes(fill(pod, cabinet, board, sequence, timeMs));
    }

    Report fill(String pod, int cabinet, int board, long sequence, long timeMs) {
      Report report = new Report();
      report.clear();
      report.pod = pod;
      report.cabinet = cabinet;
      report.board = board;
      report.agentStartMs = START;
      report.sequence = sequence;
      report.timeMs = timeMs;
      for (int chip = 0; chip < 2; chip++) {
        int i = report.addChip(chip);
        report.health[i] = Report.HEALTH_OK;
        report.temperature[i] = 600 + (int) (sequence % 7);
        report.power[i] = 5_000;
        report.utilization[i] = 990;
      }
      return report;
    }

    @Override
    public void close() {
      driver.close();
    }
  }
}
