package io.isotherm.emulator;

import io.isotherm.model.PodLayout;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names, finds and draws the parts that faults strike. */
final class Subjects {
  private static final Pattern PATH =
      Pattern.compile(
          "(?<pod>[^/]+)/(?:loop-(?<loop>\\d{1,6})|cab-(?<cab>\\d{1,6})(?:/board-(?<board>\\d{1,6})"
              + "(?:/chip-(?<chip>\\d{1,6})(?:/port-(?<port>\\d{1,6}))?)?)?)");

  /** A part of a pod, by its number. */
  record Subject(int podIndex, int target) {}

  private Subjects() {}

  /**
   * Finds a part by its path.
   *
   * @throws IllegalArgumentException if the cluster has no such part, or a fault of the kind cannot
   *     strike it; the message says why
   */
  static Subject find(List<PodLayout> pods, FaultKind kind, String path) {
    Matcher m = PATH.matcher(path);
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "'%s' is not a path such as %s".formatted(path, example(kind)));
    }
    int podIndex = -1;
    for (int i = 0; i < pods.size(); i++) {
      if (pods.get(i).pod().equals(m.group("pod"))) {
        podIndex = i;
      }
    }
    if (podIndex < 0) {
      throw new IllegalArgumentException(
          "there is no pod '%s'; the cluster has %s to %s"
              .formatted(m.group("pod"), pods.get(0).pod(), pods.get(pods.size() - 1).pod()));
    }
    PodLayout layout = pods.get(podIndex);
    FaultKind.Target wanted = kind.target();
    if (m.group("loop") != null) {
      expect(wanted == FaultKind.Target.COOLING_LOOP, kind, path);
      return new Subject(podIndex, in(m, "loop", layout.coolingLoops(), layout.pod()));
    }
    int cabinet = in(m, "cab", layout.cabinets(), layout.pod());
    if (m.group("board") == null) {
      if (wanted == FaultKind.Target.COOLING_LOOP && layout.cabinetsPerCoolingLoop() == 1) {
        return new Subject(podIndex, layout.coolingLoopOfCabinet(cabinet));
      }
      expect(wanted == FaultKind.Target.CABINET, kind, path);
      return new Subject(podIndex, cabinet);
    }
    int board =
        layout.boardIndex(
            cabinet, in(m, "board", layout.boardsPerCabinet(), layout.cabinetPath(cabinet)));
    if (m.group("chip") == null) {
      expect(wanted == FaultKind.Target.BOARD, kind, path);
      return new Subject(podIndex, board);
    }
    int chip =
        layout.chipIndex(board, in(m, "chip", layout.chipsPerBoard(), layout.boardPath(board)));
    if (m.group("port") == null) {
      expect(wanted == FaultKind.Target.CHIP, kind, path);
      return new Subject(podIndex, chip);
    }
    expect(wanted == FaultKind.Target.LINK, kind, path);
    int port = layout.portIndex(chip, in(m, "port", layout.portsPerChip(), layout.chipPath(chip)));
    return new Subject(podIndex, lowerEnd(layout, port));
  }

  private static void expect(boolean ok, FaultKind kind, String path) {
    if (!ok) {
      throw new IllegalArgumentException(
          "%s cannot strike '%s'; it needs a path such as %s".formatted(kind, path, example(kind)));
    }
  }

  private static int in(Matcher m, String group, int count, String parent) {
    int n = Integer.parseInt(m.group(group));
    if (n >= count) {
      throw new IllegalArgumentException(
          "there is no %s-%s in %s, which has %d of them"
              .formatted(group, m.group(group), parent, count));
    }
    return n;
  }

  private static String example(FaultKind kind) {
    return switch (kind.target()) {
      case CHIP -> "pod-00/cab-000/board-0/chip-0";
      case BOARD -> "pod-00/cab-000/board-0";
      case CABINET -> "pod-00/cab-000";
      case COOLING_LOOP -> "pod-00/loop-000";
      case LINK -> "pod-00/cab-000/board-0/chip-0/port-0";
    };
  }

  private static int lowerEnd(PodLayout layout, int port) {
    int peer = layout.peerPort(port);
    return peer == PodLayout.NO_PORT ? port : Math.min(port, peer);
  }

  /** Whether chips of this layout can have a fault of this kind at all. */
  static boolean possible(PodLayout layout, FaultKind kind) {
    return kind.target() != FaultKind.Target.LINK || layout.portsPerChip() > 0;
  }

  /**
   * Draws a part inside a cabinet.
   *
   * @param below draws a number of 0 to its argument, exclusive
   */
  static int draw(PodLayout layout, FaultKind kind, int cabinet, IntUnaryOperator below) {
    int board = layout.boardIndex(cabinet, below.applyAsInt(layout.boardsPerCabinet()));
    int chip = layout.chipIndex(board, below.applyAsInt(layout.chipsPerBoard()));
    return switch (kind.target()) {
      case CHIP -> chip;
      case BOARD -> board;
      case CABINET -> cabinet;
      case COOLING_LOOP -> layout.coolingLoopOfCabinet(cabinet);
      case LINK ->
          lowerEnd(layout, layout.portIndex(chip, below.applyAsInt(layout.portsPerChip())));
    };
  }

  /** Path of a part, as truth and incidents name it. */
  static String path(PodLayout layout, FaultKind kind, int target) {
    return switch (kind.target()) {
      case CHIP -> layout.chipPath(target);
      case BOARD -> layout.boardPath(target);
      case CABINET -> layout.cabinetPath(target);
      case COOLING_LOOP ->
          layout.cabinetsPerCoolingLoop() == 1
              ? layout.cabinetPath(target)
              : layout.coolingLoopPath(target);
      case LINK -> layout.portPath(target);
    };
  }

  /** First cabinet of the part; a part of several cabinets is a cooling loop. */
  static int firstCabinet(PodLayout layout, FaultKind kind, int target) {
    return switch (kind.target()) {
      case CHIP -> layout.cabinetOfChip(target);
      case BOARD -> layout.cabinetOfBoard(target);
      case CABINET -> target;
      case COOLING_LOOP -> target * layout.cabinetsPerCoolingLoop();
      case LINK -> layout.cabinetOfChip(layout.chipOfPort(target));
    };
  }

  /** Cabinet after the last of the part. */
  static int endCabinet(PodLayout layout, FaultKind kind, int target) {
    int first = firstCabinet(layout, kind, target);
    return kind.target() == FaultKind.Target.COOLING_LOOP
        ? Math.min(layout.cabinets(), first + layout.cabinetsPerCoolingLoop())
        : first + 1;
  }
}
