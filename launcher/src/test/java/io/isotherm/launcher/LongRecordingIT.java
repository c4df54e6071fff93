package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.backtest.RecordedFleet;
import io.isotherm.model.Report;
import io.isotherm.recording.Manifest;
import io.isotherm.recording.Recording;
import io.isotherm.recording.RecordingWriter;
import io.isotherm.recording.ReportSource;
import io.isotherm.recording.Side;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A recording whose reports take several times the memory of the processes that judge it, replay
 * it, and record the replay.
 */
final class LongRecordingIT {
  private static final int HEAP_MEBIBYTES = 40;

  /** Before the first fault of the story. */
  private static final int SECONDS = 30;

  /** So often do the same seconds come. */
  private static final int PASSES = 1_200;

  /** To where they are surely past, in whole windows: a recorder waits for what is to come. */
  private static final long MOVE_MS = -20_000_000_000L;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private String in(String name) {
    return dir.resolve(name).toString();
  }

  /** Writes the recording; how many bytes its reports have. */
  private long write() throws IOException {
    RecordedFleet.record(dir.resolve("short"), SECONDS);
    Recording once = Recording.open(dir.resolve("short"));
    ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
    Report report = new Report();
    long bytes = 0;
    try (RecordingWriter to =
        RecordingWriter.create(
            dir.resolve("long"),
            null,
            once.manifest().topic(),
            once.manifest().nextOffsets().size())) {
      int offset = 0;
      for (var pod : once.side(Side.TOPOLOGY)) {
        pod.setEffectiveFromMs(pod.getEffectiveFromMs() + MOVE_MS);
        to.append(Side.TOPOLOGY, offset++, pod);
      }
      long[] next = new long[to.partitions()];
      for (int pass = 0; pass < PASSES; pass++) {
        for (int partition : once.partitions()) {
          try (ReportSource source = once.reports(partition)) {
            while (source.next(report)) {
              long moveMs = MOVE_MS + 1_000L * SECONDS * pass;
              report.timeMs += moveMs;
              report.agentStartMs += moveMs;
              byte[] framed = writer.toBytes(report);
              int length = framed.length - Framing.LENGTH;
              to.append(partition, next[partition]++, framed, Framing.LENGTH, length, report);
              bytes += length;
            }
          }
        }
      }
    }
    return bytes;
  }

  private void isotherm(String... args) throws Exception {
    File log = dir.resolve(args[0] + ".log").toFile();
    Process process = ProgramProcess.of(HEAP_MEBIBYTES, List.of(args)).redirectOutput(log).start();
    try {
      assertThat(process.waitFor(3, TimeUnit.MINUTES)).as(args[0]).isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(process.exitValue())
        .as("%s: %s", args[0], Files.readString(log.toPath()))
        .isEqualTo(Main.DONE);
  }

  @Test
  void memoryDoesNotGrowWithTheLengthOfARecording() throws Exception {
    long bytes = write();
    assertThat(bytes).isGreaterThan((4L * HEAP_MEBIBYTES) << 20);
    Manifest.Counts counts = Recording.open(dir.resolve("long")).manifest().counts();

    isotherm("backtest", in("long"), "-o", "json", "--out", in("found.json"));
    JsonNode found = new ObjectMapper().readTree(dir.resolve("found.json").toFile());
    assertThat(found.path("reports").asLong()).isEqualTo(counts.records());
    assertThat(found.path("windows").asLong()).isGreaterThan(PASSES * SECONDS / 10);

    // While the broker is slow Kafka's client keeps up to 32 MiB of what it has yet to send.
    Files.writeString(dir.resolve("client.properties"), "buffer.memory=8388608\n");
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, dir.resolve("broker"))) {
      isotherm(
          "replay",
          "--bootstrap-server",
          broker.bootstrapServer(),
          "--command-config",
          in("client.properties"),
          "--speed",
          "max",
          in("long"));
      isotherm(
          "record",
          "--bootstrap-server",
          broker.bootstrapServer(),
          "--from",
          "0",
          "--to",
          Long.toString(System.currentTimeMillis() - 60_000),
          in("again"));
    }
    Manifest.Counts again = Recording.open(dir.resolve("again")).manifest().counts();
    assertThat(again.records()).isEqualTo(counts.records());
    assertThat(again.chipSamples()).isEqualTo(counts.chipSamples());
  }
}
