package io.isotherm.emulator;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the faults of a pod do to its boards, chips and ports.
 *
 * <p>Only boards that a fault touches are looked at, and only ports that one touches have a {@link
 * LinkEffect}. At each step {@link #strike} says anew what the faults of that instant do to a
 * board; what they leave behind, such as counted errors, stays. Arrays are laid out as in {@link
 * PodParts}.
 */
final class PodFaults {
  /** Time in which a thermal interface gives way. */
  private static final int INTERFACE_FAILS_MS = 5_000;

  /** Time in which the coolant of a failing loop reaches its new temperature, and comes back. */
  private static final int LOOP_WARMS_MS = 60_000;

  /** How much later the front slots feel a failing loop than the rear slots. */
  private static final int FRONT_LATER_MS = 6_000;

  /** NVIDIA's XID of a memory error that could not be corrected. */
  private static final long DOUBLE_BIT_ERROR = 48;

  private static final LinkEffect[] NO_EFFECTS = {};

  private final PodLayout layout;
  private final SamplingOrder order;
  private final int intervalMs;
  private final int chipsPerBoard;
  private final List<Fault> active = new ArrayList<>();

  private final boolean[] touched;
  private final LinkEffect[][] effects;
  private final boolean[] silent;

  /** Boards whose reports are lost on their way. */
  private final boolean[] cut;

  /** Boards whose chips have counted memory errors. */
  private final boolean[] marked;

  /** Clock that the power feed allows a board, in thousandths. */
  private final short[] feedClock;

  private final boolean[] lost;
  private final boolean[] wrecked;

  /** Tensor activity of a chip against its board's, in thousandths. */
  private final short[] work;

  /** Corrected memory errors beyond those of health, in thousandths of an error. */
  private final long[] milliCorrected;

  private final short[] uncorrected;

  /** Of the board last struck: thermal resistance of each chip against health, in thousandths. */
  private final int[] interfaceRatio;

  /** Of the board last struck: what each chip still computes, in thousandths of its health. */
  private final int[] vigour;

  /** Of the board last struck: how much warmer the coolant is, by class of slots. */
  private final int[] coolantRise;

  PodFaults(PodLayout layout, SamplingOrder order, int intervalMs) {
    this.layout = layout;
    this.order = order;
    this.intervalMs = intervalMs;
    chipsPerBoard = layout.chipsPerBoard();
    int boards = layout.boards();
    touched = new boolean[boards];
    effects = new LinkEffect[boards][];
    Arrays.fill(effects, NO_EFFECTS);
    silent = new boolean[boards];
    cut = new boolean[boards];
    marked = new boolean[boards];
    feedClock = new short[boards];
    Arrays.fill(feedClock, (short) 1000);
    int chips = layout.chips();
    lost = new boolean[chips];
    wrecked = new boolean[chips];
    work = new short[chips];
    Arrays.fill(work, (short) 1000);
    milliCorrected = new long[chips];
    uncorrected = new short[chips];
    interfaceRatio = new int[chipsPerBoard];
    vigour = new int[chipsPerBoard];
    coolantRise = new int[layout.slotClasses()];
  }

  /** Makes a fault strike from its start to its end. */
  void add(Fault fault) {
    active.add(fault);
    for (int k = 0; k < touched.length; k++) {
      if (reaches(fault, order.boardAt(k))) {
        touched[k] = true;
      }
    }
    for (int port : ports(fault)) {
      makeEffect(port);
    }
  }

  /** Whether a board has to be struck at each step. */
  boolean touches(int rank) {
    return touched[rank];
  }

  private boolean reaches(Fault f, int board) {
    return switch (f.kind().target()) {
      case CHIP -> layout.boardOfChip(f.target()) == board;
      case BOARD -> f.target() == board;
      case CABINET -> f.target() == layout.cabinetOfBoard(board);
      case COOLING_LOOP -> f.target() == layout.coolingLoopOfCabinet(layout.cabinetOfBoard(board));
      case LINK -> layout.boardOfChip(layout.chipOfPort(f.target())) == board;
      case POWER_FEED -> f.target() == layout.powerFeedOfCabinet(layout.cabinetOfBoard(board));
      case POD, SITE -> true;
      case SWITCH, PLANE -> hasPortTo(f, board);
      case JOB -> false;
    };
  }

  /** Whether a port of a board leads to the switch or plane of a fault. */
  private boolean hasPortTo(Fault f, int board) {
    int first = layout.portIndex(layout.chipIndex(board, 0), 0);
    int ports = chipsPerBoard * layout.portsPerChip();
    for (int port = first; port < first + ports; port++) {
      if (leadsTo(f, port)) {
        return true;
      }
    }
    return false;
  }

  private boolean leadsTo(Fault f, int port) {
    return f.kind().target() == FaultKind.Target.PLANE
        ? layout.planeOfPort(port) == f.target()
        : layout.switchOfPort(port) == f.target();
  }

  /** Ports that a fault disturbs, besides those of parts that no longer report. */
  private int[] ports(Fault f) {
    if (f.kind().target() == FaultKind.Target.LINK) {
      int peer = layout.peerPort(f.target());
      return peer == PodLayout.NO_PORT ? new int[] {f.target()} : new int[] {f.target(), peer};
    }
    if (f.kind().target() == FaultKind.Target.SWITCH
        || f.kind().target() == FaultKind.Target.PLANE) {
      return IntStream.range(0, layout.ports()).filter(port -> leadsTo(f, port)).toArray();
    }
    if (f.kind() == FaultKind.CHIP_LOST) {
      int[] ends = new int[2 * layout.portsPerChip()];
      int n = 0;
      for (int p = 0; p < layout.portsPerChip(); p++) {
        int port = layout.portIndex(f.target(), p);
        ends[n++] = port;
        int peer = layout.peerPort(port);
        if (peer != PodLayout.NO_PORT) {
          ends[n++] = peer;
        }
      }
      return Arrays.copyOf(ends, n);
    }
    return new int[0];
  }

  private void makeEffect(int port) {
    int k = order.rankOf(layout.boardOfChip(layout.chipOfPort(port)));
    if (effect(k, port) == null) {
      LinkEffect[] known = effects[k];
      LinkEffect[] more = Arrays.copyOf(known, known.length + 1);
      more[known.length] = new LinkEffect(port);
      effects[k] = more;
    }
  }

  /** What faults did to the ports of a board; none if none ever touched one. */
  LinkEffect[] effects(int rank) {
    return effects[rank];
  }

  /** What faults did to a port of a board; null if none ever touched it. */
  @Nullable LinkEffect effect(int rank, int port) {
    for (LinkEffect e : effects[rank]) {
      if (e.port == port) {
        return e;
      }
    }
    return null;
  }

  /** Forgets the faults that are over at a time, and the boards that only they touched. */
  void forgetFinished(long timeMs) {
    boolean finished = false;
    for (int i = active.size() - 1; i >= 0; i--) {
      Fault f = active.get(i);
      // A loop cools down for a while after its end, and the boards still have to see the end.
      if (f.endMs() != Long.MAX_VALUE
          && timeMs > f.endMs() + 2L * LOOP_WARMS_MS + 2L * intervalMs) {
        active.remove(i);
        finished = true;
      }
    }
    if (finished) {
      for (int k = 0; k < touched.length; k++) {
        if (touched[k]) {
          boolean still = effects[k].length > 0 || silent[k] || marked[k];
          for (int i = 0; i < active.size() && !still; i++) {
            still = reaches(active.get(i), order.boardAt(k));
          }
          touched[k] = still;
          if (!still) {
            heal(k);
          }
        }
      }
    }
  }

  /** Undoes what the faults of an instant did to a board; what they leave behind stays. */
  private void heal(int k) {
    int first = k * chipsPerBoard;
    Arrays.fill(lost, first, first + chipsPerBoard, false);
    Arrays.fill(wrecked, first, first + chipsPerBoard, false);
    Arrays.fill(work, first, first + chipsPerBoard, (short) 1000);
    feedClock[k] = 1000;
    silent[k] = false;
    cut[k] = false;
    for (LinkEffect e : effects[k]) {
      e.clear();
    }
  }

  /**
   * Does to a board what the faults of an instant do.
   *
   * @param elapsed time since the board's last sample, in milliseconds
   */
  void strike(int k, long local, long elapsed) {
    int b = order.boardAt(k);
    int firstChip = layout.chipIndex(b, 0);
    int first = k * chipsPerBoard;
    Arrays.fill(interfaceRatio, 1000);
    Arrays.fill(coolantRise, 0);
    Arrays.fill(vigour, 1000);
    heal(k);
    for (int i = 0; i < active.size(); i++) {
      Fault f = active.get(i);
      if (local < f.startMs() || !reaches(f, b)) {
        continue;
      }
      if (f.kind() == FaultKind.COOLING_LOOP_DEGRADED) {
        warm(f, local);
      } else if (local < f.endMs()) {
        strike(f, k, f.target() - firstChip, local, elapsed);
      }
    }
    for (int i = 0; i < chipsPerBoard; i++) {
      work[first + i] = (short) (wrecked[first + i] ? 0 : vigour[i] * feedClock[k] / 1000);
    }
  }

  /**
   * Does to a board what a fault does that is on.
   *
   * @param i place of the chip on its board, if the target is a chip
   */
  private void strike(Fault f, int k, int i, long local, long elapsed) {
    int s = k * chipsPerBoard + i;
    switch (f.kind()) {
      case CHIP_LOST -> {
        lost[s] = true;
        takeDownPorts(k, f.target());
      }
      case BOARD_LOST, CABINET_DARK, HOST_RESTART -> silent[k] = true;
      case THERMAL_THROTTLE -> {
        long ramp = Math.min(INTERFACE_FAILS_MS, local - f.startMs());
        interfaceRatio[i] += (int) ((milli(f) - 1000) * ramp / INTERFACE_FAILS_MS);
      }
      case LINK_DOWN -> takeDownBothEnds(k, f.target());
      case LINK_DEGRADED -> {
        corrupt(k, f.target(), milli(f));
        if (!f.oneWay()) {
          corrupt(k, layout.peerPort(f.target()), milli(f) * 6 / 10);
        }
      }
      case LINK_NARROW -> {
        narrow(k, f.target(), Math.round(f.magnitude()));
        narrow(k, layout.peerPort(f.target()), Math.round(f.magnitude()));
      }
      case HBM_CORRECTABLE -> {
        milliCorrected[s] += milli(f) * elapsed / 1000;
        marked[k] = true;
      }
      case HBM_UNCORRECTABLE -> {
        wrecked[s] = true;
        // One for each fault, told by its start; after a restart of the host it is there again.
        if (local - elapsed < f.startMs() || uncorrected[s] == 0) {
          uncorrected[s]++;
        }
        marked[k] = true;
      }
      case CHIP_FAIL_SLOW ->
          vigour[i] = Math.min(vigour[i], 1000 - (int) Math.round(f.magnitude()));
      case LINK_FLAP -> {
        long down = milli(f);
        if ((local - f.startMs()) % (3 * down) < down) {
          takeDownBothEnds(k, f.target());
        }
      }
      case SWITCH_FAULT, PLANE_FAULT -> {
        for (LinkEffect e : effects[k]) {
          if (leadsTo(f, e.port)) {
            if (f.magnitude() == 0) {
              e.takeDown();
            } else {
              e.corrupt(milli(f));
            }
          }
        }
      }
      case CONGESTION -> {
        for (LinkEffect e : effects[k]) {
          if (leadsTo(f, e.port)) {
            e.congest(Math.round(f.magnitude()));
          }
        }
      }
      case POWER_SAG ->
          feedClock[k] = (short) Math.min(feedClock[k], Math.round(1000 / f.magnitude()));
      case POD_CUT_OFF, SITE_CUT_OFF -> cut[k] = true;
      case COOLING_LOOP_DEGRADED -> {
        // Warms the board also after its end.
      }
      case HANG, JOB_CRASH, JOB_SLOW, SILENT_DATA_CORRUPTION -> {
        // A job's fault strikes its workload; silent corruption shows nothing.
      }
    }
  }

  private static long milli(Fault f) {
    return Math.round(f.magnitude() * 1000);
  }

  /** Warms the coolant quickly at first and then ever more slowly, the rear slots first. */
  private void warm(Fault f, long local) {
    int classes = coolantRise.length;
    for (int c = 0; c < classes; c++) {
      int later = classes == 1 ? 0 : FRONT_LATER_MS * (classes - 1 - c) / (classes - 1);
      long up = eased(Math.min(local, f.endMs()) - f.startMs() - later);
      long down = f.endMs() == Long.MAX_VALUE ? 0 : eased(local - f.endMs() - later);
      coolantRise[c] += (int) (milli(f) * up / 1000 * (1000 - down) / 1000);
    }
  }

  /** 0 to 1000 thousandths over the time in which a loop warms. */
  private static long eased(long sinceMs) {
    long left = 1000 - Math.max(0, Math.min(LOOP_WARMS_MS, sinceMs)) * 1000 / LOOP_WARMS_MS;
    return 1000 - left * left / 1000;
  }

  private void takeDownPorts(int k, int chipIndex) {
    for (int p = 0; p < layout.portsPerChip(); p++) {
      takeDownBothEnds(k, layout.portIndex(chipIndex, p));
    }
  }

  private void takeDownBothEnds(int k, int port) {
    takeDown(k, port);
    takeDown(k, layout.peerPort(port));
  }

  private void takeDown(int k, int port) {
    LinkEffect e = port == PodLayout.NO_PORT ? null : effect(k, port);
    if (e != null) {
      e.takeDown();
    }
  }

  private void corrupt(int k, int port, long milliErrorsPerSecond) {
    LinkEffect e = port == PodLayout.NO_PORT ? null : effect(k, port);
    if (e != null) {
      e.corrupt(milliErrorsPerSecond);
    }
  }

  private void narrow(int k, int port, long permille) {
    LinkEffect e = port == PodLayout.NO_PORT ? null : effect(k, port);
    if (e != null) {
      e.narrow(permille);
    }
  }

  /** The agent or the driver of a board has started anew, and so have its counters. */
  void reset(int k) {
    int from = k * chipsPerBoard;
    int to = from + chipsPerBoard;
    Arrays.fill(milliCorrected, from, to, 0);
    Arrays.fill(uncorrected, from, to, (short) 0);
    for (LinkEffect e : effects[k]) {
      e.reset();
    }
  }

  /** Whether a fault keeps a board from saying anything. */
  boolean silent(int rank) {
    return silent[rank];
  }

  /** Whether the reports of a board are lost on their way. */
  boolean cut(int rank) {
    return cut[rank];
  }

  /** Whether a chip has fallen off its board. */
  boolean lost(int chip) {
    return lost[chip];
  }

  /** Whether a chip has stopped computing because its memory failed. */
  boolean wrecked(int chip) {
    return wrecked[chip];
  }

  /** What a chip computes, in thousandths of its health. */
  int work(int chip) {
    return work[chip];
  }

  /**
   * Power of a chip that would take {@code load}, in thousandths of its range; board last struck.
   */
  int load(int rank, int position, int load) {
    return wrecked[rank * chipsPerBoard + position]
        ? 0
        : load * vigour[position] / 1000 * feedClock[rank] / 1000;
  }

  /** Thermal resistance of a chip of the board last struck, in thousandths of that in health. */
  int interfaceRatio(int position) {
    return interfaceRatio[position];
  }

  /** How much warmer the coolant of the board last struck is, for a class of slots. */
  int coolantRise(int slotClass) {
    return coolantRise[slotClass];
  }

  /**
   * Writes into the readings of a chip what faults show there.
   *
   * @param i the chip's place in the report
   */
  void show(Report r, int i, int rank, int chip) {
    r.tensorActivity[i] = r.tensorActivity[i] * work[chip] / 1000;
    r.eccCorrected[i] += milliCorrected[chip] / 1000;
    r.eccUncorrected[i] += uncorrected[chip];
    if (wrecked[chip]) {
      r.health[i] = Report.HEALTH_FATAL;
      r.errorCode[i] = DOUBLE_BIT_ERROR;
      r.utilization[i] = 0;
    } else if (feedClock[rank] < 1000) {
      r.clock[i] = r.clock[i] * feedClock[rank] / 1000;
      r.throttleReasons[i] |= Report.THROTTLE_POWER;
    }
  }
}
