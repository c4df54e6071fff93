package io.isotherm.emulator;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Names, finds and draws the parts that faults strike. */
final class Subjects {
  private static final Pattern PATH =
      Pattern.compile(
          "(?<pod>[^/]+)/(?:loop-(?<loop>\\d{1,6})|feed-(?<feed>\\d{1,6})|cab-(?<cab>\\d{1,6})(?:/board-(?<board>\\d{1,6})"
              + "(?:/chip-(?<chip>\\d{1,6})(?:/port-(?<port>\\d{1,6}))?)?)?)");

  private static final String SITE = "site";

  /**
   * A part of a pod, by its number; jobs and the site, which have no pod, count as of the first.
   */
  record Subject(int podIndex, int target) {}

  private Subjects() {}

  /**
   * Finds a part by its path.
   *
   * @throws IllegalArgumentException if the cluster has no such part, or a fault of the kind cannot
   *     strike it; the message says why
   */
  static Subject find(List<PodLayout> pods, List<String> jobs, FaultKind kind, String path) {
    switch (kind.target()) {
      case JOB -> {
        int job =
            path.startsWith(Placement.PATH)
                ? jobs.indexOf(path.substring(Placement.PATH.length()))
                : -1;
        if (job < 0) {
          throw new IllegalArgumentException(
              "there is no '%s'; the jobs are %s".formatted(path, jobs));
        }
        return new Subject(0, job);
      }
      case SITE -> {
        if (!path.equals(SITE)) {
          throw new IllegalArgumentException(
              "%s cannot strike '%s'; its subject is '%s'".formatted(kind, path, SITE));
        }
        return new Subject(0, 0);
      }
      case POD, SWITCH, PLANE -> {
        return byPath(pods, kind, path);
      }
      default -> {
        // Found by the numbers in its path.
      }
    }
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
    if (m.group("feed") != null) {
      expect(wanted == FaultKind.Target.POWER_FEED, kind, path);
      return new Subject(podIndex, in(m, "feed", layout.powerFeeds(), layout.pod()));
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

  /** Finds a part by comparing it with the paths of all of its kind. */
  private static Subject byPath(List<PodLayout> pods, FaultKind kind, String path) {
    for (int p = 0; p < pods.size(); p++) {
      PodLayout layout = pods.get(p);
      int count =
          switch (kind.target()) {
            case SWITCH -> layout.switches();
            case PLANE -> layout.planes();
            default -> 1;
          };
      for (int i = 0; i < count && path.startsWith(layout.pod()); i++) {
        if (path(layout, List.of(), kind, i).equals(path)) {
          if (kind.target() == FaultKind.Target.PLANE && layout.switchesOfPlane(i) == 1) {
            throw new IllegalArgumentException(
                "%s has one switch, %s/switch-00: break that, with SWITCH_FAULT"
                    .formatted(path, path));
          }
          if (!linked(layout, kind, i)) {
            throw new IllegalArgumentException(
                "no link leads to %s: its pod has too few cabinets".formatted(path));
          }
          return new Subject(p, i);
        }
      }
    }
    throw new IllegalArgumentException(
        "there is no '%s' for %s; it needs a path such as %s".formatted(path, kind, example(kind)));
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
      case SWITCH -> "pod-00/plane-0/switch-00";
      case PLANE -> "pod-00/plane-0";
      case POWER_FEED -> "pod-00/feed-000";
      case POD -> "pod-00";
      case JOB -> "job/train-0";
      case SITE -> SITE;
    };
  }

  private static int lowerEnd(PodLayout layout, int port) {
    int peer = layout.peerPort(port);
    return peer == PodLayout.NO_PORT ? port : Math.min(port, peer);
  }

  /** Whether chips of this layout can have a fault of this kind at all. */
  static boolean possible(PodLayout layout, FaultKind kind) {
    return switch (kind.target()) {
      case LINK -> layout.portsPerChip() > 0;
      case SWITCH -> layout.switches() > 0;
      case PLANE -> planesOfSeveral(layout).length > 0;
      default -> true;
    };
  }

  /**
   * Draws a part inside a cabinet, or one that reaches it.
   *
   * @param jobs number of jobs
   * @param below draws a number of 0 to its argument, exclusive
   */
  static int draw(PodLayout layout, int jobs, FaultKind kind, int cabinet, IntUnaryOperator below) {
    int board = layout.boardIndex(cabinet, below.applyAsInt(layout.boardsPerCabinet()));
    int chip = layout.chipIndex(board, below.applyAsInt(layout.chipsPerBoard()));
    return switch (kind.target()) {
      case CHIP -> chip;
      case BOARD -> board;
      case CABINET -> cabinet;
      case COOLING_LOOP -> layout.coolingLoopOfCabinet(cabinet);
      case LINK ->
          lowerEnd(layout, layout.portIndex(chip, below.applyAsInt(layout.portsPerChip())));
      case SWITCH -> below.applyAsInt(layout.switches());
      case PLANE -> {
        int[] planes = planesOfSeveral(layout);
        yield planes[below.applyAsInt(planes.length)];
      }
      case POWER_FEED -> layout.powerFeedOfCabinet(cabinet);
      case POD, SITE -> 0;
      case JOB -> below.applyAsInt(jobs);
    };
  }

  /** Planes of several switches; the fault of a plane of one is its switch's. */
  private static int[] planesOfSeveral(PodLayout layout) {
    return IntStream.range(0, layout.planes())
        .filter(plane -> layout.switchesOfPlane(plane) > 1)
        .toArray();
  }

  /**
   * Whether a fault of a part can show: in a pod of few cabinets no link leads to some switches.
   */
  static boolean linked(PodLayout layout, FaultKind kind, int target) {
    return kind.target() != FaultKind.Target.SWITCH || firstBoardOfSwitch(layout, target) >= 0;
  }

  /** Path of a part, as truth and incidents name it. */
  static String path(PodLayout layout, List<String> jobs, FaultKind kind, int target) {
    return switch (kind.target()) {
      case CHIP -> layout.chipPath(target);
      case BOARD -> layout.boardPath(target);
      case CABINET -> layout.cabinetPath(target);
      case COOLING_LOOP ->
          layout.cabinetsPerCoolingLoop() == 1
              ? layout.cabinetPath(target)
              : layout.coolingLoopPath(target);
      case LINK -> layout.portPath(target);
      case SWITCH -> layout.switchPathOf(target);
      case PLANE -> layout.planePath(target);
      case POWER_FEED -> layout.powerFeedPath(target);
      case POD -> layout.pod();
      case JOB -> Placement.PATH + jobs.get(target);
      case SITE -> SITE;
    };
  }

  /** First cabinet that the part reaches; jobs, planes and what is in them reach all. */
  static int firstCabinet(PodLayout layout, FaultKind kind, int target) {
    return switch (kind.target()) {
      case CHIP -> layout.cabinetOfChip(target);
      case BOARD -> layout.cabinetOfBoard(target);
      case CABINET -> target;
      case COOLING_LOOP -> target * layout.cabinetsPerCoolingLoop();
      case LINK -> layout.cabinetOfChip(layout.chipOfPort(target));
      case POWER_FEED -> target * layout.cabinetsPerPowerFeed();
      case SWITCH ->
          layout.planeOfSwitch(target) >= 0
              ? 0
              : layout.cabinetOfBoard(firstBoardOfSwitch(layout, target));
      case PLANE, POD, JOB, SITE -> 0;
    };
  }

  /** Cabinet after the last of the part. */
  static int endCabinet(PodLayout layout, FaultKind kind, int target) {
    int first = firstCabinet(layout, kind, target);
    return switch (kind.target()) {
      case COOLING_LOOP -> Math.min(layout.cabinets(), first + layout.cabinetsPerCoolingLoop());
      case POWER_FEED -> Math.min(layout.cabinets(), first + layout.cabinetsPerPowerFeed());
      case SWITCH -> layout.planeOfSwitch(target) >= 0 ? layout.cabinets() : first + 1;
      case PLANE, POD, JOB, SITE -> layout.cabinets();
      default -> first + 1;
    };
  }

  /** The first board of which a port leads to a switch; -1 if none does. */
  private static int firstBoardOfSwitch(PodLayout layout, int target) {
    for (int board = 0; board < layout.boards(); board++) {
      int first = layout.portIndex(layout.chipIndex(board, 0), 0);
      int ports = layout.chipsPerBoard() * layout.portsPerChip();
      for (int port = first; port < first + ports; port++) {
        if (layout.switchOfPort(port) == target) {
          return board;
        }
      }
    }
    return -1;
  }
}
