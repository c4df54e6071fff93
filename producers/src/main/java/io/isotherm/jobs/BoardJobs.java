package io.isotherm.jobs;

import io.isotherm.catalog.ClusterBoard;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.model.Placement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

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
  private final Map<String, ClusterBoard> boards = new HashMap<>();
  private final int fewestBoards;

  /** Hosts of jobs that no board is known for, in order. */
  private final Set<String> unknown = new TreeSet<>();

  /** Hosts that several jobs share, in order. */
  private final Set<String> shared = new TreeSet<>();

  /** Jobs that have too few boards, in order. */
  private final Set<String> small = new TreeSet<>();

  /**
   * @param boards the boards of hosts by their names; a host is also found by its name before the
   *     first dot
   * @param fewestBoards boards that a job must have for itself
   */
  BoardJobs(ClusterPlan plan, Map<String, ClusterBoard> boards, int fewestBoards) {
    this.plan = plan;
    this.fewestBoards = fewestBoards;
    Map<String, Set<ClusterBoard>> byShortName = new HashMap<>();
    boards.forEach(
        (host, board) ->
            byShortName.computeIfAbsent(shortName(host), name -> new HashSet<>()).add(board));
    byShortName.forEach(
        (name, of) -> {
          // Of two hosts with one name nobody can say which is meant.
          if (of.size() == 1) {
            this.boards.put(name, of.iterator().next());
          }
        });
    boards.forEach((host, board) -> this.boards.put(host.toLowerCase(Locale.ROOT), board));
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
          ClusterBoard board = board(host);
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
        ClusterBoard board = board(host);
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

  private @Nullable ClusterBoard board(String host) {
    ClusterBoard whole = boards.get(host.toLowerCase(Locale.ROOT));
    return whole != null ? whole : boards.get(shortName(host));
  }

  /** The name before the first dot; of an address all of it. */
  private static String shortName(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    int dot = name.indexOf('.');
    return dot <= 0 || name.matches("[0-9.]+") ? name : name.substring(0, dot);
  }
}
