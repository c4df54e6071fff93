package io.isotherm.core;

import static io.isotherm.core.IncidentKind.CHIP_FATAL;
import static io.isotherm.core.IncidentKind.CHIP_LINKS;
import static io.isotherm.core.IncidentKind.CHIP_SILENT;
import static io.isotherm.core.IncidentKind.CHIP_SLOW;
import static io.isotherm.core.IncidentKind.HBM_UNCORRECTABLE;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The error codes of chips as evidence, in the obvious way: a chip has the code of its newest
 * report, which counts for what began at most ten minutes after it came.
 */
final class ObviousCodes implements ObviousMonitor.Finder {
  private static final List<IncidentKind> KINDS =
      List.of(CHIP_FATAL, HBM_UNCORRECTABLE, CHIP_SILENT, CHIP_SLOW, CHIP_LINKS);

  /**
   * A code of a chip.
   *
   * @param sinceMs when it came; null if it stood there when its chip was heard first
   */
  private record Code(long code, @Nullable Long sinceMs) {}

  private final Map<Integer, Code> codes = new HashMap<>();
  private final Set<Integer> heard = new HashSet<>();

  /** Reports that were looked at. */
  private int taken;

  @Override
  public void find(ObviousJudgement window) {
    for (ObviousReport r : window.history.subList(taken, window.history.size())) {
      if (r.newest()) {
        r.chips().forEach(c -> take(c, r.timeMs()));
      }
    }
    taken = window.history.size();
    for (ObviousFinding f : window.findings.values()) {
      for (int chip = 0; KINDS.contains(f.kind) && chip < window.layout.chips(); chip++) {
        if (window.layout.chipPath(chip).equals(f.path)) {
          f.code = counts(chip, window.firstSeenMs(f), window.settings.windowMs());
        }
      }
    }
  }

  private void take(ObviousReport.Chip c, long timeMs) {
    boolean first = heard.add(c.chip());
    Code before = codes.get(c.chip());
    Long now = c.errorCode();
    if (now == null || now == 0) {
      codes.remove(c.chip());
    } else if (before == null || before.code != now) {
      codes.put(c.chip(), new Code(now, first ? null : timeMs));
    }
  }

  private @Nullable String counts(int chip, long firstSeenMs, int windowMs) {
    Code c = codes.get(chip);
    return c == null || c.sinceMs == null || c.sinceMs + 600_000 < firstSeenMs
        ? null
        : "%d of %d".formatted(c.code, c.sinceMs - c.sinceMs % windowMs);
  }
}
