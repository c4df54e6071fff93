package io.isotherm.launcher;

import io.isotherm.avro.PodHealth;
import io.isotherm.backtest.EventJson;
import io.isotherm.backtest.Texts;
import io.isotherm.core.ChipState;
import io.isotherm.core.IncidentEvent;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Text for a terminal of 80 columns. */
abstract class LookText {
  private static final int WIDTH = 80;

  /** Rows of a kind that are shown; of more it is said how many. */
  static final int MOST = 10;

  private final long nowMs;
  private final StringBuilder out = new StringBuilder();

  /**
   * @param nowMs what ages are reckoned to, milliseconds since 1970-01-01 UTC
   */
  LookText(long nowMs) {
    this.nowMs = nowMs;
  }

  final String text() {
    return out.toString();
  }

  /** End of a window, milliseconds since 1970-01-01 UTC. */
  static long end(PodHealth health) {
    return health.getWindowStartMs() + health.getWindowMs();
  }

  static String states(Map<ChipState, Integer> of) {
    String states =
        of.entrySet().stream()
            .map(e -> e.getValue() + " " + EventJson.word(e.getKey()))
            .collect(Collectors.joining(", "));
    return states.isEmpty() ? "chips not judged" : states;
  }

  /**
   * Writes open incidents.
   *
   * @param withNextStep whether what to do next is told, too; of many parts that is too much
   * @param more the options with which {@code isotherm incidents --open} shows the rest
   */
  final void incidents(List<IncidentEvent> open, boolean withNextStep, String more) {
    line("");
    line(
        switch (open.size()) {
          case 0 -> "No open incident";
          case 1 -> "1 open incident:";
          default -> open.size() + " open incidents:";
        });
    for (IncidentEvent e : open.subList(0, Math.min(MOST, open.size()))) {
      line(
          "  %-8s  %s  %s  for %s"
              .formatted(
                  EventJson.word(e.severity()),
                  EventJson.word(e.kind()),
                  e.subject(),
                  ago(e.openedMs())));
      wrapped(e.summary() + (withNextStep ? " " + e.nextStep() : ""), "            ");
    }
    if (open.size() > MOST) {
      line("  and %d more: isotherm incidents --open %s".formatted(open.size() - MOST, more));
    }
  }

  /** Writes rows without the columns of which no row has anything, numbers to the right. */
  final void table(List<List<String>> rows) {
    List<Integer> columns =
        IntStream.range(0, rows.get(0).size())
            .filter(c -> rows.stream().skip(1).anyMatch(row -> !row.get(c).isEmpty()))
            .boxed()
            .toList();
    Texts.table(rows.stream().map(row -> columns.stream().map(row::get).toList()).toList(), out);
  }

  /** Writes a line with a name before it, and further ones below its value. */
  final void field(String name, String value) {
    String indent = " ".repeat(9);
    int from = out.length();
    wrapped(value, indent);
    out.replace(from, from + name.length(), name);
  }

  /** Writes words in lines, each after an indent; a word that is too long stands out. */
  final void wrapped(String text, String indent) {
    StringBuilder line = new StringBuilder(indent);
    for (String word : text.strip().split("\\s+", -1)) {
      boolean first = line.length() == indent.length();
      if (!first && line.length() + 1 + word.length() > WIDTH) {
        line(line.toString());
        line = new StringBuilder(indent);
        first = true;
      }
      line.append(first ? "" : " ").append(word);
    }
    line(line.toString());
  }

  final void line(String text) {
    out.append(text).append('\n');
  }

  /** How long ago a time was. */
  final String ago(long ms) {
    return IncidentHistory.span(Math.max(0, nowMs - ms));
  }
}
