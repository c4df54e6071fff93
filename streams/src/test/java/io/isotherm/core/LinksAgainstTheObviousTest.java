package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Links that fail in all sorts of ways, judged by both monitors. */
@Execution(ExecutionMode.CONCURRENT)
final class LinksAgainstTheObviousTest {
  private static final List<IncidentKind> KINDS =
      List.of(
          IncidentKind.LINK_DOWN,
          IncidentKind.LINK_DEGRADED,
          IncidentKind.LINK_NARROW,
          IncidentKind.LINK_FLAP,
          IncidentKind.CHIP_LINKS,
          IncidentKind.SWITCH_FAULT,
          IncidentKind.PLANE_FAULT,
          IncidentKind.CONGESTION);

  /** What happened over all seeds. */
  private final Set<String> told = new TreeSet<>();

  /** The newest kind of each incident, by its id. */
  private final Map<String, IncidentKind> kinds = new HashMap<>();

  /** Two boards in each of four cabinets, whose chips have nine ports and a card on a rail. */
  private static final PodLayout RAILS = layout(/* cabinets= */ 4, /* boards= */ 2);

  /** Boards and cabinets with three switches of their own each, and a plane. */
  private static final PodLayout SWITCHED =
      new PodLayout(
          "pod-00",
          2,
          3,
          4,
          7,
          List.of(
              new PortGroup(0, 3, PortGroup.Wiring.SWITCH, PortGroup.Scope.CABINET, 0, 3, "Y"),
              new PortGroup(3, 3, PortGroup.Wiring.SWITCH, PortGroup.Scope.BOARD, 0, 3, "X"),
              new PortGroup(6, 1, PortGroup.Wiring.SWITCH, PortGroup.Scope.POD, 0, 2, "Z")),
          new int[] {0, 0, 1, 1},
          2,
          2,
          ObviousRun.WIDE.limits());

  private static PodLayout layout(int cabinets, int boards) {
    return new PodLayout(
        "pod-00",
        cabinets,
        boards,
        4,
        10,
        List.of(
            new PortGroup(0, 3, PortGroup.Wiring.MESH, PortGroup.Scope.BOARD, 4, 0, "X"),
            new PortGroup(3, 5, PortGroup.Wiring.SWITCH, PortGroup.Scope.POD, 0, 2, "Z"),
            new PortGroup(8, 1, PortGroup.Wiring.SWITCH, PortGroup.Scope.CABINET, 0, 1, "Y"),
            new PortGroup(
                9, 1, PortGroup.Wiring.SWITCH, PortGroup.Scope.RAIL, 0, 2, 200_000, "rail")),
        new int[] {0, 0, 1, 1},
        2,
        2,
        ObviousRun.WIDE.limits());
  }

  @Test
  void whatIsFoundIsWhatTheObviousMonitorFinds() {
    for (int seed = 1; seed <= 24; seed++) {
      PodLayout layout = seed % 10 == 0 ? ObviousRun.WIDE : seed % 4 == 1 ? SmallPod.LAYOUT : RAILS;
      run(layout, seed, seed % 2 == 0 ? 40 : 0, /* seconds= */ 320, /* number= */ 9);
    }
    for (int seed = 25; seed <= 28; seed++) {
      run(SWITCHED, seed, seed % 2 == 0 ? 40 : 0, /* seconds= */ 320, /* number= */ 4);
    }
    // Long enough for flaps to be over, and for links to fall again within an hour and after it.
    for (int seed = 1; seed <= 3; seed++) {
      run(layout(1, 2), seed, /* mangled= */ 0, /* seconds= */ 4_600, /* number= */ 30);
    }

    for (IncidentKind kind : KINDS) {
      assertThat(told).contains("OPENED " + kind, "RESOLVED " + kind);
    }
    assertThat(told)
        .contains(
            "returned",
            "LINK_DEGRADED, then LINK_DOWN",
            "LINK_DEGRADED, then LINK_FLAP",
            "LINK_DEGRADED, then LINK_NARROW",
            "LINK_DOWN, then LINK_DEGRADED",
            "LINK_DOWN, then LINK_FLAP",
            "LINK_DOWN, then LINK_NARROW",
            "LINK_FLAP, then LINK_DEGRADED",
            "LINK_FLAP, then LINK_DOWN",
            "LINK_FLAP, then LINK_NARROW",
            "LINK_NARROW, then LINK_DEGRADED",
            "LINK_NARROW, then LINK_DOWN",
            "LINK_NARROW, then LINK_FLAP");
    assertThat(told)
        .contains(
            "OPENED JOB_HANG",
            "stops a job: LINK_DOWN",
            "stops a job: LINK_FLAP",
            "stops a job: CHIP_LINKS",
            "stops a job: SWITCH_FAULT",
            "stops a job: PLANE_FAULT",
            "switches of a board",
            "switches of a cabinet");
  }

