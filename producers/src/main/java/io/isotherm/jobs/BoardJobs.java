package io.isotherm.jobs;

import io.isotherm.bridge.ByHost;
import io.isotherm.catalog.ClusterBoard;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.model.Placement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * From hosts, which schedulers know, to boards: which boards each listed job has for itself.
 *
 * <p>A board works for one job. A host that two jobs share is left out of both, because nothing
 * says which chips are whose, and so is a job that has too few boards left: nobody is its peer.
 */
final class BoardJobs {
  /**
   * A job on boards.
   *
   * @param synchronous true if every step waits for the slowest member
   * @param members its boards, consecutive ones together, in order
   */
  record Wanted(boolean synchronous, List<Placement.Member> members) {
    /** Copies the members. */
    Wanted {
      members = List.copyOf(members);
    }

    /** Number of boards. */
    int boards() {
      return members.stream().mapToInt(Placement.Member::boards).sum();
    }
  }

  private final ClusterPlan plan;
  private final ByHost<ClusterBoard> boards;
  private final int fewestBoards;

  /** Hosts of jobs that no board is known for, in order. */
  private final Set<String> unknown = new TreeSet<>();

  /** Hosts that several jobs share, in order. */
  private final Set<String> shared = new TreeSet<>();

  /** Jobs that have too few boards, in order. */
  private final Set<String> small = new TreeSet<>();

  /**
   * @param boards the boards of hosts by their names
   * @param fewestBoards boards that a job must have for itself
   */
  BoardJobs(ClusterPlan plan, Map<String, ClusterBoard> boards, int fewestBoards) {
    this.plan = plan;
    this.fewestBoards = fewestBoards;
    this.boards = new ByHost<>(boards);
  }

  /** What is to be said of jobs, by their names. */
  Map<String, Wanted> place(List<ListedJob> jobs) {
    unknown.clear();
    shared.clear();
    small.clear();
    Set<ClusterBoard> ofSeveral = sharedBoards(jobs);
    Map<String, Wanted> wanted = new TreeMap<>();
    for (ListedJob job : jobs) {
      Wanted w = new Wanted(job.synchronous(), members(job, ofSeveral));
      if (w.boards() >= fewestBoards) {
        wanted.put(job.name(), w);
      } else {
        small.add(job.name());
      }
    }
    return wanted;
  }

  Set<String> unknown() {
    return unknown;
  }

  Set<String> shared() {
    return shared;
  }

  Set<String> small() {
    return small;
  }

  private Set<ClusterBoard> sharedBoards(List<ListedJob> jobs) {
    Map<ClusterBoard, String> first = new HashMap<>();
    Set<ClusterBoard> several = new HashSet<>();
    for (ListedJob job : jobs) {
      for (ListedJob.Part part : job.parts()) {
        for (String host : part.hosts()) {
          ClusterBoard board = boards.find(host);
          if (board == null) {
            unknown.add(host);
          } else if (!first.computeIfAbsent(board, b -> job.name()).equals(job.name())) {
            several.add(board);
            shared.add(host);
          }
        }
      }
    }
    return several;
  }

  private List<Placement.Member> members(ListedJob job, Set<ClusterBoard> except) {
    Map<ClusterBoard, ListedJob.Part> parts = new TreeMap<>();
    for (ListedJob.Part part : job.parts()) {
      for (String host : part.hosts()) {
        ClusterBoard board = boards.find(host);
        if (board != null && !except.contains(board)) {
          parts.putIfAbsent(board, part);
        }
      }
    }
    List<Placement.Member> members = new ArrayList<>();
    parts.forEach(
        (board, part) -> {
          String pod = plan.pods().get(board.pod()).pod();
          int last = members.size() - 1;
          Placement.Member before = last < 0 ? null : members.get(last);
          if (before != null && before.pod().equals(pod) && goesOn(before, board.board(), part)) {
            members.set(
                last,
                new Placement.Member(
                    pod, before.firstBoard(), before.boards() + 1, before.role(), before.stage()));
          } else {
            members.add(new Placement.Member(pod, board.board(), 1, part.role(), part.stage()));
          }
        });
    return members;
  }

  private static boolean goesOn(Placement.Member before, int board, ListedJob.Part part) {
    return before.firstBoard() + before.boards() == board
        && before.role().equals(part.role())
        && before.stage() == part.stage();
  }
}
