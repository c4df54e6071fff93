package io.isotherm.benchmarks;

import io.isotherm.catalog.ClusterPlan;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.Scenario;
import io.isotherm.model.Report;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * What exporters of the emulator's chips would say: thirty series for each chip, named as
 * dcgm-exporter names them, with the values of the chip's reports and the sums over its links; how
 * many of these are up and down stands where the utilizations of encoder and decoder would.
 *
 * <p>Labels are only those that tell chips apart, as short as they can be, and there is no help:
 * both spare the reader work.
 */
final class ChipExposition {
  /** Event time at which every such fleet begins; any will do if all take the same. */
  static final long START_MS = 1_767_225_600_000L;

  /** Steps of a second after which all links have been read. */
  static final int WARM_STEPS = 60;

  /** A series of a chip: how it is called, what it is, and its value. */
  private record Family(String name, String type, Value value) {}

  private interface Value {
    void append(Board board, int i, StringBuilder to);
  }

  private static final List<Family> FAMILIES =
      List.of(
          gauge("DEV_SM_CLOCK", (b, i, to) -> to.append(b.report.clock[i])),
          gauge("DEV_MEM_CLOCK", (b, i, to) -> to.append(3200)),
          gauge("DEV_MEMORY_TEMP", (b, i, to) -> tenths(b.report.hbmTemperature[i], to)),
          gauge("DEV_GPU_TEMP", (b, i, to) -> tenths(b.report.temperature[i], to)),
          gauge("DEV_POWER_USAGE", (b, i, to) -> tenths(b.report.power[i], to)),
          counter("DEV_TOTAL_ENERGY_CONSUMPTION", (b, i, to) -> to.append(b.energy[i])),
          counter("DEV_PCIE_REPLAY_COUNTER", (b, i, to) -> to.append(0)),
          gauge("DEV_GPU_UTIL", (b, i, to) -> to.append(b.report.utilization[i] / 10)),
          gauge("DEV_MEM_COPY_UTIL", (b, i, to) -> to.append(b.report.tensorActivity[i] / 10)),
          gauge("DEV_NVLINK_LINKS_UP", (b, i, to) -> to.append(b.up[i])),
          gauge("DEV_NVLINK_LINKS_DOWN", (b, i, to) -> to.append(b.down[i])),
          gauge("DEV_XID_ERRORS", (b, i, to) -> to.append(orZero(b.report.errorCode[i]))),
          gauge(
              "DEV_CLOCK_THROTTLE_REASONS",
              (b, i, to) -> to.append(Math.max(0, b.report.throttleReasons[i]))),
          counter("DEV_THERMAL_VIOLATION", (b, i, to) -> to.append(b.throttledNanos[i])),
          counter("DEV_POWER_VIOLATION", (b, i, to) -> to.append(0)),
          gauge("DEV_FB_FREE", (b, i, to) -> to.append(294_912 - b.report.hbmUsed[i])),
          gauge("DEV_FB_USED", (b, i, to) -> to.append(b.report.hbmUsed[i])),
          counter(
              "DEV_ECC_SBE_VOL_TOTAL", (b, i, to) -> to.append(orZero(b.report.eccCorrected[i]))),
          counter(
              "DEV_ECC_DBE_VOL_TOTAL", (b, i, to) -> to.append(orZero(b.report.eccUncorrected[i]))),
          counter("DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL", (b, i, to) -> to.append(b.crc[i])),
          counter("DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL", (b, i, to) -> to.append(b.retries[i])),
          counter(
              "DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL", (b, i, to) -> to.append(b.recoveries[i])),
          counter("DEV_NVLINK_BANDWIDTH_TOTAL", (b, i, to) -> to.append(b.tx[i] + b.rx[i])),
          counter("PROF_NVLINK_TX_BYTES", (b, i, to) -> to.append(b.tx[i])),
          counter("PROF_NVLINK_RX_BYTES", (b, i, to) -> to.append(b.rx[i])),
          gauge("PROF_GR_ENGINE_ACTIVE", (b, i, to) -> thousandths(b.report.utilization[i], to)),
          gauge(
              "PROF_PIPE_TENSOR_ACTIVE", (b, i, to) -> thousandths(b.report.tensorActivity[i], to)),
          gauge("PROF_DRAM_ACTIVE", (b, i, to) -> thousandths(b.report.tensorActivity[i], to)),
          gauge("PROF_PCIE_TX_BYTES", (b, i, to) -> to.append(b.report.power[i] * 1_000)),
          gauge("PROF_PCIE_RX_BYTES", (b, i, to) -> to.append(b.report.power[i] * 900)));

