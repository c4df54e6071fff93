package io.isotherm.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Steps of a whole, each measured by itself, and what they leave unexplained. All figures are
 * nanoseconds of CPU time for one chip at one instant.
 */
final class StepTable {
  /**
   * A step.
   *
   * @param name what is done
   * @param nanos what it costs
   * @param profile what it costs by the samples of a profile, or null if there are none of it
   * @param how how {@code nanos} was measured
   */
  record Step(String name, double nanos, @Nullable Double profile, String how) {}

  private final String whole;
  private final double wholeNanos;
  private final String wholeHow;
  private final List<Step> steps = new ArrayList<>();
  private final List<Step> others = new ArrayList<>();

  /**
   * @param whole name of the whole
   * @param nanos what it costs
   * @param how how that was measured
   */
  StepTable(String whole, double nanos, String how) {
    this.whole = whole;
    this.wholeNanos = nanos;
    this.wholeHow = how;
  }

  /** Adds a step of the whole. */
  void step(String name, double nanos, String how) {
    steps.add(new Step(name, nanos, null, how));
  }

  /** Adds a step of the whole that a profile saw, too. */
  void step(String name, double nanos, double profile, String how) {
    steps.add(new Step(name, nanos, profile, how));
  }

  /** Adds something that comes before or behind the whole. */
  void beside(String name, double nanos, String how) {
    others.add(new Step(name, nanos, null, how));
  }

  /** Sum of the steps. */
  double sum() {
    return steps.stream().mapToDouble(Step::nanos).sum();
  }

  /** What the whole costs beyond its steps; negative if they are more. */
  double unexplained() {
    return wholeNanos - sum();
  }

  /** All lines of the table, in the order of {@link #markdown}. */
  List<Step> rows() {
    List<Step> rows = new ArrayList<>(steps);
    rows.addAll(totals());
    rows.addAll(others);
    return rows;
  }

  private List<Step> totals() {
    return List.of(
        new Step("sum", sum(), null, ""),
        new Step(whole, wholeNanos, null, wholeHow),
        new Step(
            "unexplained",
            unexplained(),
            null,
            String.format(Locale.ROOT, "%.1f %%", 100 * unexplained() / wholeNanos)));
  }

  /** The table in Markdown. */
  String markdown() {
    StringBuilder s = new StringBuilder();
    s.append("| step | ns a chip-sample | by a profile | how |\n");
    s.append("| --- | ---: | ---: | --- |\n");
    steps.forEach(step -> s.append(row(step, step.name())));
    totals().forEach(step -> s.append(row(step, "**%s**".formatted(step.name()))));
    others.forEach(step -> s.append(row(step, step.name())));
    return s.toString();
  }

  private static String row(Step step, String name) {
    Double profile = step.profile();
    return String.format(
        Locale.ROOT,
        "| %s | %.2f | %s | %s |%n",
        name,
        step.nanos(),
        profile == null ? "" : String.format(Locale.ROOT, "%.2f", profile),
        step.how());
  }
}