  @Test
  void aJobThatStopsBeforeItsLinksAreReadIsWhatTheObviousMonitorFinds() {
    for (int seed = 1; seed <= 24; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int boards = SWITCHED.boards() / 2;
      int stops = 60 + random.nextInt(60);
      int read = stops + random.nextInt(110);
      boolean gone = random.nextInt(3) > 0;
      ObviousRun.Fault broken =
          random.nextBoolean()
              ? SwitchesDown.some(SWITCHED, random, /* from= */ read, 500)
              : new Broken(SWITCHED, onePort(SWITCHED, random), read, 500, 40, Wrong.DOWN, 1);
      ObviousRun run =
          new ObviousRun(
              SWITCHED,
              DetectorSettings.DEFAULT,
              List.of(
                  job("job", boards, 0, "train", 0, Long.MAX_VALUE),
                  job("two", boards, boards, "train", 0, Long.MAX_VALUE)),
              List.of(
                  gone ? new Gone(boards, stops) : new Stands(boards, stops),
                  new Gone(2 * boards, stops + random.nextInt(-20, 40)),
                  broken),
              /* mangled= */ 0,
              seed);
      run.compare(320);
      run.incidents.forEach(this::tell);
    }

    assertThat(told)
        .contains(
            "OPENED LINK_DOWN",
            "JOB_CRASHED, then LINK_DOWN",
            "JOB_CRASHED, then SWITCH_FAULT",
            "JOB_CRASHED, then PLANE_FAULT");
  }

  private void run(PodLayout layout, long seed, int mangled, int seconds, int number) {
    SplittableRandom random = new SplittableRandom(seed * 7 + 3);
    List<ObviousRun.Fault> faults = faults(layout, random, seed, mangled, seconds, number);
    for (int i = 0; seed == 3 && seconds > 1_000 && i < 4; i++) {
      int lasts = 400 + random.nextInt(1_200);
      faults.add(new Unread(random.nextInt(layout.boards()), random.nextInt(seconds), lasts));
    }
    for (int i = 0; i < 4; i++) {
      faults.addAll(oneAfterTheOther(layout, random, seconds));
    }
    for (int i = 0; layout == SWITCHED && i < 6; i++) {
      faults.add(SwitchesDown.some(layout, random, seconds));
    }
    for (int i = 0; seconds > 4_500 && i < 2; i++) {
      faults.addAll(downAfterFlapping(layout, random));
    }
    List<Placement> jobs = new ArrayList<>();
    jobs.add(job("job", layout.boards() / 2, 0, "train", 0, Long.MAX_VALUE));
    if (seed % 3 == 0) {
      long from = ObviousRun.START + random.nextInt(seconds) * 1_000L;
      jobs.add(job("work", 1, layout.boards() - 1, "maintenance", from, from + 90_000));
    }
    ObviousRun run = new ObviousRun(layout, DetectorSettings.DEFAULT, jobs, faults, mangled, seed);
    run.compare(seconds);
    run.incidents.forEach(this::tell);
    run.incidents.stream()
        .filter(e -> e.children().contains("job/job"))
        .forEach(e -> told.add("stops a job: " + e.kind()));
  }

  private void tell(IncidentEvent e) {
    told.add(e.type() + " " + e.kind());
    IncidentKind before = kinds.put(e.id(), e.kind());
    if (before != null && e.type() == IncidentEvent.Type.UPDATED) {
      told.add(before + ", then " + e.kind());
    }
    if (e.kind() == IncidentKind.PLANE_FAULT && e.subject().contains("/cab-")) {
      told.add("switches of a " + (e.subject().contains("/board-") ? "board" : "cabinet"));
    }
    if (e.type() == IncidentEvent.Type.OPENED && e.openedMs() != e.eventMs()) {
      told.add("returned");
    }
  }

