package io.isotherm.core;

import io.isotherm.model.Placement;
import io.isotherm.model.Report;
import java.util.List;
import java.util.stream.IntStream;

/** A small pod in which one job trains on all boards, and hands on its readings. */
final class TrainingPod extends SmallPod {
  static final int CHIP = 22;
  static final int BOARD = 5;
  static final int POSITION = 2;
  static final String CHIP_PATH = "pod-00/cab-001/board-2/chip-2";

  TrainingPod() {
    monitor.placements(List.of(job("train", 0, 12, "worker")));
  }

  static Placement job(String name, int first, int boards, String role) {
    return new Placement(
        name,
        0,
        Long.MAX_VALUE,
        true,
        List.of(new Placement.Member(LAYOUT.pod(), first, boards, role, 0)));
  }

  /** Changes a chip of the report from a second on. */
  interface Change {
    void of(Report report, int i, int second);
  }

  void from(int start, int board, int position, Change change) {
    hand =
        (report, b, second) -> {
          for (int i = 0; i < report.chipCount; i++) {
            if (second >= start
                && (board < 0 || b == board)
                && (position < 0 || report.chip[i] == position)) {
              change.of(report, i, second);
            }
          }
        };
  }

  static void slow(Report r, int i, int permille) {
    r.tensorActivity[i] = r.tensorActivity[i] * (1_000 - permille) / 1_000;
    r.power[i] = r.power[i] * (1_000 - permille) / 1_000;
  }

  static void stop(Report r, int i) {
    r.tensorActivity[i] = 0;
    r.steps[i] = 15;
  }

  static void cap(Report r, int i, int clock) {
    r.throttleReasons[i] = Report.THROTTLE_POWER;
    r.clock[i] = clock;
  }

  static void idle(Report r, int i) {
    stop(r, i);
    r.utilization[i] = 0;
    r.power[i] = 900;
    r.hbmUsed[i] = 500;
  }

  /** As in a checkpoint: its memory is held, and nothing is computed. */
  static void pause(Report r, int i) {
    r.utilization[i] = 20;
    r.tensorActivity[i] = 0;
    r.power[i] = 2_000;
  }

  /** One job on three cabinets, another on the fourth. */
  void twoJobs() {
    monitor.placements(List.of(job("large", 0, 9, "worker"), job("small", 9, 3, "worker")));
  }

  /**
   * Slows a chip, or all, and lets the job pause from one second to another with its memory held.
   */
  void slowedAroundAPause(int board, int permille, int from, int to) {
    hand =
        (report, b, second) -> {
          for (int i = 0; i < report.chipCount; i++) {
            if (second >= 200 && (board < 0 || (b == board && report.chip[i] == POSITION))) {
              slow(report, i, permille);
            }
            if (second >= from && second < to) {
              stop(report, i);
              report.utilization[i] = 20;
            }
          }
        };
  }

  static int[] portsOfSwitch(int s) {
    return IntStream.range(0, LAYOUT.ports()).filter(p -> LAYOUT.switchOfPort(p) == s).toArray();
  }
}
