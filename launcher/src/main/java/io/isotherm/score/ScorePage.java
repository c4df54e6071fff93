package io.isotherm.score;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** A score as one HTML page that needs nothing else. */
final class ScorePage {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 300;
  private static final int LEFT = 50;
  private static final int RIGHT = 20;
  private static final int TOP = 20;
  private static final int BOTTOM = 45;

  private final ScoreReport report;
  private final StringBuilder out = new StringBuilder();

  ScorePage(ScoreReport report) {
    this.report = report;
  }

  String html() {
    ScoreSettings s = report.settings();
    Score score = report.score();
    out.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    out.append("<title>Detection score: ").append(escaped(s.scenario().name()));
    out.append("</title>\n<style>\n");
    out.append(
        "body{font:14px/1.5 system-ui,sans-serif;margin:2em auto;max-width:75em;color:#222}");
    out.append("table{border-collapse:collapse;margin:1em 0}");
    out.append("th,td{padding:.2em .7em;border-bottom:1px solid #ddd;text-align:right}");
    out.append("th:first-child,td:first-child,.text td,.text th{text-align:left}");
    out.append("th{font-weight:600}svg text{font:12px system-ui,sans-serif;fill:#444}");
    out.append("\n</style></head>\n<body>\n<h1>How good detection is</h1>\n");
    out.append(
        String.format(
            Locale.ROOT,
            "<p>Scenario %s on %s, %,d chips; %d seeds from %d, %.2f h each, %.2f pod-days;"
                + " Isotherm %s.</p>%n",
            escaped(s.scenario().name()),
            escaped(s.plan().preset()),
            s.plan().chips(),
            score.runs().size(),
            s.firstSeed(),
            s.durationMs() / 3_600_000.0,
            score.podDays(),
            escaped(s.version())));
    table("", ScoreRows.measures(score));
    score
        .excluded()
        .forEach(
            (why, n) ->
                out.append("<p>Not counted: ")
                    .append(n)
                    .append(", ")
                    .append(why)
                    .append(".</p>\n"));
    Sweep sweep = report.sweep();
    if (sweep != null) {
      out.append("<h2>").append(escaped(sweep.key())).append("</h2>\n");
      curve(sweep, report.swept());
      table("", ScoreRows.sweep(sweep, report.swept()));
    }
    out.append("<h2>Kinds: broken against named</h2>\n");
    table("text", ScoreRows.confusion(score));
    out.append("<h2>Missed, misnamed, extra and false</h2>\n");
    table("text", ScoreRows.failures(score));
    out.append("</body></html>\n");
    return out.toString();
  }

  private void table(String style, List<List<String>> rows) {
    out.append("<table class=\"").append(style).append("\">\n");
    for (int r = 0; r < rows.size(); r++) {
      String cell = r == 0 ? "th" : "td";
      out.append("<tr>");
      for (String text : rows.get(r)) {
        out.append('<').append(cell).append('>').append(escaped(text));
        out.append("</").append(cell).append('>');
      }
      out.append("</tr>\n");
    }
    out.append("</table>\n");
  }

  /** Precision and recall against the values of the setting. */
  private void curve(Sweep sweep, List<Score> swept) {
    out.append(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\""
                + " aria-label=\"precision and recall against %s\">%n",
            WIDTH,
            HEIGHT,
            WIDTH,
            HEIGHT,
            escaped(sweep.key())));
    for (int i = 0; i <= 4; i++) {
      double y = y(i / 4.0);
      out.append(
          String.format(
              Locale.ROOT,
              "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>"
                  + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>%n",
              LEFT,
              WIDTH - RIGHT,
              y,
              y,
              LEFT - 6,
              y + 4,
              i / 4.0));
    }
    for (int value : sweep.values()) {
      out.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>%n",
              x(sweep, value),
              HEIGHT - BOTTOM + 18,
              value));
    }
    line(sweep, swept, "#0a58ca", "precision", 0, m -> m.overall().precision());
    line(sweep, swept, "#b02a37", "recall", 90, m -> m.overall().recall());
    line(
        sweep,
        swept,
        "#997404",
        "recall of slow faults",
        160,
        m -> m.of(Expectation.Group.SLOW).recall());
    out.append("</svg>\n");
  }

  private void line(
      Sweep sweep,
      List<Score> swept,
      String colour,
      String name,
      int legend,
      ToDoubleFunction<Score> measure) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < swept.size(); i++) {
      double value = measure.applyAsDouble(swept.get(i));
      if (!Double.isNaN(value)) {
        double x = x(sweep, sweep.values().get(i));
        points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y(value)));
        out.append(
            String.format(
                Locale.ROOT,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"><title>%s %.3f at %d</title>"
                    + "</circle>%n",
                x,
                y(value),
                colour,
                name,
                value,
                sweep.values().get(i)));
      }
    }
    out.append(
        String.format(
            Locale.ROOT,
            "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>"
                + "<text x=\"%d\" y=\"%d\" style=\"fill:%s\">%s</text>%n",
            points.toString().strip(),
            colour,
            LEFT + legend,
            HEIGHT - 8,
            colour,
            name));
  }

  private static double x(Sweep sweep, int value) {
    int first = sweep.values().get(0);
    int last = sweep.values().get(sweep.values().size() - 1);
    return LEFT + (double) (value - first) / Math.max(1, last - first) * (WIDTH - LEFT - RIGHT);
  }

  private static double y(double share) {
    return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
