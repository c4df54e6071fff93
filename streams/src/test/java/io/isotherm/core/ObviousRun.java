package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.ChipLimits;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
import io.isotherm.model.Report;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A pod's reports with faults in them, judged by {@link PodMonitor} and by {@link ObviousMonitor}.
 * What a board says at a second is decided by the seed alone; some of it comes late, twice, never
 * or broken.
 */
final class ObviousRun {
  /** Begin of a week, at which open incidents are told again. */
  static final long WEEK = 2_976 * 7 * 86_400_000L;

  static final long START = WEEK - 150_000;

  /** Four boards of four chips in each of six cabinets; loops of two, feeds of three. */
  static final PodLayout WIDE =
      new PodLayout(
          "pod-00",
          6,
          4,
          4,
          9,
          List.of(
              new PortGroup(0, 3, PortGroup.Wiring.MESH, PortGroup.Scope.BOARD, 4, 0, "X"),
              new PortGroup(3, 4, PortGroup.Wiring.SWITCH, PortGroup.Scope.POD, 0, 2, "Z"),
              new PortGroup(7, 1, PortGroup.Wiring.SWITCH, PortGroup.Scope.CABINET, 0, 1, "Y"),
              new PortGroup(
                  8, 1, PortGroup.Wiring.SWITCH, PortGroup.Scope.RAIL, 0, 2, 200_000, "rail")),
          new int[] {0, 0, 1, 1},
          2,
          3,
          new ChipLimits("Test chip", 870, 890, 950, true, 400_000));

  /** Something that is wrong with some boards for a time. */
  interface Fault {
    /** Whether a board says nothing at a second. */
    default boolean silences(int board, int second) {
      return false;
    }

    /** Changes what a board says at a second. */
    default void on(Report report, int board, int second) {}
  }

  private record Arrival(long atMs, int board, int second, long sequence, int agent) {}

  private final PodLayout layout;
  private final DetectorSettings settings;
  private final List<Placement> placements;
  private final List<Fault> faults;
  private final SplittableRandom random;
  private final long seed;

  /** Per mille of the reports that come late, never, twice, or are broken. */
  private final int mangled;

  final List<IncidentEvent> incidents = new ArrayList<>();
  final List<PodWindow> windows = new ArrayList<>();

  ObviousRun(
      PodLayout layout,
      DetectorSettings settings,
      List<Placement> placements,
      List<Fault> faults,
      int mangled,
      long seed) {
    this.layout = layout;
    this.settings = settings;
    this.placements = placements;
    this.faults = faults;
    this.mangled = mangled;
    this.seed = seed;
    random = new SplittableRandom(seed);
  }

  /** Lets both judge so many seconds of reports, and holds what they say against each other. */
  void compare(int seconds) {
    PodMonitor fast = new PodMonitor(layout, settings);
    fast.placements(placements);
    ObviousMonitor obvious = new ObviousMonitor(layout, settings, placements);
    List<IncidentEvent> events = new ArrayList<>();
    PodMonitor.Output output =
        new PodMonitor.Output() {
          @Override
          public void window(PodWindow window) {
            windows.add(window);
            int at = windows.size() - 1;
            if (at < obvious.closed.size()) {
              same(window, events, obvious.closed.get(at));
            }
            incidents.addAll(events);
            events.clear();
          }

          @Override
          public void incident(IncidentEvent event) {
            events.add(event);
          }
        };
    Report report = new Report();
    int n = 0;
    for (Arrival a : arrivals(seconds)) {
      fill(report, a);
      obvious.accept(report);
      fast.accept(report, output);
      if (++n % 997 == 0) {
        fast = restored(fast);
      }
    }
    assertThat(windows).hasSameSizeAs(obvious.closed).hasSizeGreaterThan(seconds / 10 - 4);
  }

  private void same(PodWindow window, List<IncidentEvent> events, ObviousMonitor.Closed obvious) {
    assertThat(ObviousTotals.of(window)).as("seed %d", seed).isEqualTo(obvious.totals());
    for (PodWindow.HotSpot spot : window.hotSpots()) {
      assertThat(spot.abovePeers())
          .as("%s above its peers", spot.subject())
          .isEqualTo(obvious.window().abovePeers(spot.subject()));
    }
    assertThat(window.effectiveComputePermille()).isEqualTo(obvious.window().effectiveCompute);
    assertThat(window.jobShares()).isEqualTo(obvious.window().jobShares);
    PodWindow.Counters c = window.counters();
    assertThat(
            "%d reports, %d late, %d duplicates, %d rejected, %d missed"
                .formatted(c.reports(), c.late(), c.duplicates(), c.rejected(), c.missed()))
        .as("seed %d", seed)
        .isEqualTo(obvious.counters());
    PodWindow.Links l = window.links();
    assertThat(
            "%d up, %d down, %d degraded, %d unknown, %d sent, %d received, %d errors"
                .formatted(
                    l.up(),
                    l.down(),
                    l.degraded(),
                    l.unknown(),
                    l.txBytesTotal(),
                    l.rxBytesTotal(),
                    l.errorsTotal()))
        .isEqualTo(obvious.window().links);
    assertThat(
            window.fabricHotSpots().stream()
                .map(h -> "%s: %d, %d".formatted(h.subject(), h.waitPermille(), h.ports()))
                .toList())
        .isEqualTo(obvious.window().fabricHotSpots);
    assertThat(events.stream().map(ObviousLedger::line).toList())
        .as("seed %d", seed)
        .containsExactlyInAnyOrderElementsOf(obvious.events());
    assertThat(ObviousStates.lines(window))
        .as("seed %d", seed)
        .isEqualTo(ObviousStates.lines(obvious.window()));
  }

