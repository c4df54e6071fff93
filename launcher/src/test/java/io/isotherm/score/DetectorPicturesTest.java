package io.isotherm.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.core.ClusterRun;
import io.isotherm.core.ClusterWindow;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.IncidentKind;
import io.isotherm.core.PodWindow;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.ScenarioReader;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Draws the pictures of docs/detectors.md from runs: what the agents said of the broken part and of
 * its peers, when it was broken, and when its incident was open. Each is held to be what this
 * version sees; {@code -Dupdate.pictures} draws them anew.
 */
final class DetectorPicturesTest {
  private static final long START = 1_800_000_003_000L;
  private static final int FAULT_FROM = 300;
  private static final Path PICTURES = Path.of("..", "docs", "pictures");
  private static final String CHIP = "pod-00/cab-001/board-2/chip-5";

  /** What of a report belongs to a part. */
  private interface Part {
    boolean has(PodLayout layout, int chip, int port);
  }

  /** A reading of a report, by the place of a chip or link in its columns. */
  private interface Reading {
    long of(Report r, int i);
  }

  /**
   * One picture.
   *
   * @param fault kind of the fault
   * @param seconds how long it lasts
   * @param limit drawn as a line in the unit; NaN for none
   * @param perSecond whether the reading is a counter, of which the growth is drawn
   * @param scale from the reading to the unit
   */
  private record Picture(
      IncidentKind kind,
      String fault,
      String subject,
      double magnitude,
      int seconds,
      String title,
      double limit,
      boolean ofLinks,
      boolean perSecond,
      double scale,
      Part part,
      boolean peers,
      Reading reading) {
    @Override
    public String toString() {
      return kind.name().toLowerCase(Locale.ROOT);
    }
  }

  private static Part chip(int number) {
    return (layout, chip, port) -> chip == number;
  }

  private static Stream<Picture> pictures() {
    PodLayout layout = plan().pods().get(0);
    int chip = layout.chipIndex(layout.boardIndex(1, 2), 5);
    int port = layout.portIndex(chip, 0);
    Part link = (l, c, p) -> p == port;
    Part everything = (l, c, p) -> true;
    Part ofSwitch = (l, c, p) -> l.switchOfPort(p) == 0;
    String switch0 = layout.switchPathOf(0);
    return Stream.of(
        ofChip(IncidentKind.CHIP_SILENT, "CHIP_LOST", 0, 180, "chips reporting on the board", 1)
            .with((l, c, p) -> l.boardOfChip(c) == l.boardOfChip(chip), (r, i) -> 1),
        ofChip(IncidentKind.CHIP_HOT, "THERMAL_THROTTLE", 3.5, 240, "temperature, °C", 10)
            .with(chip(chip), (r, i) -> r.temperature[i]),
        ofChip(IncidentKind.CHIP_SLOW, "CHIP_FAIL_SLOW", 180, 360, "tensor activity, %", 10)
            .with(chip(chip), (r, i) -> r.tensorActivity[i]),
        new Picture(
            IncidentKind.HBM_CORRECTABLE,
            "HBM_CORRECTABLE",
            CHIP,
            1,
            240,
            "corrected memory errors a minute",
            DetectorSettings.DEFAULT.correctedPerMinute(),
            false,
            true,
            1 / 60.0,
            chip(chip),
            false,
            (r, i) -> r.eccCorrected[i]),
        new Picture(
            IncidentKind.CABINET_HOT,
            "COOLING_LOOP_DEGRADED",
            layout.coolingLoopPath(0),
            10,
            300,
            "temperature, °C",
            Double.NaN,
            false,
            false,
            10,
            (l, c, p) -> l.coolingLoopOfCabinet(l.cabinetOfChip(c)) == 0,
            true,
            (r, i) -> r.temperature[i]),
        new Picture(
            IncidentKind.POWER_SAG,
            "POWER_SAG",
            layout.powerFeedPath(0),
            4,
            240,
            "clock, MHz",
            Double.NaN,
            false,
            false,
            1,
            (l, c, p) -> l.powerFeedOfCabinet(l.cabinetOfChip(c)) == 0,
            true,
            (r, i) -> r.clock[i]),
        job(IncidentKind.JOB_SLOW, "JOB_SLOW", 150, "tensor activity of the job, %", everything),
        job(IncidentKind.JOB_HANG, "HANG", 0, "tensor activity of the job, %", everything),
        ofLink(IncidentKind.LINK_DEGRADED, "LINK_DEGRADED", 30, "errors a second", 1)
            .limited(DetectorSettings.DEFAULT.linkErrorsPerSecond(), true)
            .with(link, (r, i) -> r.crcErrors[i] + r.retries[i]),
        ofLink(IncidentKind.LINK_NARROW, "LINK_NARROW", 750, "trained speed, Gb/s", 1_000)
            .limited(
                layout.limits().portMegabits()
                    * DetectorSettings.DEFAULT.linkNarrowPermille()
                    / 1_000_000.0,
                false)
            .with(link, (r, i) -> r.linkRate[i]),
        ofLink(IncidentKind.LINK_FLAP, "LINK_FLAP", 30, "up (1) or down (0)", 1)
            .with(link, (r, i) -> r.linkState[i] == Report.LINK_UP ? 1 : 0),
        new Picture(
            IncidentKind.CONGESTION,
            "CONGESTION",
            switch0,
            400,
            240,
            "time in which data waits at its ports, %",
            DetectorSettings.DEFAULT.congestionWait() / 10.0,
            true,
            true,
            10_000,
            ofSwitch,
            true,
            (r, i) -> r.waitMicros[i]));
  }