  /** So many things that are wrong with links, and a few more. */
  static List<ObviousRun.Fault> faults(
      PodLayout layout, SplittableRandom random, long seed, int mangled, int seconds, int number) {
    List<ObviousRun.Fault> faults = new ArrayList<>();
    faults.add(new Beat(layout, seed));
    for (int i = 0; i < number; i++) {
      Wrong wrong = Wrong.values()[random.nextInt(Wrong.values().length)];
      faults.add(fault(layout, random, seconds, wrong, wrong == Wrong.WAITS));
    }
    faults.add(fault(layout, random, seconds / 2, Wrong.FLAPS, /* fabric= */ false));
    faults.add(fault(layout, random, seconds / 2, Wrong.FLAPS, /* fabric= */ true));
    faults.add(fault(layout, random, seconds / 2, Wrong.WAITS, /* fabric= */ true));
    faults.add(fault(layout, random, seconds / 2, Wrong.WAITS, /* fabric= */ true));
    faults.add(LeftOut.some(layout, random, seconds));
    faults.add(Missing.some(layout, random, seconds, mangled));
    faults.add(new Stands(layout.boards() / 2, seconds / 3 + random.nextInt(seconds / 3)));
    return faults;
  }

  private static Ports onePort(PodLayout layout, SplittableRandom random) {
    return onePort(layout, random, layout.boards());
  }

  private static Ports onePort(PodLayout layout, SplittableRandom random, int boards) {
    return new Ports(
        random.nextInt(boards),
        random.nextInt(layout.chipsPerBoard()),
        random.nextInt(layout.portsPerChip()),
        /* at= */ -1,
        /* plane= */ -1,
        /* part= */ 1);
  }

  /**
   * One port that falls three times within an hour, the third time late in it, and goes down about
   * when its flap is over. That fall makes no flap with the two before it, which are more than an
   * hour apart.
   */
  private static List<ObviousRun.Fault> downAfterFlapping(
      PodLayout layout, SplittableRandom random) {
    Ports port = onePort(layout, random);
    int first = random.nextInt(60);
    int second = first + 60 + random.nextInt(300);
    int third = first + 3_450 + random.nextInt(60);
    int last = third + 600 + random.nextInt(80);
    List<ObviousRun.Fault> faults = new ArrayList<>();
    for (int from : List.of(first, second, third, last)) {
      int until = from + 25 + (from == last ? 30 + random.nextInt(120) : 0);
      faults.add(new Broken(layout, port, from, until, 40, Wrong.DOWN, /* size= */ 1));
    }
    return faults;
  }

  /** One port, with which now this is wrong and then that, with times between or without. */
  private static List<ObviousRun.Fault> oneAfterTheOther(
      PodLayout layout, SplittableRandom random, int seconds) {
    Ports port = onePort(layout, random);
    List<Wrong> of = List.of(Wrong.DOWN, Wrong.ERRORS, Wrong.NARROW, Wrong.FLAPS);
    List<ObviousRun.Fault> faults = new ArrayList<>();
    for (int from = random.nextInt(60); from < seconds; ) {
      Wrong wrong = of.get(random.nextInt(of.size()));
      int until = from + 10 + random.nextInt(wrong == Wrong.FLAPS ? 200 : 80);
      faults.add(new Broken(layout, port, from, until, 40, wrong, random.nextInt(100)));
      // The next one comes before this one is over, or some time after it.
      from = until + random.nextInt(60) - 30;
      from += wrong == Wrong.FLAPS ? random.nextInt(700) : 0;
    }
    return faults;
  }

  private static Placement job(
      String name, int boards, int first, String role, long fromMs, long untilMs) {
    return new Placement(
        name,
        fromMs,
        untilMs,
        /* synchronous= */ true,
        List.of(new Placement.Member("pod-00", first, boards, role, 0)));
  }

