package io.isotherm.score;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part that a subject names.
 *
 * @param path the subject; of a mesh link its lower port, of a loop of one cabinet the cabinet
 * @param level what it is
 * @param layout the pod that it is in; null for a job, and for what is nowhere
 * @param number number of the part in its pod
 * @param firstChip first chip in the part, counted through the pod
 * @param endChip chip after its last; for a switch that reaches several cabinets there are none
 * @param boards of a job: its boards in each pod by the pod's name; of the site: all of each pod
 */
record Place(
    String path,
    Level level,
    @Nullable PodLayout layout,
    int number,
    int firstChip,
    int endChip,
    Map<String, BitSet> boards) {

  enum Level {
    POD,
    PLANE,
    LOOP,
    FEED,
    CABINET,
    BOARD,
    SWITCH,
    CHIP,
    PORT,
    JOB,
    SITE,
    NOWHERE;

    /** Whether it is a part of the fabric beyond the chips. */
    boolean fabric() {
      return this == SWITCH || this == PLANE;
    }

    /** Whether a fault of it may rightly be taken for one of the whole pod. */
    boolean wide() {
      return this == PLANE || this == SWITCH || this == LOOP || this == FEED;
    }
  }

  Place(String path, Level level, PodLayout layout, int number, int firstChip, int endChip) {
    this(path, level, layout, number, firstChip, endChip, Map.of());
  }

  static Place nowhere(String path) {
    return new Place(path, Level.NOWHERE, null, 0, 0, 0, Map.of());
  }

  /** Pods together: all, or those that a fault of the site strikes. */
  static Place site(String path, List<PodLayout> pods) {
    Map<String, BitSet> boards = new HashMap<>();
    for (PodLayout pod : pods) {
      BitSet all = new BitSet();
      all.set(0, pod.boards());
      boards.put(pod.pod(), all);
    }
    return new Place(path, Level.SITE, null, 0, 0, 0, boards);
  }

  static Place job(String path, List<Placement> placements, Map<String, PodLayout> layouts) {
    Map<String, BitSet> boards = new HashMap<>();
    for (Placement placement : placements) {
      for (Placement.Member m : placement.members()) {
        if (layouts.containsKey(m.pod())) {
          boards
              .computeIfAbsent(m.pod(), pod -> new BitSet())
              .set(m.firstBoard(), m.firstBoard() + m.boards());
        }
      }
    }
    return new Place(path, Level.JOB, null, 0, 0, 0, boards);
  }

  boolean same(Place other) {
    return path.equals(other.path);
  }

  /** Whether every chip of another place is in this one; a link is where either end is. */
  boolean covers(Place other) {
    PodLayout pod = layout;
    PodLayout otherPod = other.layout;
    if (level == Level.SITE) {
      return other.level == Level.POD && otherPod != null && boards.containsKey(otherPod.pod());
    }
    if (level == Level.JOB) {
      return otherPod != null && other.endChip > other.firstChip && runsOn(otherPod, other);
    }
    if (other.level == Level.JOB && pod != null) {
      return level == Level.POD && other.boards.keySet().equals(Set.of(pod.pod()));
    }
    if (pod == null || otherPod == null || !pod.pod().equals(otherPod.pod())) {
      return false;
    }
    if (level == Level.POD) {
      return true;
    }
    if (level.fabric() || other.level == Level.POD) {
      return false;
    }
    if (other.level == Level.PORT) {
      int peer = pod.peerPort(other.number);
      return holds(other.firstChip) || (peer != PodLayout.NO_PORT && holds(pod.chipOfPort(peer)));
    }
    return other.endChip > other.firstChip
        && other.level != Level.PLANE
        && firstChip <= other.firstChip
        && other.endChip <= endChip;
  }

  /** Whether nothing of another place is heard while nothing of this one is. */
  boolean silences(Place other) {
    if (level != Level.SITE) {
      return covers(other);
    }
    PodLayout otherPod = other.layout;
    return otherPod != null
        ? boards.containsKey(otherPod.pod())
        : !other.boards.isEmpty() && boards.keySet().containsAll(other.boards.keySet());
  }

  private boolean holds(int chip) {
    return chip >= firstChip && chip < endChip;
  }

  private boolean runsOn(PodLayout pod, Place part) {
    BitSet mine = boards.get(pod.pod());
    if (mine == null) {
      return false;
    }
    int first = pod.boardOfChip(part.firstChip);
    int next = mine.nextSetBit(first);
    return next >= 0 && next <= pod.boardOfChip(part.endChip - 1);
  }

  /** Whether the links of the other place lead through this part of the fabric. */
  boolean carries(Place other) {
    PodLayout pod = layout;
    PodLayout otherPod = other.layout;
    if (pod == null || otherPod == null || !pod.pod().equals(otherPod.pod())) {
      return false;
    }
    return switch (other.level) {
      case PORT -> leadsHere(pod, other.number);
      case CHIP -> {
        boolean any = false;
        for (int p = 0; p < pod.portsPerChip(); p++) {
          any |= leadsHere(pod, pod.portIndex(other.number, p));
        }
        yield any;
      }
      case SWITCH -> level == Level.PLANE && pod.planeOfSwitch(other.number) == number;
      default -> false;
    };
  }

  private boolean leadsHere(PodLayout pod, int port) {
    return level == Level.SWITCH
        ? pod.switchOfPort(port) == number
        : level == Level.PLANE && pod.planeOfPort(port) == number;
  }
}
