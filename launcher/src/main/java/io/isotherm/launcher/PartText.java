package io.isotherm.launcher;

import io.isotherm.avro.CabinetHealth;
import io.isotherm.avro.PodHealth;
import io.isotherm.backtest.EventJson;
import io.isotherm.core.ChipState;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What is known of a part, as text for a terminal of 80 columns. */
final class PartText extends LookText {
  private final PartLook look;

  private PartText(PartLook look) {
    super(look.nowMs());
    this.look = look;
  }

  static String of(PartLook look) {
    PartText text = new PartText(look);
    text.head();
    text.incidents();
    text.children();
    text.chips();
    text.links();
    return text.text();
  }

  private void head() {
    String path = look.part().path();
    line(look.hosts().of(path).map(host -> path + " (" + host + ")").orElse(path));
    PodHealth health = look.health();
    if (health == null) {
      field("state", "not judged: there is no window of %s".formatted(look.part().pod().pod()));
    } else {
      field(
          "state",
          "%s; window until %s, %s ago"
              .formatted(
                  states(look.whole().states()),
                  IncidentHistory.time(end(health)),
                  ago(end(health))));
      summary(health);
    }
    int boards = look.part().boards();
    look.work().stream()
        .limit(MOST)
        .forEach(w -> field(w.maintenance() ? "away" : "job", work(w, boards)));
    if (look.work().size() > MOST) {
      field("job", "and %d more".formatted(look.work().size() - MOST));
    }
    reports();
  }

  private void summary(PodHealth h) {
    Part part = look.part();
    if (part.level() == Part.Level.POD) {
      field(
          "compute",
          format(
              "%.1f %% effective, coverage %.1f %%, %.1f kW",
              h.getEffectiveComputePermille() / 10.0,
              100.0 * h.getChipsReporting() / Math.max(1, h.getChips()),
              h.getPowerDeciwatts() / 10_000.0));
      field(
          "links",
          "%d up, %d down, %d degraded, %d unknown"
              .formatted(
                  h.getLinksUp(), h.getLinksDown(), h.getLinksDegraded(), h.getLinksUnknown()));
    } else if (part.level() == Part.Level.CABINET) {
      for (CabinetHealth c : h.getCabinetHealth()) {
        Integer mean = c.getMeanTemperatureDecicelsius();
        Integer max = c.getMaxTemperatureDecicelsius();
        if (c.getCabinet() == part.number()) {
          field(
              "heat",
              (mean == null || max == null
                      ? "no temperature"
                      : format("mean %.1f C, hottest %.1f C", mean / 10.0, max / 10.0))
                  + format(", %.1f kW", c.getPowerDeciwatts() / 10_000.0));
        }
      }
    }
  }

  private String work(PartLook.Work w, int boards) {
    String of = boards == 1 ? "" : ", %d of %d boards".formatted(w.boards(), boards);
    if (w.maintenance()) {
      return "maintenance %s by %s%s%s"
          .formatted(
              w.untilMs() == Long.MAX_VALUE
                  ? "since " + IncidentHistory.time(w.fromMs())
                  : "until " + IncidentHistory.time(w.untilMs()),
              w.byHand() ? "hand" : w.job(),
              of,
              w.reason() == null ? "" : ": " + w.reason());
    }
    return "%s, %s%s%s"
        .formatted(
            w.job(),
            w.role(),
            w.stages() == 1 ? " of stage " + w.stage() : " of " + w.stages() + " stages",
            of);
  }

  private void reports() {
    BoardReadings readings = look.readings();
    if (readings == null) {
      return;
    }
    Report newest = readings.newest();
    field(
        "report",
        newest == null
            ? look.searched().isZero()
                ? "there is no topic telemetry.reports, or none that this user may read"
                : "none of the last " + IncidentHistory.span(look.searched().toMillis())
            : "of %s, %s ago; agent started %s"
                .formatted(
                    IncidentHistory.time(newest.timeMs),
                    ago(newest.timeMs),
                    IncidentHistory.time(newest.agentStartMs)));
  }

  private void incidents() {
    incidents(
        look.open(), /* withNextStep= */ look.readings() != null, "--under " + look.part().path());
  }

