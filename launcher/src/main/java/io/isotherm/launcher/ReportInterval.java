package io.isotherm.launcher;

import io.isotherm.core.DetectorSettings;
import io.isotherm.emulator.Scenario;
import io.isotherm.emulator.ScenarioException;

/**
 * How seldom agents may report to a monitor, which takes a board without a report in a window for
 * silent. Of the two in each window one may come late, or not at all.
 */
final class ReportInterval {
  private ReportInterval() {}

  /** The longest interval of reports, in milliseconds: half of a window. */
  static int longestMs(DetectorSettings detectors) {
    return detectors.windowMs() / 2;
  }

  /**
   * Refuses a scenario whose agents report too seldom.
   *
   * @throws ScenarioException if its interval is longer than half of a window; the message names
   *     both
   */
  static void check(Scenario scenario, DetectorSettings detectors) {
    if (scenario.intervalMs() > longestMs(detectors)) {
      throw new ScenarioException(
          "the interval of scenario '%s' is %d ms, must be at most %d ms, half of the monitor's window of %d ms"
              .formatted(
                  scenario.name(),
                  scenario.intervalMs(),
                  longestMs(detectors),
                  detectors.windowMs()));
    }
  }
}
