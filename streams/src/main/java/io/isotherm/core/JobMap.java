package io.isotherm.core;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Which job each board of a pod works for in one window. */
final class JobMap {
  /** A board that works for no job. */
  static final int NO_JOB = -1;

  private final int[] jobOfBoard;
  private final boolean[] synchronous;

  private JobMap(int[] jobOfBoard, boolean[] synchronous) {
    this.jobOfBoard = jobOfBoard;
    this.synchronous = synchronous;
  }

  /** The jobs of a pod at an event time; where two claim a board, the later one by name has it. */
  static JobMap at(PodLayout layout, List<Placement> placements, long timeMs) {
    List<Placement> now = new ArrayList<>();
    for (Placement p : placements) {
      if (p.fromMs() <= timeMs && timeMs < p.untilMs()) {
        now.add(p);
      }
    }
    now.sort(Comparator.comparing(Placement::job));
    int[] jobOfBoard = new int[layout.boards()];
    Arrays.fill(jobOfBoard, NO_JOB);
    boolean[] synchronous = new boolean[now.size()];
    for (int j = 0; j < now.size(); j++) {
      synchronous[j] = now.get(j).synchronous();
      for (Placement.Member m : now.get(j).members()) {
        if (m.pod().equals(layout.pod())) {
          int from = Math.max(0, m.firstBoard());
          int to = (int) Math.min(layout.boards(), (long) m.firstBoard() + m.boards());
          if (from < to) {
            Arrays.fill(jobOfBoard, from, to, j);
          }
        }
      }
    }
    return new JobMap(jobOfBoard, synchronous);
  }

  /** Number of jobs. */
  int jobs() {
    return synchronous.length;
  }

  /** Number of the board's job, or {@link #NO_JOB}. */
  int jobOf(int board) {
    return jobOfBoard[board];
  }

  /** Whether the board's loss stops a whole job. */
  boolean synchronous(int board) {
    int job = jobOfBoard[board];
    return job != NO_JOB && synchronous[job];
  }
}
