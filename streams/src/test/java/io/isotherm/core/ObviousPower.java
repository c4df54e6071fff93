package io.isotherm.core;

import static io.isotherm.core.IncidentKind.POWER_SAG;

import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds power feeds that sag in the obvious way: at least four chips of a feed report, three
 * quarters of them hold their clocks down to save power, or half of them while its incident is
 * open, and the median of their mean clocks is at most 850 thousandths, rounded down, of the median
 * of the other feeds' medians.
 */
final class ObviousPower implements ObviousMonitor.Finder {
  @Override
  public void find(ObviousJudgement window) {
    Map<Integer, List<Integer>> chips = new TreeMap<>();
    for (int chip : window.reportingChips()) {
      chips.computeIfAbsent(feed(window, chip), f -> new ArrayList<>()).add(chip);
    }
    Map<Integer, Integer> clocks = clocks(window);
    chips.forEach(
        (feed, of) -> {
          long saving = of.stream().filter(c -> window.throttled(c, Report.THROTTLE_POWER)).count();
          String path = window.layout.powerFeedPath(feed);
          boolean saves =
              window.isOpen(POWER_SAG, path)
                  ? saving * 2 >= of.size()
                  : saving * 4 >= of.size() * 3L;
          if (of.size() >= 4 && saves && below(window, feed, clocks)) {
            window.found(POWER_SAG, path, /* critical= */ true, of.size());
          }
        });
  }

  private static boolean below(ObviousJudgement window, int feed, Map<Integer, Integer> clocks) {
    Map<Integer, Integer> others = new TreeMap<>(clocks);
    Integer clock = others.remove(feed);
    int typical = others.isEmpty() ? 0 : ObviousPeers.median(others.values());
    return clock != null
        && typical > 0
        && clock * 1_000L / typical <= window.settings.powerSagClock();
  }

  /** Median clock of every feed that gives some, in megahertz. */
  private static Map<Integer, Integer> clocks(ObviousJudgement window) {
    Map<Integer, List<Integer>> clocks = new TreeMap<>();
    window
        .means(ObviousReport.Chip::clock)
        .forEach(
            (chip, clock) ->
                clocks.computeIfAbsent(feed(window, chip), f -> new ArrayList<>()).add(clock));
    Map<Integer, Integer> medians = new TreeMap<>();
    clocks.forEach((feed, of) -> medians.put(feed, ObviousPeers.median(of)));
    return medians;
  }

  /** The power feed of a chip. */
  static int feed(ObviousJudgement window, int chip) {
    return window.layout.powerFeedOfCabinet(window.layout.cabinetOfChip(chip));
  }

  /** Whether the feed of a chip sags, or has an incident that is open. */
  static boolean sags(ObviousJudgement window, int chip) {
    return window.explains(POWER_SAG, window.layout.powerFeedPath(feed(window, chip))) != null;
  }
}
