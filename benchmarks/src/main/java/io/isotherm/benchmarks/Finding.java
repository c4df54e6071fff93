package io.isotherm.benchmarks;

import java.util.List;
import java.util.Locale;

/**
 * A line of the table.
 *
 * @param id name in the table of aims, P1 and so on
 * @param what what was measured
 * @param chipsPerReport chips a report of the load, 0 where that does not matter
 * @param value the figure
 * @param bar what it must reach: at least, or at most if less is better
 * @param reach what it should reach
 * @param lessIsBetter whether a lower figure is better
 * @param detail what it is made of, in words
 */
record Finding(
    String id,
    String what,
    int chipsPerReport,
    Spread value,
    double bar,
    double reach,
    boolean lessIsBetter,
    String detail) {

  static Finding of(Pairs pairs) {
    Ratio r = pairs.ratio();
    return new Finding(
        r.id(),
        r.first() + " / " + r.second(),
        pairs.chipsPerReport(),
        pairs.spread(),
        r.bar(),
        r.reach(),
        false,
        String.format(
                Locale.ROOT,
                "%.1f / %.1f ns a chip-sample",
                pairs.firstNanos(),
                pairs.secondNanos())
            + compiling(pairs));
  }

  /** What of it is Java's compiler, which a process that runs for days does without. */
  private static String compiling(Pairs pairs) {
    double first = pairs.firstNanos(ThreadTimes.COMPILER);
    double second = pairs.secondNanos(ThreadTimes.COMPILER);
    if (first == 0 || second == 0) {
      return "";
    }
    return String.format(Locale.ROOT, ", compiling %.1f / %.1f of it", first, second);
  }

  /** Whether the median is on the right side of the bar. */
  boolean passes() {
    return lessIsBetter ? value.median() <= bar : value.median() >= bar;
  }

  /** The findings as a Markdown table. */
  static String table(List<Finding> findings) {
    StringBuilder s = new StringBuilder();
    s.append("| ratio | of | chips a report | median | spread | bar | reach | | made of |\n");
    s.append("| --- | --- | ---: | ---: | --- | --- | --- | --- | --- |\n");
    for (Finding f : findings) {
      String sign = f.lessIsBetter ? "≤ " : "≥ ";
      s.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %s | %s to %s | %s%s | %s%s | %s | %s |%n",
              f.id,
              f.what,
              f.chipsPerReport == 0 ? "" : String.valueOf(f.chipsPerReport),
              number(f.value.median()),
              number(f.value.min()),
              number(f.value.max()),
              sign,
              number(f.bar),
              sign,
              number(f.reach),
              f.passes() ? "ok" : "MISSED",
              f.detail));
    }
    return s.toString();
  }

  /** Three digits that count. */
  static String number(double value) {
    int digits = value == 0 ? 0 : Math.max(0, 2 - (int) Math.floor(Math.log10(Math.abs(value))));
    String text = String.format(Locale.ROOT, "%." + digits + "f", value);
    return text.indexOf('.') < 0 ? text : text.replaceAll("0+$", "").replaceAll("\\.$", "");
  }
}