  private PodMonitor restored(PodMonitor monitor) {
    PodMonitor next = new PodMonitor(layout, settings);
    for (int page = 0; page < next.pages(); page++) {
      next.readPage(page, ByteBuffer.wrap(monitor.writePage(page)));
    }
    next.placements(placements);
    return next;
  }

  private List<Arrival> arrivals(int seconds) {
    List<Arrival> arrivals = new ArrayList<>();
    for (int b = 0; b < layout.boards(); b++) {
      long skew = random.nextInt(-300, 300);
      int agent = 0;
      long sequence = 0;
      for (int s = 0; s < seconds; s++, sequence++) {
        if (silenced(b, s)) {
          continue;
        }
        int fate = random.nextInt(1_000_000);
        if (fate >= 999_800 && mangled > 0) {
          agent++;
          sequence = 0;
        }
        boolean late = fate < mangled * 250;
        boolean never = fate >= mangled * 250 && fate < mangled * 500;
        boolean twice = fate >= mangled * 500 && fate < mangled * 750;
        long delay = late ? random.nextInt(20_000) : random.nextInt(200);
        Arrival a = new Arrival(START + s * 1_000L + skew + 2_000 + delay, b, s, sequence, agent);
        if (!never) {
          arrivals.add(a);
        }
        if (twice) {
          arrivals.add(new Arrival(a.atMs() + 700, b, s, sequence, agent));
        }
      }
    }
    arrivals.sort(Comparator.comparingLong(Arrival::atMs).thenComparing(Arrival::board));
    return arrivals;
  }

  private boolean silenced(int board, int second) {
    return faults.stream().anyMatch(f -> f.silences(board, second));
  }

  /** Fills a report with what a board says at a second, which is broken now and then. */
  private void fill(Report r, Arrival a) {
    SplittableRandom of = new SplittableRandom(seed * 1_000_003 + a.board * 10_007L + a.second);
    r.clear();
    r.pod = layout.pod();
    r.cabinet = layout.cabinetOfBoard(a.board);
    r.board = a.board % layout.boardsPerCabinet();
    r.agentStartMs = START - 1_000 + (a.agent == 0 ? 0 : 1_000L * (a.second - a.sequence) + 500);
    r.sequence = a.sequence;
    r.timeMs = START + 2_000 + a.second * 1_000L + a.board % 10 * 50L;
    for (int position = 0; position < layout.chipsPerBoard(); position++) {
      chip(r, r.addChip(position), layout.chipIndex(a.board, position), a.second, of);
    }
    if (a.second % 10 == 3) {
      for (int position = 0; position < layout.chipsPerBoard(); position++) {
        for (int p = 0; p < layout.portsPerChip(); p++) {
          link(r, r.addLink(position, p), a.second);
        }
      }
    }
    faults.forEach(f -> f.on(r, a.board, a.second));
    if (of.nextInt(1_000_000) < mangled * 250) {
      corrupt(r, of);
    }
  }

  private void chip(Report r, int i, int chip, int second, SplittableRandom of) {
    r.health[i] = Report.HEALTH_OK;
    r.errorCode[i] = code(chip, second);
    r.temperature[i] = 550 + 60 * layout.slotClass(chip) + of.nextInt(8);
    r.hbmTemperature[i] = 600;
    r.power[i] = 5_000 + of.nextInt(40);
    r.utilization[i] = 980 + of.nextInt(20);
    r.tensorActivity[i] = 600 + of.nextInt(21);
    r.clock[i] = 1_500 + of.nextInt(5);
    r.hbmUsed[i] = 80_000;
    r.throttleReasons[i] = 0;
    r.eccCorrected[i] = 1_000L + second / 40;
    r.eccUncorrected[i] = 2;
    r.steps[i] = second / 2;
  }

  /** What an exporter says of a chip's errors: one that stands for a while, none, or nothing. */
  private long code(int chip, int second) {
    int age = (second + 17 * chip) / 45;
    return switch (new SplittableRandom(seed * 31 + chip * 1_009L + age).nextInt(6)) {
      case 0 -> Report.ABSENT_LONG;
      case 1 -> 48;
      case 2 -> 79;
      case 3 -> -1;
      default -> 0;
    };
  }

  private void link(Report r, int l, int second) {
    r.linkState[l] = Report.LINK_UP;
    r.linkRate[l] = layout.portMegabits(r.linkPort[l]);
    r.txBytes[l] = second * 1_000_000L;
    r.rxBytes[l] = second * 900_000L;
    r.crcErrors[l] = second / 60;
    r.retries[l] = 0;
    r.waitMicros[l] = second * 15_000L;
  }

  /** Breaks a report in one of the ways in which records are. */
  private void corrupt(Report r, SplittableRandom of) {
    switch (of.nextInt(14)) {
      case 0 -> r.cabinet = layout.cabinets();
      case 1 -> r.board = -1;
      case 2 -> r.sequence = -1;
      case 3 -> r.timeMs = -5;
      case 4 -> r.timeMs += 3_600_000;
      case 5 -> r.timeMs -= 3_700_000;
      case 6 -> r.timeMs = Long.MAX_VALUE - 13;
      case 7 -> r.chip[0] = layout.chipsPerBoard();
      case 8 -> r.chip[Math.max(0, r.chipCount - 1)] = r.chip[0];
      case 9 -> r.temperature[0] = 9_000;
      case 10 -> r.power[0] = -1;
      case 11 -> r.utilization[0] = 1_001;
      case 12 -> r.agentStartMs = r.timeMs + 100_000;
      default -> r.sequence += 2_000_000_000L;
    }
  }
}
