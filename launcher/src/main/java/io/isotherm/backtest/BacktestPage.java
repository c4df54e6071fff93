package io.isotherm.backtest;

import io.isotherm.core.PodWindow.StateCounts;
import java.util.List;
import java.util.Locale;
import java.util.function.ToIntFunction;

/** A back-test as one HTML page that needs nothing else. */
final class BacktestPage {
  private static final int WIDTH = 1000;
  private static final int LEFT = 10;
  private static final int ROW = 16;
  private static final int STATES = 160;

  /** Rows of the picture of incidents; the table below it has all. */
  private static final int MOST_ROWS = 200;

  private final BacktestResult result;
  private final List<List<String>> alerts;
  private final long fromMs;
  private final long toMs;
  private final StringBuilder out = new StringBuilder();

  /**
   * @param alerts the alerts that would have been, one a row after the heading; empty if no rules
   *     were tried
   */
  BacktestPage(BacktestResult result, List<List<String>> alerts) {
    this.result = result;
    this.alerts = alerts;
    boolean any = result.book().podWindows() > 0;
    this.fromMs = any ? result.book().firstWindowMs() : 0;
    this.toMs = any ? result.book().lastWindowMs() : 1;
  }

  String html() {
    String name = Texts.escaped(result.recording().directory().toString());
    out.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    out.append("<title>Back-test of ").append(name).append("</title>\n<style>\n");
    out.append("body{font:14px/1.5 system-ui,sans-serif;margin:2em auto;max-width:75em}");
    out.append("table{border-collapse:collapse}td,th{padding:.2em .7em;text-align:left;");
    out.append("border-bottom:1px solid #ddd}svg text{font:11px system-ui,sans-serif}");
    out.append(".critical{fill:#b02a37}.warning{fill:#e0a000}.info{fill:#4a90d9}");
    out.append("\n</style></head>\n<body>\n<h1>Back-test of ").append(name).append("</h1>\n");
    out.append(
        String.format(
            Locale.ROOT,
            "<p>Cluster %s, %d pods, %s to %s; %,d reports, %d incidents. sha256 %s</p>%n",
            Texts.escaped(result.recording().cluster()),
            result.recording().pods().size(),
            BacktestResult.time(fromMs),
            BacktestResult.time(toMs),
            result.read().reports(),
            result.book().incidents().size(),
            result.book().sha256()));
    for (String line : result.recording().recording().leftOut()) {
      out.append("<p><b>Missing in the recording:</b> ")
          .append(Texts.escaped(line))
          .append("</p>\n");
    }
    result
        .score(result.book())
        .ifPresent(
            s ->
                out.append(
                    String.format(
                        Locale.ROOT,
                        "<p>Against the truth: %d faults that count, %d found, %d incidents of no"
                            + " fault.</p>%n",
                        s.overall().faults(),
                        s.overall().found(),
                        s.overall().falseIncidents())));
    out.append("<h2>Incidents over time</h2>\n");
    incidents();
    out.append("<h2>Chips that are not healthy</h2>\n");
    states();
    out.append("<h2>Incidents</h2>\n");
    Texts.html(result.rows(), out);
    if (!alerts.isEmpty()) {
      out.append("<h2>Alerts</h2>\n");
      Texts.html(alerts, out);
    }
    if (result.sweep() != null) {
      out.append("<h2>").append(Texts.escaped(result.sweep().key())).append("</h2>\n");
      Texts.html(result.sweepRows(), out);
    }
    out.append("</body></html>\n");
    return out.toString();
  }

  private double x(long ms) {
    double share = (double) (Math.min(ms, toMs) - fromMs) / Math.max(1, toMs - fromMs);
    return LEFT + Math.max(0, share) * (WIDTH - 2 * LEFT);
  }

  private void begin(int height, String label) {
    out.append(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %d %d\" width=\"100%%\" role=\"img\" aria-label=\"%s\">%n",
            WIDTH,
            height,
            label));
  }

  private void axis(int y) {
    for (int i = 0; i <= 4; i++) {
      long at = fromMs + (toMs - fromMs) * i / 4;
      out.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>%n",
              x(at),
              y,
              i == 0 ? "start" : i == 4 ? "end" : "middle",
              BacktestResult.time(at - at % 1000)));
    }
  }

  private void incidents() {
    List<IncidentLife> all = result.book().incidents();
    List<IncidentLife> shown = all.subList(0, Math.min(MOST_ROWS, all.size()));
    int height = shown.size() * ROW + 24;
    begin(height, "incidents over time");
    for (int i = 0; i < shown.size(); i++) {
      IncidentLife life = shown.get(i);
      double from = x(life.first().openedMs());
      double to = x(life.resolvedMs());
      double middle = (x(fromMs) + x(toMs)) / 2;
      out.append(
          String.format(
              Locale.ROOT,
              "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"><title>%s</title>"
                  + "</rect><text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s %s</text>%n",
              EventJson.word(life.last().severity()),
              from,
              i * ROW + 2,
              Math.max(2, to - from),
              ROW - 4,
              Texts.escaped(life.last().summary()),
              from < middle ? from + 4 : from - 4,
              i * ROW + ROW - 5,
              from < middle ? "start" : "end",
              EventJson.word(life.last().kind()),
              Texts.escaped(life.last().subject())));
    }
    axis(height - 6);
    out.append("</svg>\n");
    if (shown.size() < all.size()) {
      out.append("<p>The picture shows the first ").append(shown.size()).append(".</p>\n");
    }
  }

  private void states() {
    List<Timeline.Point> points = result.book().timeline().points();
    int most = 1;
    for (Timeline.Point p : points) {
      most = Math.max(most, p.states().total() - p.states().healthy());
    }
    begin(STATES + 44, "chips that are not healthy over time");
    out.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"12\">at most %,d</text><line x1=\"%d\" x2=\"%d\" y1=\"%d\""
                + " y2=\"%d\" stroke=\"#ccc\"/>%n",
            LEFT,
            most,
            LEFT,
            WIDTH - LEFT,
            STATES,
            STATES));
    line(points, most, "#777777", 0, "unknown", StateCounts::unknown);
    line(points, most, "#b02a37", 1, "failed", StateCounts::failed);
    line(points, most, "#e0a000", 2, "degraded", StateCounts::degraded);
    line(points, most, "#4a90d9", 3, "suspect", StateCounts::suspect);
    axis(STATES + 16);
    out.append("</svg>\n");
  }

  private void line(
      List<Timeline.Point> points,
      int most,
      String colour,
      int number,
      String name,
      ToIntFunction<StateCounts> count) {
    out.append("<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"").append(colour);
    out.append("\" points=\"");
    for (Timeline.Point p : points) {
      double y = STATES - (double) count.applyAsInt(p.states()) / most * (STATES - 20);
      out.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(p.atMs()), y));
    }
    out.append(
        String.format(
            Locale.ROOT,
            "\"/><text x=\"%d\" y=\"%d\" style=\"fill:%s\">%s</text>%n",
            LEFT + number * 80,
            STATES + 36,
            colour,
            name));
  }
}
