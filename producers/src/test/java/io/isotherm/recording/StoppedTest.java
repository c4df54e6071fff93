package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.isotherm.model.Report;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Work that is asked to end in the middle leaves nothing behind. */
final class StoppedTest {
  private static final long START = 1_800_000_000_000L;
  private static final int REPORTS = 20_000;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path temp;

  /** Work on the recordings {@code early} and {@code late} of a directory, into {@code out}. */
  @FunctionalInterface
  private interface Work {
    void run(Path temp, BooleanSupplier stopped) throws IOException;
  }

  @BeforeEach
  void record() throws IOException {
    record("early", START);
    record("late", START + REPORTS);
    Packing.pack(temp.resolve("early"), temp.resolve("packed"), file -> {}, () -> false);
  }

  private void record(String name, long beginMs) throws IOException {
    ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
    Report report = new Report();
    Path into = temp.resolve(name);
    try (RecordingWriter to = RecordingWriter.create(into, null, "telemetry.reports", 1)) {
      for (int i = 0; i < REPORTS; i++) {
        report.clear();
        report.pod = "pod-00";
        report.agentStartMs = START;
        report.timeMs = beginMs + i;
        report.sequence = i;
        report.addChip(0);
        byte[] bytes = writer.toBytes(report);
        to.append(0, i, bytes, Framing.LENGTH, bytes.length - Framing.LENGTH, report);
        if (i % 1_000 == 0) {
          to.checkpoint();
        }
      }
    }
  }

  private static Path out(Path temp) {
    return temp.resolve("out");
  }

  private static void importTable(Path temp, BooleanSupplier stopped) throws IOException {
    Path mapping =
        Files.writeString(
            temp.resolve("mapping.yaml"),
            """
            preset: hgx-h100
            pods: 1
            cabinets: 1
            interval_seconds: 1
            time: {column: at, unit: ms}
            board: where
            chip: chip
            fields:
              temperature: {column: temp, unit: celsius}
            """);
    StringBuilder rows = new StringBuilder("at,where,chip,temp\n");
    for (int i = 0; i < REPORTS; i++) {
      rows.append(START + i * 1_000L).append(",pod-00/cab-000/board-0,0,50\n");
    }
    Path table = Files.writeString(temp.resolve("table.csv"), rows);
    TableImport.run(mapping, List.of(table), out(temp), stopped);
  }

  static Stream<Work> works() {
    return Stream.of(
        (temp, stopped) ->
            Cut.EVERYTHING.write(Recording.open(temp.resolve("early")).until(stopped), out(temp)),
        (temp, stopped) ->
            Cut.EVERYTHING.write(
                Recording.salvage(temp.resolve("early")).until(stopped), out(temp)),
        (temp, stopped) ->
            Merge.of(List.of(temp.resolve("early"), temp.resolve("late")), stopped)
                .write(out(temp)),
        (temp, stopped) ->
            Packing.pack(temp.resolve("early"), out(temp), file -> {}, stopped, 1 << 10),
        (temp, stopped) -> Packing.unpack(temp.resolve("packed"), out(temp), file -> {}, stopped),
        StoppedTest::importTable);
  }

  @ParameterizedTest
  @MethodSource("works")
  void leavesNothing(Work work) throws IOException {
    // Given: how often it asks
    AtomicInteger asked = new AtomicInteger();
    work.run(
        temp,
        () -> {
          asked.incrementAndGet();
          return false;
        });
    assertThat(out(temp).resolve(Manifest.NAME)).exists();
    assertThat(asked).hasValueGreaterThan(1);
    delete(out(temp));

    // When: it is asked to end at the last time that it asks
    int last = asked.getAndSet(0);

    // Then
    assertThatExceptionOfType(StoppedException.class)
        .isThrownBy(() -> work.run(temp, () -> asked.incrementAndGet() == last))
        .withMessage("stopped; there is no result");
    assertThat(out(temp)).doesNotExist();
  }

  @Test
  void verifyNamesNoDamage() {
    AtomicInteger asked = new AtomicInteger();
    Recording recording =
        Recording.open(temp.resolve("early")).until(() -> asked.incrementAndGet() > 2);
    assertThatExceptionOfType(StoppedException.class)
        .isThrownBy(() -> recording.verify(file -> {}));
  }

  private static void delete(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = all.toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
    Files.delete(directory);
  }
}
