package io.isotherm.backtest;

import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentEvent;
import io.isotherm.recording.RecordingException;
import io.isotherm.schemas.FileFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Two back-tests to compare.
 *
 * @param a the first: a recording, or the JSON lines of a back-test
 * @param b the second
 * @param detectorsA settings of the detectors for the first, if it is a recording
 * @param detectorsB settings for the second
 * @param threads most threads, from 1
 */
public record DiffJob(
    Path a, Path b, DetectorSettings detectorsA, DetectorSettings detectorsB, int threads) {
  /**
   * What came of it.
   *
   * @param equal whether both tell the same
   * @param table for a terminal
   * @param json for programs
   */
  public record Result(boolean equal, String table, String json) {}

  /**
   * Runs it.
   *
   * @throws RecordingException if one of the two cannot be read
   */
  public Result run(Backtest.Progress progress, BooleanSupplier stop)
      throws IOException, InterruptedException {
    IncidentDiff diff =
        IncidentDiff.of(
            incidents(a, detectorsA, progress, stop), incidents(b, detectorsB, progress, stop));
    return new Result(diff.equal(), diff.table(), diff.json().toPrettyString() + "\n");
  }

  private List<IncidentLife> incidents(
      Path from, DetectorSettings detectors, Backtest.Progress progress, BooleanSupplier stop)
      throws IOException, InterruptedException {
    List<IncidentEvent> events = new ArrayList<>();
    if (Files.isRegularFile(from)) {
      lines(from, events);
    } else {
      BacktestJob.whole(from, detectors, threads)
          .judge(RecordedCluster.open(from), events::add, progress, stop);
    }
    return IncidentDiff.lives(events);
  }

  private static void lines(Path file, List<IncidentEvent> events) throws IOException {
    try (BufferedReader in = Files.newBufferedReader(file)) {
      int number = 0;
      String line = in.readLine();
      while (line != null) {
        number++;
        if (!line.isBlank()) {
          try {
            events.add(EventJson.parse(line));
          } catch (IllegalArgumentException e) {
            throw new RecordingException(
                "%s:%d: %s; expected what 'isotherm backtest -o jsonl' writes"
                    .formatted(file, number, e.getMessage()),
                e);
          }
        }
        line = in.readLine();
      }
    } catch (CharacterCodingException e) {
      throw new RecordingException(
          "%s: %s; expected what 'isotherm backtest -o jsonl' writes"
              .formatted(file, FileFailure.reason(e)),
          e);
    }
  }
}
