package io.isotherm.bridge;

import io.isotherm.catalog.BoardPaths;
import io.isotherm.catalog.ClusterBoard;
import io.isotherm.catalog.ClusterPlan;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Which host is which board, by the files that say which exporters speak of it. */
public final class BoardHosts {
  /** Names a host that schedulers know by another name than its exporters' addresses. */
  private static final String HOST = "host";

  private BoardHosts() {}

  /**
   * Reads files of targets. A group's host is its label {@code host}, or else what its targets have
   * before the port; of what a bridge wants of a group only the label {@code board} must be there.
   *
   * @return boards by the names of their hosts
   * @throws BridgeException if a file cannot be used; the message says which, where and why
   */
  public static Map<String, ClusterBoard> read(List<Path> files, ClusterPlan plan) {
    Targets targets = new Targets(plan);
    Map<String, ClusterBoard> boards = read(files, targets::board, new BoardPaths(plan)::pathOf);
    // Without a host no job would run anywhere.
    if (boards.isEmpty()) {
      throw new BridgeException("%s: no host".formatted(files.get(0)));
    }
    return boards;
  }

  /**
   * Reads the same files, whatever the cluster is made of.
   *
   * @return paths of boards by the names of their hosts
   * @throws BridgeException if a file cannot be used; the message says which, where and why
   */
  public static Map<String, String> byHost(List<Path> files) {
    return read(files, BoardHosts::board, path -> path);
  }

  private static <B> Map<String, B> read(
      List<Path> files, BiFunction<Targets.Group, String, B> boardOf, Function<B, String> pathOf) {
    Map<String, B> boards = new TreeMap<>();
    for (Path file : files) {
      int number = 0;
      for (Targets.Group group : Targets.groups(file)) {
        String where = "%s: group %d".formatted(file, ++number);
        B board = boardOf.apply(group, where);
        for (String host : hosts(group, where)) {
          B before = boards.putIfAbsent(host.toLowerCase(Locale.ROOT), board);
          if (before != null && !before.equals(board)) {
            throw new BridgeException(
                "%s: host '%s' is %s and %s"
                    .formatted(where, host, pathOf.apply(before), pathOf.apply(board)));
          }
        }
      }
    }
    return boards;
  }

  /**
   * Reads the same files the other way, whatever the cluster is made of.
   *
   * @return hosts by the paths of their boards; of a board with several, with commas between
   * @throws BridgeException if a file cannot be used; the message says which, where and why
   */
  public static Map<String, String> byBoard(List<Path> files) {
    Map<String, SortedSet<String>> hosts = new HashMap<>();
    for (Path file : files) {
      int number = 0;
      for (Targets.Group group : Targets.groups(file)) {
        String where = "%s: group %d".formatted(file, ++number);
        hosts
            .computeIfAbsent(board(group, where), board -> new TreeSet<>())
            .addAll(hosts(group, where));
      }
    }
    Map<String, String> names = new HashMap<>();
    hosts.forEach((board, of) -> names.put(board, String.join(", ", of)));
    return names;
  }

  /** The path of a group's board, of whatever cluster. */
  private static String board(Targets.Group group, String where) {
    String path = Targets.label(group, Targets.BOARD, where);
    String board = BoardPaths.normal(path);
    if (board == null) {
      throw new BridgeException(
          "%s: '%s' is no board; write pod-00/cab-000/board-0".formatted(where, path));
    }
    return board;
  }

  private static List<String> hosts(Targets.Group group, String where) {
    String named = group.labels().get(HOST);
    return named != null
        ? List.of(named)
        : Targets.targetsOf(group, where).stream().map(t -> host(t, where)).toList();
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