  /** Which ports, when, and what is wrong with them. */
  private static ObviousRun.Fault fault(
      PodLayout layout, SplittableRandom random, int seconds, Wrong wrong, boolean fabric) {
    int from = random.nextInt(seconds);
    int lasts =
        switch (random.nextInt(4)) {
          case 0 -> 1 + random.nextInt(15);
          case 1 -> 20 + random.nextInt(seconds);
          default -> 30 + random.nextInt(90);
        };
    Ports ports = Ports.some(layout, random, fabric);
    int period =
        seconds > 1_000 && random.nextBoolean()
            ? 600 + random.nextInt(1_500)
            : 10 * (2 + random.nextInt(6));
    boolean flaps = wrong == Wrong.FLAPS;
    lasts = flaps ? Math.max(lasts, period * (1 + random.nextInt(5))) : lasts;
    lasts += flaps && seconds > 1_000 ? 900 : 0;
    int until = from + (wrong == Wrong.WAITS ? Math.max(lasts, 90) : lasts);
    return new Broken(layout, ports, from, until, period, wrong, random.nextInt(100));
  }

  /**
   * Boards whose links are read more often than every 10 s, or more rarely, or those of one chip
   * after the other.
   */
  private record Beat(PodLayout layout, long seed) implements ObviousRun.Fault {
    @Override
    public void on(Report r, int board, int second) {
      int beat =
          switch (new SplittableRandom(seed * 31 + board).nextInt(6)) {
            case 0 -> 2;
            case 1 -> 20;
            case 2 -> 1;
            default -> 10;
          };
      r.linkCount = 0;
      for (int position = 0; position < layout.chipsPerBoard(); position++) {
        if (beat == 1 && position != second % layout.chipsPerBoard()) {
          continue;
        }
        for (int p = 0; p < layout.portsPerChip() && second % beat == 3 % beat; p++) {
          int l = r.addLink(position, p);
          r.linkState[l] = Report.LINK_UP;
          r.linkRate[l] = layout.portMegabits(p);
          r.txBytes[l] = second * 1_000_000L;
          r.rxBytes[l] = second * 900_000L;
          r.crcErrors[l] = second / 60;
          r.retries[l] = 0;
          r.waitMicros[l] = second * 15_000L;
        }
      }
    }
  }

  /** Ports of one board, of one chip, switch or plane; one in so many of them. */
  private record Ports(int board, int position, int port, int at, int plane, int part) {
    static Ports some(PodLayout layout, SplittableRandom random, boolean fabric) {
      int board = random.nextInt(layout.boards());
      int position = random.nextInt(layout.chipsPerBoard());
      int port = fabric ? layout.portsPerChip() - 1 : random.nextInt(layout.portsPerChip());
      port -= fabric ? random.nextInt(layout.portsPerChip() - 3) : 0;
      int index = layout.portIndex(layout.chipIndex(board, position), port);
      int at = layout.switchOfPort(index);
      int plane = layout.planeOfPort(index);
      int part = 1 + random.nextInt(4);
      int what = random.nextInt(fabric ? 3 : 6);
      if (what < 2 && at != PodLayout.NO_SWITCH) {
        return new Ports(-1, -1, -1, at, -1, part);
      }
      if (what == 2 && plane != PodLayout.NO_PLANE) {
        return new Ports(-1, -1, -1, -1, plane, part);
      }
      return new Ports(board, position, what == 3 ? -1 : port, -1, -1, what == 3 ? part : 1);
    }

    boolean has(PodLayout layout, int b, int pos, int p) {
      int index = layout.portIndex(layout.chipIndex(b, pos), p);
      if (part > 1 && new SplittableRandom(index * 77L + part).nextInt(part) != 0) {
        return false;
      }
      if (at >= 0) {
        return layout.switchOfPort(index) == at;
      }
      if (plane >= 0) {
        return layout.planeOfPort(index) == plane;
      }
      return b == board && pos == position && (port < 0 || p == port);
    }
  }

  private enum Wrong {
    DOWN,
    FLAPS,
    ERRORS,
    RETRIES,
    NARROW,
    STATELESS,
    WAITS,
    FALLS,
    ABSENT,
    NEGATIVE,
    WRONG_SPEED
  }

