package io.isotherm.core;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which job each board of a pod works for in one window. */
final class JobMap {
  /** A board that works for no job. */
  static final int NO_JOB = -1;

  private final int[] jobOfBoard;
  private final boolean[] synchronous;
  private final boolean[] spansPods;
  private final List<String> names;
  private final long[] fromMs;
  private final int[] teamOfBoard;
  private final int teams;
  private final boolean[] maintenance;
  private final int[] boardsOfJob;

  private JobMap(
      int[] jobOfBoard,
      boolean[] synchronous,
      boolean[] spansPods,
      List<String> names,
      long[] fromMs,
      int[] teamOfBoard,
      int teams,
      boolean[] maintenance) {
    this.jobOfBoard = jobOfBoard;
    this.synchronous = synchronous;
    this.spansPods = spansPods;
    this.names = names;
    this.fromMs = fromMs;
    this.teamOfBoard = teamOfBoard;
    this.teams = teams;
    this.maintenance = maintenance;
    boardsOfJob = new int[synchronous.length];
    for (int job : jobOfBoard) {
      if (job != NO_JOB) {
        boardsOfJob[job]++;
      }
    }
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
    boolean[] spansPods = new boolean[now.size()];
    List<String> names = new ArrayList<>();
    long[] fromMs = new long[now.size()];
    int[] teamOfBoard = new int[layout.boards()];
    boolean[] maintenance = new boolean[layout.boards()];
    Map<String, Integer> teams = new HashMap<>();
    for (int j = 0; j < now.size(); j++) {
      synchronous[j] = now.get(j).synchronous();
      names.add(now.get(j).job());
      fromMs[j] = now.get(j).fromMs();
      for (Placement.Member m : now.get(j).members()) {
        boolean here = m.pod().equals(layout.pod());
        spansPods[j] |= !here && !m.role().equals(Placement.MAINTENANCE);
        if (here) {
          int from = Math.max(0, m.firstBoard());
          int to = (int) Math.min(layout.boards(), (long) m.firstBoard() + m.boards());
          if (from < to && m.role().equals(Placement.MAINTENANCE)) {
            Arrays.fill(maintenance, from, to, true);
          } else if (from < to) {
            String name = j + "|" + m.stage() + "|" + m.role();
            int team = teams.computeIfAbsent(name, unknown -> teams.size() + 1);
            Arrays.fill(teamOfBoard, from, to, team);
            Arrays.fill(jobOfBoard, from, to, j);
          }
        }
      }
    }
    return new JobMap(
        jobOfBoard,
        synchronous,
        spansPods,
        names,
        fromMs,
        teamOfBoard,
        teams.size() + 1,
        maintenance);
  }

  /** Number of jobs. */
  int jobs() {
    return synchronous.length;
  }

  /** Name of a job. */
  String name(int job) {
    return names.get(job);
  }

  /** Event time from which the job is placed where it is, in milliseconds since 1970-01-01 UTC. */
  long fromMs(int job) {
    return fromMs[job];
  }

  /** Boards of this pod that work for a job. */
  int boards(int job) {
    return boardsOfJob[job];
  }

  /** Whether all members of a job work at the same time. */
  boolean isSynchronous(int job) {
    return synchronous[job];
  }

  /** Whether a job is placed in other pods, too. */
  boolean spansPods(int job) {
    return spansPods[job];
  }

  /** Number of teams: boards of the same job, role and stage; the team 0 works for no job. */
  int teams() {
    return teams;
  }

  /** The board's team. */
  int teamOf(int board) {
    return teamOfBoard[board];
  }

  /** Whether work on the board was announced, so that nothing that it does is a fault. */
  boolean maintenance(int board) {
    return maintenance[board];
  }

  /**
   * Whether a synchronous job has so few boards here that most of its peers may share one cabinet.
   *
   * @param boards boards from which a job has peers enough
   */
  boolean small(int job, int boards) {
    return synchronous[job] && boardsOfJob[job] < boards;
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
