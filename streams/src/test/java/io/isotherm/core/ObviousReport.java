package io.isotherm.core;

import static io.isotherm.model.Report.ABSENT;
import static io.isotherm.model.Report.ABSENT_LONG;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A report that an {@link ObviousMonitor} has taken, with numbers of chips and ports in the pod.
 * What was absent or impossible is null. Units are those of {@link Report}.
 *
 * @param agent number of the board's agent: every agent of a board has another one, and counters of
 *     two agents cannot be compared
 * @param newest whether it was, when it came, the newest of its agent by its sequence number
 */
record ObviousReport(
    int board, int agent, boolean newest, long timeMs, List<Chip> chips, List<Link> links) {

  /** What it says of a chip. */
  record Chip(
      int chip,
      @Nullable Integer health,
      @Nullable Long errorCode,
      @Nullable Integer temperature,
      @Nullable Integer power,
      @Nullable Integer utilization,
      @Nullable Integer tensor,
      @Nullable Integer clock,
      @Nullable Integer hbmUsed,
      int throttleReasons,
      @Nullable Long corrected,
      @Nullable Long uncorrected,
      @Nullable Long steps) {}

  /** What it says of a link. */
  record Link(
      int port,
      @Nullable Integer state,
      @Nullable Integer megabits,
      @Nullable Long txBytes,
      @Nullable Long rxBytes,
      @Nullable Long crcErrors,
      @Nullable Long retries,
      @Nullable Long waitMicros) {}

  /** Copies a report. */
  static ObviousReport of(Report r, PodLayout layout, int agent, boolean newest) {
    int board = layout.boardIndex(r.cabinet, r.board);
    List<Chip> chips = new ArrayList<>();
    for (int i = 0; i < r.chipCount; i++) {
      chips.add(
          new Chip(
              layout.chipIndex(board, r.chip[i]),
              within(r.health[i], 0, 3),
              counter(r.errorCode[i]),
              within(r.temperature[i], -400, 2_000),
              within(r.power[i], 0, 50_000),
              within(r.utilization[i], 0, 1_000),
              within(r.tensorActivity[i], 0, 1_000),
              within(r.clock[i], 0, 10_000),
              within(r.hbmUsed[i], 0, 4_194_304),
              r.throttleReasons[i] == ABSENT ? 0 : r.throttleReasons[i],
              counter(r.eccCorrected[i]),
              counter(r.eccUncorrected[i]),
              counter(r.steps[i])));
    }
    List<Link> links = new ArrayList<>();
    for (int i = 0; i < r.linkCount; i++) {
      links.add(
          new Link(
              layout.portIndex(layout.chipIndex(board, r.linkChip[i]), r.linkPort[i]),
              within(r.linkState[i], 0, 2),
              within(r.linkRate[i], 0, Integer.MAX_VALUE),
              counter(r.txBytes[i]),
              counter(r.rxBytes[i]),
              counter(r.crcErrors[i]),
              counter(r.retries[i]),
              counter(r.waitMicros[i])));
    }
    return new ObviousReport(board, agent, newest, r.timeMs, chips, links);
  }

  /** Whether no reading of a report is impossible, those of its links included if they count. */
  static boolean whole(Report r, boolean links) {
    boolean whole = true;
    for (int i = 0; i < r.chipCount; i++) {
      whole &= possible(r.temperature[i], -400, 2_000);
      whole &= possible(r.hbmTemperature[i], -400, 2_000);
      whole &= possible(r.power[i], 0, 50_000);
      whole &= possible(r.utilization[i], 0, 1_000);
      whole &= possible(r.tensorActivity[i], 0, 1_000);
      whole &= possible(r.clock[i], 0, 10_000);
      whole &= possible(r.hbmUsed[i], 0, 4_194_304);
    }
    for (int i = 0; links && i < r.linkCount; i++) {
      for (long counter : new long[] {r.txBytes[i], r.rxBytes[i], r.crcErrors[i], r.retries[i]}) {
        whole &= counter >= 0 || counter == ABSENT_LONG;
      }
    }
    return whole;
  }

  private static boolean possible(int value, int least, int most) {
    return value == ABSENT || within(value, least, most) != null;
  }

  private static @Nullable Integer within(int value, int least, int most) {
    return value < least || value > most ? null : value;
  }

  private static @Nullable Long counter(long value) {
    return value < 0 ? null : value;
  }
}
