package io.isotherm.score;

import java.util.List;
import java.util.Locale;

/** A score as text for a terminal. */
final class ScoreTable {
  /** Failures that are told one by one; JSON has all. */
  private static final int MOST_FAILURES = 40;

  private final ScoreReport report;
  private final StringBuilder out = new StringBuilder();

  ScoreTable(ScoreReport report) {
    this.report = report;
  }

  String text() {
    Score score = report.score();
    ScoreSettings s = report.settings();
    out.append(
        String.format(
            Locale.ROOT,
            "scenario %s on %s, %,d chips; %d seeds from %d, %.2f h each, %.2f pod-days%n%n",
            s.scenario().name(),
            s.plan().preset(),
            s.plan().chips(),
            score.runs().size(),
            s.firstSeed(),
            s.durationMs() / 3_600_000.0,
            score.podDays()));
    print(ScoreRows.measures(score), 1);
    score
        .excluded()
        .forEach(
            (why, n) -> out.append(String.format(Locale.ROOT, "%nnot counted: %d, %s", n, why)));
    if (!score.excluded().isEmpty()) {
      out.append('\n');
    }
    List<List<String>> confusion = ScoreRows.confusion(score);
    if (confusion.size() > 1) {
      out.append('\n');
      print(confusion, 2);
    }
    List<List<String>> failures = ScoreRows.failures(score);
    if (failures.size() > 1) {
      out.append('\n');
      print(failures.subList(0, Math.min(failures.size(), MOST_FAILURES + 1)), 7);
      if (failures.size() > MOST_FAILURES + 1) {
        out.append(
            String.format(
                Locale.ROOT,
                "and %d more; -o json has all%n",
                failures.size() - 1 - MOST_FAILURES));
      }
    }
    Sweep sweep = report.sweep();
    if (sweep != null) {
      out.append('\n');
      print(ScoreRows.sweep(sweep, report.swept()), 0);
    }
    return out.toString();
  }

  /**
   * @param left number of columns that are aligned to the left; the others are numbers
   */
  private void print(List<List<String>> rows, int left) {
    int columns = rows.get(0).size();
    int[] width = new int[columns];
    for (List<String> row : rows) {
      for (int c = 0; c < columns; c++) {
        width[c] = Math.max(width[c], row.get(c).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        String pad = " ".repeat(width[c] - row.get(c).length());
        line.append(c == 0 ? "" : "  ").append(c < left ? row.get(c) + pad : pad + row.get(c));
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
  }
}