  /** Something is wrong with ports for a time. Counters that it made grow stay as high. */
  private record Broken(
      PodLayout layout, Ports ports, int from, int until, int period, Wrong wrong, int size)
      implements ObviousRun.Fault {
    @Override
    public void on(Report r, int board, int second) {
      for (int l = 0; l < r.linkCount; l++) {
        boolean alike =
            wrong == Wrong.WRONG_SPEED
                && layout.portGroup(r.linkPort[l]).equals(layout.portGroup(Math.max(0, ports.port)))
                && (board * 7 + r.linkChip[l] * 3) % 10 < 3 + size % 6;
        if (second >= from && (alike || ports.has(layout, board, r.linkChip[l], r.linkPort[l]))) {
          grow(r, l, Math.min(second, until) - from);
          if (second < until) {
            change(r, l, second - from);
          }
        }
      }
    }

    private void grow(Report r, int l, int since) {
      switch (wrong) {
        case ERRORS -> r.crcErrors[l] += (long) since * (7 + size % 6);
        case RETRIES -> r.retries[l] += (long) since * (2 + size);
        case WAITS -> {
          int half = (until - from) / 2;
          // Some wait half as long, in the second half of the time.
          int all = size % 2 == 0 || since < half ? since : half + (since - half) / 2;
          r.waitMicros[l] += all * (100_000L + size * 4_000L);
        }
        default -> {}
      }
    }

    private void change(Report r, int l, int since) {
      switch (wrong) {
        case DOWN -> {
          // Some come back in the second half of the time.
          boolean back = size % 2 == 0 && since > (until - from) / 2;
          boolean first = (r.board + r.linkChip[l]) % 3 != 0;
          r.linkState[l] = back && first ? r.linkState[l] : Report.LINK_DOWN;
          if (size % 3 == 0 && (r.board + r.linkChip[l]) % 2 == 0) {
            r.linkState[l] = Report.ABSENT;
          }
        }
        case FLAPS -> {
          // Some stay down in the end, and of some nothing is known between their falls.
          boolean stays = size % 2 == 0 && since >= 4 * period;
          int between = size % 3 == 0 ? Report.ABSENT : r.linkState[l];
          r.linkState[l] = stays || since % period < 20 ? Report.LINK_DOWN : between;
        }
        case NARROW, WRONG_SPEED -> r.linkRate[l] = r.linkRate[l] / 1_000 * (870 + size % 4 * 15);
        case STATELESS -> r.linkState[l] = Report.ABSENT;
        case FALLS -> {
          r.txBytes[l] /= 2;
          r.crcErrors[l] = 0;
        }
        case ABSENT, NEGATIVE -> {
          // Some come and go.
          if (size % 2 == 0 || since / 10 % 2 == 0) {
            absent(r, l, wrong == Wrong.ABSENT ? Report.ABSENT_LONG : -7);
          }
        }
        default -> {}
      }
    }

    private void absent(Report r, int l, long value) {
      switch (size % 5) {
        case 0 -> r.txBytes[l] = value;
        case 1 -> r.rxBytes[l] = value;
        case 2 -> r.waitMicros[l] = value;
        case 3 -> r.retries[l] = value;
        default -> r.crcErrors[l] = value;
      }
    }
  }

  /** Readings leave ports out, one of a chip, some or all of them. */
  private record LeftOut(PodLayout layout, Ports ports, int from, int until, boolean inTurn)
      implements ObviousRun.Fault {
    static LeftOut some(PodLayout layout, SplittableRandom random, int seconds) {
      int from = random.nextInt(seconds);
      Ports some = Ports.some(layout, random, /* fabric= */ false);
      int until = from + 5 + random.nextInt(80);
      return new LeftOut(layout, some, from, until, /* inTurn= */ random.nextBoolean());
    }

    @Override
    public void on(Report r, int board, int second) {
      if (second < from || second >= until || r.linkCount == 0) {
        return;
      }
      // One port or another: as many in each reading, and not the same ones.
      int turn = inTurn ? second / 10 : 0;
      int all = layout.portsPerChip();
      LinkFindingsTest.keepLinks(
          r, l -> !ports.has(layout, board, r.linkChip[l], (r.linkPort[l] + turn) % all));
    }
  }

