package io.isotherm.core;

import static io.isotherm.core.IncidentKind.POWER_SAG;

import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds power feeds that sag in the obvious way: at least four chips of a feed report, three
 * quarters of them hold their clocks down to save power, or half of them while its incident is
 * open. Of its chips that work, or do not say how busy they are, the median of their mean clocks is
 * at most 850 thousandths, rounded down, of the median of the other feeds' medians; and the median
 * of their mean power, where both are known, at most 950 of that of the others. If none of its
 * chips works, the clocks of idle chips are compared alone. If clocks cannot be compared, or are
 * not so low beside those of other idle chips, an incident stays open as in a pause.
 */
final class ObviousPower implements ObviousMonitor.Finder {
  @Override
  public void find(ObviousJudgement window) {
    Map<Integer, List<Integer>> chips = new TreeMap<>();
    for (int chip : window.reportingChips()) {
      chips.computeIfAbsent(feed(window, chip), f -> new ArrayList<>()).add(chip);
    }
    Map<Integer, Integer> clocks = medians(window, true, ObviousReport.Chip::clock);
    Map<Integer, Integer> powers = medians(window, true, ObviousReport.Chip::power);
    Map<Integer, Integer> idle = medians(window, false, ObviousReport.Chip::clock);
    chips.forEach(
        (feed, of) -> {
          long saving = of.stream().filter(c -> window.throttled(c, Report.THROTTLE_POWER)).count();
          String path = window.layout.powerFeedPath(feed);
          boolean saves =
              window.isOpen(POWER_SAG, path)
                  ? saving * 2 >= of.size()
                  : saving * 4 >= of.size() * 3L;
          if (of.size() < 4 || !saves) {
            return;
          }
          boolean low;
          if (clocks.containsKey(feed)) {
            if (others(feed, clocks) <= 0) {
              window.pausing.add(ObviousJudgement.key(POWER_SAG, path));
              return;
            }
            low =
                isLow(window, feed, clocks) && !drawsAsMuch(powers.get(feed), others(feed, powers));
          } else {
            low = isLow(window, feed, idle);
            if (!low) {
              window.pausing.add(ObviousJudgement.key(POWER_SAG, path));
            }
          }
          if (low) {
            window.found(POWER_SAG, path, /* critical= */ true, of.size());
          }
        });
  }

  /** Whether both a feed and others have a clock, and its own is far below. */
  private static boolean isLow(ObviousJudgement window, int feed, Map<Integer, Integer> clocks) {
    Integer clock = clocks.get(feed);
    int others = others(feed, clocks);
    return clock != null
        && others > 0
        && clock * 1_000L / others <= window.settings.powerSagClock();
  }

  private static boolean drawsAsMuch(@Nullable Integer power, int others) {
    return power != null && others >= 0 && power * 1_000L > others * 950L;
  }

  /** Median of what the other feeds have; -1 if none has any. */
  private static int others(int feed, Map<Integer, Integer> medians) {
    Map<Integer, Integer> others = new TreeMap<>(medians);
    others.remove(feed);
    return others.isEmpty() ? -1 : ObviousPeers.median(others.values());
  }

  /** Median of a reading of every feed's chips that work, or do not, of feeds that give some. */
  private static Map<Integer, Integer> medians(
      ObviousJudgement window,
      boolean working,
      Function<ObviousReport.Chip, @Nullable Integer> reading) {
    Map<Integer, Integer> utilizations = window.means(ObviousReport.Chip::utilization);
    Map<Integer, List<Integer>> readings = new TreeMap<>();
    window
        .means(reading)
        .forEach(
            (chip, value) -> {
              if (utilizations.getOrDefault(chip, 1_000) >= 500 == working) {
                readings.computeIfAbsent(feed(window, chip), f -> new ArrayList<>()).add(value);
              }
            });
    Map<Integer, Integer> medians = new TreeMap<>();
    readings.forEach((feed, of) -> medians.put(feed, ObviousPeers.median(of)));
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