  private void children() {
    List<PartLook.Child> children = look.children();
    if (children.isEmpty()) {
      return;
    }
    List<PartLook.Child> shown = children.subList(0, Math.min(MOST, children.size()));
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "PART", "HEALTHY", "SUSPECT", "DEGRADED", "FAILED", "UNKNOWN", "C", "OPEN", "HOST"));
    for (PartLook.Child c : shown) {
      List<String> row = new ArrayList<>(List.of(c.part().path()));
      for (ChipState state : ChipState.values()) {
        row.add(Integer.toString(c.in(state)));
      }
      row.add(c.hottest() < 0 ? "" : Integer.toString(c.hottest()));
      row.add(Long.toString(c.open()));
      row.add(
          c.part().level() == Part.Level.BOARD ? look.hosts().of(c.part().path()).orElse("") : "");
      rows.add(row);
    }
    line("");
    line(
        shown.size() == children.size()
            ? "The worst first:"
            : "The worst %d of %d:".formatted(shown.size(), children.size()));
    table(rows);
  }

  private void chips() {
    BoardReadings readings = look.readings();
    Report r = readings == null ? null : readings.chips();
    if (readings == null || r == null) {
      return;
    }
    PodLayout pod = look.part().pod();
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "CHIP",
            "STATE",
            "C",
            "HBM C",
            "W",
            "BUSY",
            "TENSOR",
            "MHZ",
            "GIB",
            "HELD BY",
            "EXPORTER",
            "CODE",
            "ECC"));
    for (int position = 0; position < pod.chipsPerBoard(); position++) {
      if (!look.part().hasChip(position)) {
        continue;
      }
      OptionalInt at = readings.chip(position);
      List<String> row = new ArrayList<>(List.of(Integer.toString(position)));
      ChipState state = look.state(pod.chipIndex(look.part().firstBoard(), position));
      row.add(state == null ? "" : EventJson.word(state));
      if (at.isEmpty()) {
        row.add("missing");
        while (row.size() < rows.get(0).size()) {
          row.add("");
        }
      } else {
        readings(r, at.getAsInt(), row);
      }
      rows.add(row);
    }
    line("");
    table(rows);
  }

  private static void readings(Report r, int i, List<String> row) {
    row.add(tenths(r.temperature[i]));
    row.add(tenths(r.hbmTemperature[i]));
    row.add(tenths(r.power[i]));
    row.add(percent(r.utilization[i]));
    row.add(percent(r.tensorActivity[i]));
    row.add(r.clock[i] == Report.ABSENT ? "" : Integer.toString(r.clock[i]));
    row.add(r.hbmUsed[i] == Report.ABSENT ? "" : format("%.1f", r.hbmUsed[i] / 1024.0));
    row.add(String.join(",", heldBy(r.throttleReasons[i])));
    row.add(
        switch (r.health[i]) {
          case Report.HEALTH_WARNING -> "warning";
          case Report.HEALTH_FATAL -> "fatal";
          default -> "";
        });
    row.add(r.errorCode[i] == Report.ABSENT_LONG ? "" : Long.toString(r.errorCode[i]));
    long corrected = Math.max(0, r.eccCorrected[i]);
    long uncorrected = Math.max(0, r.eccUncorrected[i]);
    row.add(corrected + uncorrected == 0 ? "" : corrected + "/" + uncorrected);
  }

  /** What holds a clock down. */
  static List<String> heldBy(int reasons) {
    List<String> words = new ArrayList<>();
    if (reasons != Report.ABSENT) {
      if ((reasons & Report.THROTTLE_THERMAL) != 0) {
        words.add("heat");
      }
      if ((reasons & Report.THROTTLE_POWER) != 0) {
        words.add("power");
      }
      if ((reasons & Report.THROTTLE_HARDWARE) != 0) {
        words.add("hardware");
      }
      if ((reasons & Report.THROTTLE_OTHER) != 0) {
        words.add("other");
      }
    }
    return words;
  }

  private void links() {
    BoardReadings readings = look.readings();
    Report r = readings == null ? null : readings.links();
    if (readings == null || r == null) {
      return;
    }
    List<Integer> links =
        IntStream.range(0, r.linkCount)
            .filter(i -> look.part().hasPort(r.linkChip[i], r.linkPort[i]))
            .boxed()
            .sorted(
                Comparator.comparingDouble((Integer i) -> -sickness(readings, r, i))
                    .thenComparingInt(i -> r.linkChip[i])
                    .thenComparingInt(i -> r.linkPort[i]))
            .toList();
    long down = links.stream().filter(i -> r.linkState[i] == Report.LINK_DOWN).count();
    long sick = links.stream().filter(i -> sickness(readings, r, i) > 0).count();
    boolean all = look.part().level() == Part.Level.CHIP;
    line("");
    line(
        "Links, read %s ago: %d, %d down, %d narrow or with errors"
            .formatted(ago(r.timeMs), links.size(), down, sick - down));
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("LINK", "STATE", "GBIT/S", "ERRORS/S", "TX", "RX", "WAITS", "TO"));
    links.stream()
        .filter(i -> all || sickness(readings, r, i) > 0)
        .limit(all ? Integer.MAX_VALUE : MOST)
        .forEach(i -> rows.add(link(readings, r, i)));
    if (rows.size() > 1) {
      table(rows);
    }
    if (!all && sick > MOST) {
      line("and %d more".formatted(sick - MOST));
    }
  }

  /** How much is wrong with a link; 0 if nothing is seen. */
  private double sickness(BoardReadings readings, Report r, int i) {
    if (r.linkState[i] == Report.LINK_DOWN) {
      return Double.MAX_VALUE;
    }
    double errors = readings.perSecond(i, BoardReadings::errors).orElse(0);
    int nominal = look.part().pod().portMegabits(r.linkPort[i]);
    boolean narrow =
        nominal != Report.ABSENT && r.linkRate[i] != Report.ABSENT && r.linkRate[i] < nominal;
    return narrow ? errors + 1e9 : errors;
  }

  private List<String> link(BoardReadings readings, Report r, int i) {
    return List.of(
        "chip-%d/port-%d".formatted(r.linkChip[i], r.linkPort[i]),
        switch (r.linkState[i]) {
          case Report.LINK_UP -> "up";
          case Report.LINK_DOWN -> "down";
          default -> "";
        },
        r.linkRate[i] == Report.ABSENT ? "" : format("%.0f", r.linkRate[i] / 1_000.0),
        rate(readings.perSecond(i, BoardReadings::errors), 1),
        rate(readings.perSecond(i, (of, at) -> of.txBytes[at]), 8e-9),
        rate(readings.perSecond(i, (of, at) -> of.rxBytes[at]), 8e-9),
        waits(readings.perSecond(i, (of, at) -> of.waitMicros[at])),
        farEnd(look.part(), r.linkChip[i], r.linkPort[i]));
  }

  private static String rate(OptionalDouble perSecond, double unit) {
    return perSecond.isEmpty() ? "" : format("%.1f", perSecond.getAsDouble() * unit);
  }

  private static String waits(OptionalDouble microsPerSecond) {
    return microsPerSecond.isEmpty()
        ? ""
        : format("%.0f %%", Math.min(100, microsPerSecond.getAsDouble() / 1e4));
  }

  /** Where a link of a part's board leads, without what both ends have in common. */
  static String farEnd(Part part, int chip, int port) {
    PodLayout pod = part.pod();
    int from = pod.portIndex(pod.chipIndex(part.firstBoard(), chip), port);
    int peer = pod.peerPort(from);
    String end =
        peer != PodLayout.NO_PORT
            ? pod.portPath(peer)
            : pod.switchOfPort(from) == PodLayout.NO_SWITCH ? "" : pod.switchPath(from);
    for (String common : List.of(pod.boardPath(part.firstBoard()) + "/", pod.pod() + "/")) {
      if (end.startsWith(common)) {
        return end.substring(common.length());
      }
    }
    return end;
  }

  private static String tenths(int value) {
    return value == Report.ABSENT ? "" : format("%.1f", value / 10.0);
  }

  private static String percent(int permille) {
    return permille == Report.ABSENT ? "" : format("%.0f %%", permille / 10.0);
  }

  private static String format(String format, @Nullable Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