  /** A picture that still lacks its part and reading. */
  private record Draft(Picture picture) {
    Draft limited(double limit, boolean perSecond) {
      Picture p = picture;
      return new Draft(
          new Picture(
              p.kind,
              p.fault,
              p.subject,
              p.magnitude,
              p.seconds,
              p.title,
              limit,
              p.ofLinks,
              perSecond,
              p.scale,
              p.part,
              p.peers,
              p.reading));
    }

    Picture with(Part part, Reading reading) {
      Picture p = picture;
      return new Picture(
          p.kind,
          p.fault,
          p.subject,
          p.magnitude,
          p.seconds,
          p.title,
          p.limit,
          p.ofLinks,
          p.perSecond,
          p.scale,
          part,
          p.peers,
          reading);
    }
  }

  private static Draft ofChip(
      IncidentKind kind, String fault, double magnitude, int seconds, String title, double scale) {
    return new Draft(
        new Picture(
            kind,
            fault,
            CHIP,
            magnitude,
            seconds,
            title,
            Double.NaN,
            false,
            false,
            scale,
            (l, c, p) -> false,
            kind != IncidentKind.CHIP_SILENT,
            (r, i) -> 0));
  }

  private static Draft ofLink(
      IncidentKind kind, String fault, double magnitude, String title, double scale) {
    return new Draft(
        new Picture(
            kind,
            fault,
            CHIP + "/port-0",
            magnitude,
            240,
            title,
            Double.NaN,
            true,
            false,
            scale,
            (l, c, p) -> false,
            false,
            (r, i) -> 0));
  }

  private static Picture job(
      IncidentKind kind, String fault, double magnitude, String title, Part part) {
    return new Picture(
        kind,
        fault,
        "job/train-0",
        magnitude,
        300,
        title,
        Double.NaN,
        false,
        false,
        10,
        part,
        false,
        (r, i) -> r.tensorActivity[i]);
  }

  private static ClusterPlan plan() {
    return Catalog.bundled().plan("atlas-960", new Overrides(null, 1, 16));
  }

  /** What was said of the part and of the others, by the second; NaN where nothing was. */
  private static final class Drawn implements ClusterRun.Output {
    final double[] part;
    final double[] others;
    final List<IncidentEvent> incidents = new ArrayList<>();

    Drawn(int seconds) {
      part = new double[seconds];
      others = new double[seconds];
      Arrays.fill(part, Double.NaN);
      Arrays.fill(others, Double.NaN);
    }

    @Override
    public void window(PodWindow window) {}

    @Override
    public void cluster(ClusterWindow window) {}