  /**
   * A chip that is missing for less than a window, or a board that speaks of links alone for some
   * windows; neither is an incident.
   */
  private record Missing(PodLayout layout, int board, int position, int from, int lasts)
      implements ObviousRun.Fault {
    static Missing some(PodLayout layout, SplittableRandom random, int seconds, int mangled) {
      int lasts = mangled > 0 ? 0 : 1 + random.nextInt(7);
      return new Missing(
          layout,
          random.nextInt(layout.boards()),
          random.nextInt(layout.chipsPerBoard()),
          random.nextInt(seconds),
          lasts);
    }

    @Override
    public boolean silences(int b, int second) {
      int after = (second - from) % 50 - lasts;
      return lasts > 0 && b == board && second >= from && after >= 0 && after < 2;
    }

    @Override
    public void on(Report r, int b, int second) {
      // Every 50 s, so that it meets links that are sick.
      int since = second - from;
      if (b == board && since >= 0 && since % 50 < lasts) {
        int last = r.chipCount - 1;
        if (position < last) {
          copy(r, last, position);
        }
        r.chipCount = last;
      }
    }

    private static void copy(Report r, int from, int to) {
      r.chip[to] = r.chip[from];
      r.health[to] = r.health[from];
      r.temperature[to] = r.temperature[from];
      r.hbmTemperature[to] = r.hbmTemperature[from];
      r.power[to] = r.power[from];
      r.utilization[to] = r.utilization[from];
      r.tensorActivity[to] = r.tensorActivity[from];
      r.clock[to] = r.clock[from];
      r.hbmUsed[to] = r.hbmUsed[from];
      r.throttleReasons[to] = r.throttleReasons[from];
      r.eccCorrected[to] = r.eccCorrected[from];
      r.eccUncorrected[to] = r.eccUncorrected[from];
      r.steps[to] = r.steps[from];
    }
  }

  /** Whatever is wrong with links at the time, the job on the first boards stands still. */
  private record Stands(int boards, int from) implements ObviousRun.Fault {
    @Override
    public void on(Report r, int b, int second) {
      for (int i = 0; b < boards && second >= from && i < r.chipCount; i++) {
        r.tensorActivity[i] = 0;
        r.steps[i] = from / 2;
      }
    }
  }

  /** Some or all switches of a board, a cabinet or a plane are down for a time, one is longer. */
  private record SwitchesDown(PodLayout layout, String holder, int most, int from, int until)
      implements ObviousRun.Fault {
    static SwitchesDown some(PodLayout layout, SplittableRandom random, int seconds) {
      int from = random.nextInt(seconds);
      return some(layout, random, from, from + 30 + random.nextInt(120));
    }

    static SwitchesDown some(PodLayout layout, SplittableRandom random, int from, int until) {
      String path = layout.switchPathOf(random.nextInt(layout.switches()));
      int most = 1 + random.nextInt(3);
      return new SwitchesDown(layout, ObviousLinks.holder(path), most, from, until);
    }

    @Override
    public void on(Report r, int board, int second) {
      for (int l = 0; second >= from && second < until + 40 && l < r.linkCount; l++) {
        int chip = layout.chipIndex(board, r.linkChip[l]);
        String path = layout.switchPath(layout.portIndex(chip, r.linkPort[l]));
        int which = path.charAt(path.length() - 1) - '0';
        if (ObviousLinks.holder(path).equals(holder) && which < (second < until ? most : 1)) {
          r.linkState[l] = Report.LINK_DOWN;
        }
      }
    }
  }

  /** The job on the first boards has ended, and holds no memory. */
  private record Gone(int boards, int from) implements ObviousRun.Fault {
    @Override
    public void on(Report r, int b, int second) {
      for (int i = 0; b < boards && second >= from && i < r.chipCount; i++) {
        r.utilization[i] = 0;
        r.tensorActivity[i] = 0;
        r.hbmUsed[i] = 500;
        r.steps[i] = from / 2;
      }
    }
  }

  /** Nobody reads a board's links for a while, longer than what was read holds or not as long. */
  private record Unread(int board, int from, int lasts) implements ObviousRun.Fault {
    @Override
    public void on(Report r, int b, int second) {
      if (b == board && second >= from && second < from + lasts) {
        r.linkCount = 0;
      }
    }
  }
}
