package io.isotherm.launcher;

import io.isotherm.backtest.Texts;
import io.isotherm.export.HostNames;
import io.isotherm.jobs.ByHand;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The maintenance that is announced and not over, by hand and by jobs, for people. */
final class MaintenanceList {
  private final ClusterParts parts;
  private final HostNames hosts;
  private final long nowMs;

  /**
   * @param hosts which hosts boards are; they are told where it knows one
   * @param nowMs what ended before is left out, milliseconds since 1970-01-01 UTC
   */
  MaintenanceList(ClusterParts parts, HostNames hosts, long nowMs) {
    this.parts = parts;
    this.hosts = hosts;
    this.nowMs = nowMs;
  }

  /**
   * A table, and how much there is.
   *
   * @param reasons what the placement of a job is for
   */
  String table(Collection<Placement> placements, Function<String, Optional<String>> reasons) {
    List<List<String>> rows = new ArrayList<>();
    BoardSet boards = new BoardSet(parts);
    for (Placement p : placements) {
      for (Placement.Member m : p.members()) {
        if (p.untilMs() > nowMs && m.role().equals(Placement.MAINTENANCE)) {
          rows.add(
              List.of(
                  part(m),
                  IncidentHistory.time(p.fromMs()),
                  p.untilMs() == Long.MAX_VALUE ? "not said" : IncidentHistory.time(p.untilMs()),
                  by(p),
                  reasons.apply(p.job()).orElse("")));
          boards.add(m);
        }
      }
    }
    if (rows.isEmpty()) {
      return "No maintenance is announced\n";
    }
    rows.add(0, List.of("PART", "SINCE", "UNTIL", "BY", "REASON"));
    StringBuilder out = new StringBuilder();
    Texts.table(rows, out);
    return out.append(
            "\nIn maintenance: %d boards, %d chips\n".formatted(boards.boards(), boards.chips()))
        .toString();
  }

  /** Who announced a placement. */
  private static String by(Placement p) {
    return ByHand.is(p.job()) ? "hand" : p.job();
  }

  /** Which placement has boards in maintenance: the job, or the part that was given by hand. */
  String called(Placement p) {
    return ByHand.is(p.job())
        ? "hand, of " + p.members().stream().map(this::part).collect(Collectors.joining(", "))
        : p.job();
  }

  /** A pod, a cabinet, a board with its host, or the first and the last of several. */
  private String part(Placement.Member m) {
    PodLayout pod = parts.pod(m.pod());
    if (pod == null || (long) m.firstBoard() + m.boards() > pod.boards()) {
      return "%s, %d boards from board %d on".formatted(m.pod(), m.boards(), m.firstBoard());
    }
    if (m.boards() == pod.boards()) {
      return pod.pod();
    }
    if (m.boards() == 1) {
      String board = pod.boardPath(m.firstBoard());
      return hosts.of(board).map(host -> board + " (" + host + ")").orElse(board);
    }
    return m.boards() == pod.boardsPerCabinet() && m.firstBoard() % pod.boardsPerCabinet() == 0
        ? pod.cabinetPath(pod.cabinetOfBoard(m.firstBoard()))
        : pod.boardRange(m.firstBoard(), m.boards());
  }
}
