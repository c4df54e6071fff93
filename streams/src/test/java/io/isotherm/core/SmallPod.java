package io.isotherm.core;

import io.isotherm.model.ChipLimits;
import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
import io.isotherm.model.Report;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A pod of 4 cabinets with 3 boards of 4 chips, and a hand on every reading. Boards report each
 * second at their own offset, links every tenth second. What it breaks, it breaks in the readings.
 */
class SmallPod {
  static final long START = 1_800_000_000_000L;

  static final PodLayout LAYOUT =
      new PodLayout(
          "pod-00",
          4,
          3,
          4,
          5,
          List.of(
              new PortGroup(0, 3, PortGroup.Wiring.MESH, PortGroup.Scope.BOARD, 4, 0, "X"),
              new PortGroup(3, 2, PortGroup.Wiring.SWITCH, PortGroup.Scope.POD, 0, 2, "Z")),
          new int[] {0, 0, 1, 1},
          1,
          1,
          new ChipLimits("Test chip", 870, 890, 950, true, 400_000));

  /** Like {@link #LAYOUT}, with other ports, and loops and feeds of so many cabinets. */
  static PodLayout layout(List<PortGroup> ports, int cabinetsPerLoop, int cabinetsPerFeed) {
    return new PodLayout(
        LAYOUT.pod(),
        LAYOUT.cabinets(),
        LAYOUT.boardsPerCabinet(),
        LAYOUT.chipsPerBoard(),
        ports.stream().mapToInt(PortGroup::ports).sum(),
        ports,
        new int[] {0, 0, 1, 1},
        cabinetsPerLoop,
        cabinetsPerFeed,
        LAYOUT.limits());
  }

  /** A pod of another name and so many cabinets, and else like {@link #LAYOUT}. */
  static PodLayout layout(String pod, int cabinets) {
    return new PodLayout(
        pod,
        cabinets,
        LAYOUT.boardsPerCabinet(),
        LAYOUT.chipsPerBoard(),
        LAYOUT.portsPerChip(),
        LAYOUT.portGroups(),
        new int[] {0, 0, 1, 1},
        1,
        1,
        LAYOUT.limits());
  }

  PodMonitor monitor;
  final List<PodWindow> windows = new ArrayList<>();
  final List<IncidentEvent> incidents = new ArrayList<>();
  final Set<Integer> silentBoards = new HashSet<>();
  final Set<Integer> lostChips = new HashSet<>();
  final Set<Integer> fatalChips = new HashSet<>();
  final Map<Integer, Long> codes = new HashMap<>();
  final Map<Integer, Integer> temperatures = new HashMap<>();
  final Set<Integer> downPorts = new HashSet<>();
  final Map<Integer, Integer> errorsPerSecond = new HashMap<>();
  final long[] sequence = new long[LAYOUT.boards()];
  final long[] errors = new long[LAYOUT.ports()];
  final Map<Integer, Integer> waitPermille = new HashMap<>();
  final Map<Integer, Integer> megabits = new HashMap<>();
  final long[] waits = new long[LAYOUT.ports()];
  final Report report = new Report();

  final PodMonitor.Output output =
      new PodMonitor.Output() {
        @Override
        public void window(PodWindow window) {
          windows.add(window);
        }

        @Override
        public void incident(IncidentEvent event) {
          incidents.add(event);
        }
      };

  SmallPod() {
    this(new PodMonitor(LAYOUT, DetectorSettings.DEFAULT));
  }

  SmallPod(PodMonitor monitor) {
    this.monitor = monitor;
  }

  /** Lets every board report once a second from one second of the test to another, exclusive. */
  void run(int fromSecond, int toSecond) {
    for (int s = fromSecond; s < toSecond; s++) {
      for (int b = 0; b < LAYOUT.boards(); b++) {
        if (!silentBoards.contains(b)) {
          send(b, s);
        }
        sequence[b]++;
      }
    }
  }

  /** Changes what a board says before it is sent. */
  interface Hand {
    void on(Report report, int board, int second);
  }

  Hand hand = (report, board, second) -> {};

  Outcome send(int board, int second) {
    fill(board, second);
    hand.on(report, board, second);
    return monitor.accept(report, output);
  }

  Outcome tick(int second) {
    report.clear();
    report.tick = true;
    report.pod = LAYOUT.pod();
    report.timeMs = START + second * 1_000L;
    return monitor.accept(report, output);
  }

  /** Fills {@link #report} with what a board says at a second of the test. */
  void fill(int board, int second) {
    report.clear();
    report.pod = LAYOUT.pod();
    report.cabinet = LAYOUT.cabinetOfBoard(board);
    report.board = board % LAYOUT.boardsPerCabinet();
    report.agentStartMs = START - 1_000;
    report.sequence = sequence[board];
    report.timeMs = START + second * 1_000L + board * 50L;
    boolean links = second % 10 == 3;
    for (int position = 0; position < LAYOUT.chipsPerBoard(); position++) {
      int chip = LAYOUT.chipIndex(board, position);
      if (lostChips.contains(chip)) {
        continue;
      }
      int i = report.addChip(position);
      report.health[i] = fatalChips.contains(chip) ? Report.HEALTH_FATAL : Report.HEALTH_OK;
      report.errorCode[i] = codes.getOrDefault(chip, Report.ABSENT_LONG);
      report.temperature[i] =
          temperatures.getOrDefault(chip, 550 + 60 * LAYOUT.slotClass(chip) + chip % 3);
      report.power[i] = 5_000;
      report.utilization[i] = 990;
      report.tensorActivity[i] = 600 + (chip * 7 + second * 13) % 21;
      report.clock[i] = 1_500;
      report.hbmUsed[i] = 80_000;
      report.throttleReasons[i] = 0;
      report.eccCorrected[i] = 1_000L + second / 40;
      report.eccUncorrected[i] = 2;
      report.steps[i] = second / 2;
      for (int p = 0; links && p < LAYOUT.portsPerChip(); p++) {
        int port = LAYOUT.portIndex(chip, p);
        int peer = LAYOUT.peerPort(port);
        boolean down =
            downPorts.contains(port)
                || (peer != PodLayout.NO_PORT
                    && (downPorts.contains(peer) || lostChips.contains(LAYOUT.chipOfPort(peer))));
        errors[port] += 10L * errorsPerSecond.getOrDefault(port, 0);
        int l = report.addLink(position, p);
        report.linkState[l] = down ? Report.LINK_DOWN : Report.LINK_UP;
        report.linkRate[l] = megabits.getOrDefault(port, 400_000);
        report.txBytes[l] = second * 1_000_000L;
        report.rxBytes[l] = second * 1_000_000L;
        report.crcErrors[l] = errors[port];
        report.retries[l] = 0;
        waits[port] += 10_000L * waitPermille.getOrDefault(port, 18);
        report.waitMicros[l] = waits[port];
      }
    }
  }

  /** Goes on with a new monitor that has read what this one stored; it is told of no jobs. */
  void restore() {
    PodMonitor next = new PodMonitor(LAYOUT, DetectorSettings.DEFAULT);
    for (int page = 0; page < next.pages(); page++) {
      next.readPage(page, ByteBuffer.wrap(monitor.writePage(page)));
    }
    monitor = next;
  }

  /** The events as {@code TYPE KIND subject}, in order. */
  List<String> story() {
    return incidents.stream().map(e -> e.type() + " " + e.kind() + " " + e.subject()).toList();
  }

  PodWindow last() {
    return windows.get(windows.size() - 1);
  }
}