    @Override
    public void incident(IncidentEvent event) {
      incidents.add(event);
    }
  }

  private static Drawn run(Picture p) {
    ClusterPlan plan = plan();
    String document =
        """
        jobs: [{name: train-0, share: 1, stages: 2}]
        noise: {skew: 200ms, blank: 0.0005}
        ordinary: {imbalance: 0.08}
        faults: [{kind: %s, at: %ds, for: %ds, subject: %s%s}]
        """
            .formatted(
                p.fault,
                FAULT_FROM,
                p.seconds,
                p.subject,
                p.magnitude == 0 ? "" : ", magnitude: " + p.magnitude);
    Fleet fleet = new Fleet(plan, ScenarioReader.read("picture.yaml", document, null), START);
    int seconds = FAULT_FROM + p.seconds + 180;
    Drawn drawn = new Drawn(seconds);
    ClusterRun monitors =
        ClusterRun.of(plan.cluster(), plan.pods(), DetectorSettings.DEFAULT, drawn);
    monitors.placements(fleet.placements());
    FleetDelivery delivery = new FleetDelivery(fleet, false);
    PodLayout layout = plan.pods().get(0);
    // Links are read every ten seconds, each board at its turn; steps of jobs swing within seconds.
    int every = p.ofLinks || p.title.startsWith("tensor") ? 10 : 1;
    double[] last = {Double.NaN, Double.NaN};
    long[] sums = new long[4];
    for (int s = 0; s < seconds; s++) {
      if (s % every == 0) {
        Arrays.fill(sums, 0);
      }
      delivery.interval(
          START + s * 1_000L,
          truth -> {},
          report -> {
            monitors.accept(report);
            add(p, layout, report, sums);
          });
      if ((s + 1) % every == 0) {
        for (int side = 0; side < 2; side++) {
          double mean =
              sums[2 * side + 1] == 0
                  ? Double.NaN
                  : (double) sums[2 * side] / sums[2 * side + 1] / p.scale;
          double value = p.perSecond ? (mean - last[side]) / every : mean;
          last[side] = mean;
          double shown = p.kind == IncidentKind.CHIP_SILENT ? sums[1] : value;
          (side == 0 ? drawn.part : drawn.others)[s] = shown;
        }
      }
    }
    monitors.end();
    return drawn;
  }

  private static void add(Picture p, PodLayout layout, Report r, long[] sums) {
    int board = layout.boardIndex(r.cabinet, r.board);
    int n = p.ofLinks ? r.linkCount : r.chipCount;
    for (int i = 0; i < n; i++) {
      int chip = layout.chipIndex(board, p.ofLinks ? r.linkChip[i] : r.chip[i]);
      int port = p.ofLinks ? layout.portIndex(chip, r.linkPort[i]) : -1;
      long value = p.reading.of(r, i);
      if (value == Report.ABSENT || value < 0) {
        continue;
      }
      int side = p.part.has(layout, chip, port) ? 0 : 2;
      sums[side] += value;
      sums[side + 1]++;
    }
  }

  @ParameterizedTest
  @MethodSource("pictures")
  void showsWhatThisVersionSees(Picture p) throws IOException {
    Drawn drawn = run(p);

    assertThat(drawn.incidents).isNotEmpty();
    assertThat(drawn.incidents.stream().map(IncidentEvent::id).distinct()).hasSize(1);
    assertThat(drawn.incidents.get(drawn.incidents.size() - 1).kind()).isEqualTo(p.kind);
    String svg = svg(p, drawn);
    Path file = PICTURES.resolve(p + ".svg");
    if (System.getProperty("update.pictures") != null) {
      Files.createDirectories(PICTURES);
      Files.writeString(file, svg);
    }
    assertThat(svg)
        .describedAs("%s; draw it anew with -Dupdate.pictures", file)
        .isEqualTo(Files.readString(file));
  }

  private static final int WIDTH = 760;
  private static final int HEIGHT = 200;
  private static final int LEFT = 50;
  private static final int TOP = 26;
  private static final int BOTTOM = 170;