  private static Family gauge(String name, Value value) {
    return new Family("DCGM_FI_" + name, "gauge", value);
  }

  private static Family counter(String name, Value value) {
    return new Family("DCGM_FI_" + name, "counter", value);
  }

  private static void tenths(int value, StringBuilder to) {
    to.append(value / 10).append('.').append(value % 10);
  }

  private static void thousandths(int value, StringBuilder to) {
    to.append(value / 1000).append('.');
    int rest = value % 1000;
    to.append(rest / 100).append(rest / 10 % 10).append(rest % 10);
  }

  private static long orZero(long value) {
    return value == Report.ABSENT_LONG ? 0 : value;
  }

  /** What is known of one board: its last report, and what adds up over all of them. */
  private static final class Board {
    final Report report = new Report();

    // Of each chip, over its links.
    final long[] tx;
    final long[] rx;
    final long[] crc;
    final long[] retries;
    final long[] recoveries;
    final long[] up;
    final long[] down;

    /** In millijoules. */
    final long[] energy;

    final long[] throttledNanos;

    Board(int chips) {
      tx = new long[chips];
      rx = new long[chips];
      crc = new long[chips];
      retries = new long[chips];
      recoveries = new long[chips];
      up = new long[chips];
      down = new long[chips];
      energy = new long[chips];
      throttledNanos = new long[chips];
    }

    void read() {
      if (report.linkCount > 0) {
        for (long[] sums : List.of(tx, rx, crc, retries, recoveries, up, down)) {
          Arrays.fill(sums, 0);
        }
        for (int l = 0; l < report.linkCount; l++) {
          int i = report.linkChip[l];
          tx[i] += orZero(report.txBytes[l]);
          rx[i] += orZero(report.rxBytes[l]);
          crc[i] += orZero(report.crcErrors[l]);
          retries[i] += orZero(report.retries[l]);
          recoveries[i] += orZero(report.recoveries[l]);
          up[i] += report.linkState[l] == Report.LINK_UP ? 1 : 0;
          down[i] += report.linkState[l] == Report.LINK_DOWN ? 1 : 0;
        }
      }
      for (int i = 0; i < report.chipCount; i++) {
        energy[i] += report.power[i] * 100L;
        throttledNanos[i] += report.throttleReasons[i] > 0 ? 1_000_000_000L : 0;
      }
    }
  }

  private final Fleet fleet;
  private final Board[] boards;
  private final String[] chips;
  private final StringBuilder text = new StringBuilder();
  private long timeMs;

  private ChipExposition(ClusterPlan plan) {
    fleet = new Fleet(plan, Scenario.quiet(1), START_MS);
    boards = new Board[fleet.boards()];
    chips = new String[plan.pods().get(0).chipsPerBoard()];
    for (int i = 0; i < chips.length; i++) {
      chips[i] = "{gpu=\"" + i + "\"} ";
    }
    for (int b = 0; b < boards.length; b++) {
      boards[b] = new Board(chips.length);
    }
  }

  /** The chips of a cluster after a minute: always the same values for the same cluster. */
  static ChipExposition warmed(ClusterPlan plan) {
    ChipExposition exposition = new ChipExposition(plan);
    exposition.timeMs = START_MS;
    for (int n = 0; n < WARM_STEPS; n++) {
      exposition.step();
    }
    return exposition;
  }

  /** Moves on by a second. */
  void step() {
    fleet.step(timeMs);
    timeMs += 1_000;
    for (int b = 0; b < boards.length; b++) {
      if (fleet.fill(b, boards[b].report)) {
        boards[b].read();
      }
    }
  }

  Fleet fleet() {
    return fleet;
  }

  int boards() {
    return boards.length;
  }

  int chipsPerBoard() {
    return chips.length;
  }

  /** What a board's exporter says now, in Prometheus's text format. */
  byte[] text(int board) {
    Board b = boards[board];
    text.setLength(0);
    for (Family family : FAMILIES) {
      text.append("# TYPE ").append(family.name).append(' ').append(family.type).append('\n');
      for (int i = 0; i < b.report.chipCount; i++) {
        text.append(family.name).append(chips[b.report.chip[i]]);
        family.value.append(b, i, text);
        text.append('\n');
      }
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }
}
