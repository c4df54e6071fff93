package io.isotherm.bridge;

import io.isotherm.catalog.ClusterPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which host is which board, by the files that say which exporters speak of it. */
public final class BoardHosts {
  /** Names a host that schedulers know by another name than its exporters' addresses. */
  private static final String HOST = "host";

  private BoardHosts() {}

  /**
   * A board.
   *
   * @param pod number of the pod in the plan
   * @param board number of the board in the pod
   */
  public record Board(int pod, int board) {}

  /**
   * Reads files of targets. A group's host is its label {@code host}, or else what its targets have
   * before the port; of what a bridge wants of a group only the label {@code board} must be there.
   *
   * @return boards by the names of their hosts
   * @throws BridgeException if a file cannot be used; the message says which, where and why
   */
  public static Map<String, Board> read(List<Path> files, ClusterPlan plan) {
    Targets targets = new Targets(plan);
    Map<String, Board> boards = new TreeMap<>();
    for (Path file : files) {
      int number = 0;
      for (Targets.Group group : Targets.groups(file)) {
        String where = "%s: group %d".formatted(file, ++number);
        long place = targets.place(Targets.label(group, "board", where), where);
        Board board = new Board((int) (place >> 32), (int) place);
        String named = group.labels().get(HOST);
        List<String> hosts =
            named != null
                ? List.of(named)
                : Targets.targetsOf(group, where).stream().map(t -> host(t, where)).toList();
        for (String host : hosts) {
          Board before = boards.putIfAbsent(host.toLowerCase(Locale.ROOT), board);
          if (before != null && !before.equals(board)) {
            throw new BridgeException(
                "%s: host '%s' is %s and %s"
                    .formatted(where, host, path(plan, before), path(plan, board)));
          }
        }
      }
    }
    // Without a host no job would run anywhere.
    if (boards.isEmpty()) {
      throw new BridgeException("%s: no host".formatted(files.get(0)));
    }
    return boards;
  }

  private static String path(ClusterPlan plan, Board board) {
    return plan.pods().get(board.pod()).boardPath(board.board());
  }

  /** An address without its port. */
  private static String host(@Nullable String address, String where) {
    if (address == null || !Targets.ADDRESS.matcher(address).matches()) {
      throw new BridgeException(
          "%s: target '%s' is no address; write host or host:port".formatted(where, address));
    }
    if (address.startsWith("[")) {
      return address.substring(1, Math.max(1, address.indexOf(']')));
    }
    int colon = address.indexOf(':');
    return colon < 0 ? address : address.substring(0, colon);
  }
}