  private static String svg(Picture p, Drawn d) {
    // A minute before the fault tells enough of health.
    int from = FAULT_FROM - 120;
    int until = d.part.length;
    double most = Double.isNaN(p.limit) ? 0 : p.limit;
    for (int s = from; s < until; s++) {
      most = Double.isNaN(d.part[s]) ? most : Math.max(most, d.part[s]);
      most = Double.isNaN(d.others[s]) || !p.peers ? most : Math.max(most, d.others[s]);
    }
    most = Math.max(1, most * 1.1);
    StringBuilder out = new StringBuilder(16_384);
    out.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
            .formatted(WIDTH, HEIGHT));
    out.append("<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n".formatted());
    double broken = x(FAULT_FROM, from, until);
    double whole = x(FAULT_FROM + p.seconds, from, until);
    out.append(rect(broken, BOTTOM + 4, whole - broken, 6, "#999"));
    for (int i = 0; i < d.incidents.size(); i++) {
      IncidentEvent e = d.incidents.get(i);
      if (e.type() == IncidentEvent.Type.OPENED) {
        long endMs =
            d.incidents.stream()
                .skip(i + 1L)
                .filter(o -> o.type() == IncidentEvent.Type.RESOLVED)
                .mapToLong(IncidentEvent::eventMs)
                .findFirst()
                .orElse(START + until * 1_000L);
        double open = x((e.eventMs() - START) / 1_000.0, from, until);
        double close = x((endMs - START) / 1_000.0, from, until);
        out.append(rect(open, TOP, close - open, BOTTOM - TOP, "#fde3e3"));
        out.append(text(open + 4, BOTTOM - 6, "#b00", p.toString()));
      }
    }
    for (int tick = 0; tick <= 2; tick++) {
      double value = most / 1.1 * tick / 2;
      out.append(text(4, y(value, most) + 4, "#555", number(value)));
      out.append(line(LEFT, y(value, most), WIDTH - 10, y(value, most), "#ddd", ""));
    }
    if (!Double.isNaN(p.limit)) {
      double at = y(p.limit, most);
      out.append(line(LEFT, at, WIDTH - 10, at, "#e08000", " stroke-dasharray=\"5 4\""));
      out.append(text(WIDTH - 50, at - 4, "#e08000", "limit"));
    }
    if (p.peers) {
      out.append(path(d.others, from, until, most, "#8aa"));
    }
    out.append(path(d.part, from, until, most, "#1456b8"));
    out.append(
        text(
            LEFT,
            16,
            "#222",
            p.title + (p.peers ? ": the part (blue), the mean of all others" : "")));
    out.append(text(broken, BOTTOM + 24, "#555", "broken for %d s".formatted(p.seconds)));
    return out.append("</svg>\n".formatted()).toString();
  }

  private static double x(double second, int from, int until) {
    return LEFT + (second - from) * (WIDTH - 10 - LEFT) / (until - from);
  }

  private static double y(double value, double most) {
    return BOTTOM - value * (BOTTOM - TOP) / most;
  }

  private static String path(double[] values, int from, int until, double most, String color) {
    StringBuilder path = new StringBuilder();
    boolean gap = true;
    int step = 2;
    int lastSeen = from;
    for (int s = from; s < until; s++) {
      if (Double.isNaN(values[s]) || s - lastSeen < step) {
        continue;
      }
      path.append(
          String.format(
              Locale.ROOT,
              "%s%.0f %.1f",
              gap || s - lastSeen > 30 ? "M" : "L",
              x(s, from, until),
              y(values[s], most)));
      gap = false;
      lastSeen = s;
    }
    return "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\"/>\n"
        .formatted(path, color);
  }

  private static String rect(double x, double y, double w, double h, String color) {
    return String.format(
        Locale.ROOT,
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n",
        x,
        y,
        w,
        h,
        color);
  }

  private static String line(double x, double y, double u, double v, String color, String more) {
    return String.format(
        Locale.ROOT,
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"%s/>\n",
        x,
        y,
        u,
        v,
        color,
        more);
  }

  private static String text(double x, double y, String color, String what) {
    return String.format(
        Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s</text>\n", x, y, color, what);
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.1f", value);
  }
}
