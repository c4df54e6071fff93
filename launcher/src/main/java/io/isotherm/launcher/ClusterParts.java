package io.isotherm.launcher;

import io.isotherm.avro.PodTopology;
import io.isotherm.bridge.ByHost;
import io.isotherm.model.PodLayout;
import io.isotherm.schemas.Topologies;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of the cluster that {@code topology.pods} describes, by their paths and hosts. */
final class ClusterParts {
  private static final Logger log = LoggerFactory.getLogger(ClusterParts.class);

  private static final Pattern PATH =
      Pattern.compile(
          "(?<pod>[^/]+)"
              + "(/cab-(?<cabinet>\\d{1,6})(/board-(?<board>\\d{1,6})(/chip-(?<chip>\\d{1,6})(/port-(?<port>\\d{1,6}))?)?)?)?");

  private final SortedMap<String, PodLayout> pods = new TreeMap<>();
  private final @Nullable ByHost<String> hosts;

  /**
   * @param topologies what is published, by its keys; what no monitor can use is left out
   * @param hosts paths of boards by the names of their hosts; null if nobody has said any
   */
  ClusterParts(Map<String, PodTopology> topologies, @Nullable ByHost<String> hosts) {
    this.hosts = hosts;
    topologies.forEach(
        (key, topology) -> {
          try {
            PodLayout layout = Topologies.layout(topology);
            if (layout.pod().equals(key)) {
              pods.put(key, layout);
            }
          } catch (IllegalArgumentException e) {
            log.warn("{}; it is left out", e.getMessage());
          }
        });
  }

  /** A pod; null if there is none of this name. */
  @Nullable PodLayout pod(String name) {
    return pods.get(name);
  }

  /**
   * The part of a path, of a port the chip that it is on, or the board of a host.
   *
   * @throws IllegalArgumentException if there is none; the message is one line that says why
   */
  Part find(String name) {
    String path = name.replaceAll("/+$", "");
    if (path.indexOf('/') < 0 && !pods.containsKey(path)) {
      String board = hosts == null ? null : hosts.find(path);
      if (board == null) {
        throw new IllegalArgumentException(
            hosts == null
                ? "'%s' is no part: %s; the name of a host needs --hosts FILE"
                    .formatted(name, known())
                : "'%s' is no part and no host of --hosts: %s".formatted(name, known()));
      }
      return ofPath(board, "%s, host '%s'".formatted(board, name));
    }
    return ofPath(path, "'%s'".formatted(name));
  }

  private Part ofPath(String path, String called) {
    Matcher m = PATH.matcher(path);
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "%s is no pod, cabinet, board or chip; write for instance pod-07, pod-07/cab-017 or pod-07/cab-017/board-5; of switches, planes, loops and feeds 'isotherm incidents --open --under PATH' tells"
              .formatted(called));
    }
    PodLayout pod = pods.get(m.group("pod"));
    if (pod == null) {
      throw new IllegalArgumentException("%s is no part: %s".formatted(called, known()));
    }
    if (m.group("cabinet") == null) {
      return new Part(pod, Part.Level.POD, 0);
    }
    int cabinet = number(m, "cabinet", called, pod.pod(), "cabinets", pod.cabinets());
    if (m.group("board") == null) {
      return new Part(pod, Part.Level.CABINET, cabinet);
    }
    int inCabinet =
        number(m, "board", called, pod.cabinetPath(cabinet), "boards", pod.boardsPerCabinet());
    int board = pod.boardIndex(cabinet, inCabinet);
    if (m.group("chip") == null) {
      return new Part(pod, Part.Level.BOARD, board);
    }
    int chip = number(m, "chip", called, pod.boardPath(board), "chips", pod.chipsPerBoard());
    if (m.group("port") != null) {
      String of = pod.chipPath(pod.chipIndex(board, chip));
      var unused = number(m, "port", called, of, "ports", pod.portsPerChip());
    }
    return new Part(pod, Part.Level.CHIP, pod.chipIndex(board, chip));
  }

  private static int number(
      Matcher m, String group, String called, String above, String what, int are) {
    int number = Integer.parseInt(m.group(group));
    if (number >= are) {
      throw new IllegalArgumentException(
          "%s is no part: %s has %s 0 to %d".formatted(called, above, what, are - 1));
    }
    return number;
  }

  /** Which pods there are. */
  private String known() {
    return switch (pods.size()) {
      case 0 -> "nobody has published a pod to topology.pods";
      case 1 -> "the only pod is " + pods.firstKey();
      default -> "pods are %s to %s".formatted(pods.firstKey(), pods.lastKey());
    };
  }
}
