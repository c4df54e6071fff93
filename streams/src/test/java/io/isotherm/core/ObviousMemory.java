package io.isotherm.core;

import static io.isotherm.core.IncidentKind.BOARD_SILENT;
import static io.isotherm.core.IncidentKind.CHIP_FATAL;
import static io.isotherm.core.IncidentKind.CHIP_HOT;
import static io.isotherm.core.IncidentKind.CHIP_SILENT;
import static io.isotherm.core.IncidentKind.HBM_CORRECTABLE;
import static io.isotherm.core.IncidentKind.HBM_UNCORRECTABLE;

import io.isotherm.model.Report;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Memories that fail and chips that are broken by their exporter's word, in the obvious way. */
final class ObviousMemory implements ObviousMonitor.Finder {
  private final ObviousSilence silence;

  /** Windows for which an uncorrected error counts, but for those in which its job waits. */
  private static final int HOLD = 6;

  /** Most parts of corrected errors of a chip that are kept, and most errors of a window. */
  private static final long MOST = 32_767;

  /** Corrected errors of about 40 s, or four windows, of each chip, in parts of an error. */
  private final Map<Integer, Long> level = new HashMap<>();

  /** Windows for which a chip's uncorrected error still counts. */
  private final Map<Integer, Integer> hold = new HashMap<>();

  /** What is known of corrected and of uncorrected errors from reports that were looked at. */
  private final Map<Boolean, Past> pasts = new HashMap<>();

  /** Chips whose uncorrected error counts in the window. */
  private final Set<Integer> counts = new HashSet<>();

  /** The window before. */
  private @Nullable ObviousJudgement before;

  /**
   * @param silence what has judged the window before this does
   */
  ObviousMemory(ObviousSilence silence) {
    this.silence = silence;
  }

  @Override
  public void find(ObviousJudgement window) {
    if (before != null) {
      passes(before);
    }
    before = window;
    counts.clear();
    Map<Integer, Long> corrected = new HashMap<>();
    Map<Integer, Long> uncorrected = new HashMap<>();
    growth(window, ObviousReport.Chip::corrected, /* spread= */ true, corrected);
    growth(window, ObviousReport.Chip::uncorrected, /* spread= */ false, uncorrected);
    // What is corrected while reports leave a chip out for long is not what a window has.
    past(/* spread= */ true).base.keySet().removeIf(silence::longUnheard);
    for (int b = 0; b < window.layout.boards(); b++) {
      for (int i = 0; i < window.layout.chipsPerBoard(); i++) {
        int chip = window.layout.chipIndex(b, i);
        judge(
            window,
            b,
            chip,
            corrected.getOrDefault(chip, 0L),
            uncorrected.getOrDefault(chip, 0L) > 0);
      }
    }
  }

  /**
   * An uncorrected error counts for six windows, without those in which the chip is called broken
   * or its job waits. Which jobs wait is known only when all of a window is judged.
   */
  private void passes(ObviousJudgement window) {
    for (int chip : counts) {
      int board = window.layout.boardOfChip(chip);
      boolean fatal = window.reports(board) && fatal(window, chip);
      if (!fatal && !window.waiting.contains(board)) {
        hold.merge(chip, -1, Integer::sum);
      }
    }
  }

  /** Of corrected errors a sum that leaks its part in each window is held against the limit. */
  private void judge(ObviousJudgement window, int b, int chip, long corrected, boolean grew) {
    long windows = windows(window.settings);
    long sum = level.getOrDefault(chip, 0L) + Math.min(MOST, corrected) * parts(window.settings);
    level.put(chip, Math.min(MOST, sum * (windows - 1) / windows));
    boolean heard = window.reports(b) && !window.samples(chip).isEmpty();
    boolean fatal = heard && fatal(window, chip);
    int left = grew ? HOLD : hold.getOrDefault(chip, 0);
    hold.put(chip, left);
    if (left > 0) {
      counts.add(chip);
    }
    boolean reset =
        window.reports(b)
            && window.samples(chip).isEmpty()
            && window.explains(BOARD_SILENT, window.layout.boardPath(b)) == null;
    if (fatal || (left > 0 && (heard || reset))) {
      broken(window, b, chip, fatal, left > 0);
    } else if (heard && sum >= limit(window.settings, parts(window.settings))) {
      window.found(
          HBM_CORRECTABLE, window.layout.chipPath(chip), /* critical= */ false, /* chips= */ 1);
    }
  }

  /** Windows in 40 s, but at least 4. */
  private static long windows(DetectorSettings settings) {
    return Math.max(4, (40_000 + settings.windowMs() - 1) / settings.windowMs());
  }

  /** Errors, times so many parts, that these windows have at the limit, but at least 2. */
  private static long limit(DetectorSettings settings, long parts) {
    long perMinute = windows(settings) * settings.windowMs() * settings.correctedPerMinute();
    return Math.max(2 * parts, perMinute * parts / 60_000);
  }

  /** Parts of an error: 256, or fewer so that half of what is kept is more than the limit. */
  private static long parts(DetectorSettings settings) {
    long parts = 256;
    while (parts > 1 && limit(settings, 1) * parts > MOST / 2) {
      parts /= 2;
    }
    return parts;
  }

  /**
   * A chip that is broken by its exporter's word or by an uncorrected error, which explains that
   * word, and that the chip is away; that it is hot, too, is explained by either.
   */
  private static void broken(
      ObviousJudgement window, int b, int chip, boolean fatal, boolean uncorrected) {
    String path = window.layout.chipPath(chip);
    boolean critical = window.synchronous(b);
    ObviousFinding root = null;
    if (uncorrected) {
      root = window.found(HBM_UNCORRECTABLE, path, critical, /* chips= */ 1);
    }
    if (fatal) {
      ObviousFinding word = window.found(CHIP_FATAL, path, critical, /* chips= */ 1);
      word.explainedBy(root);
      root = root == null ? word : root;
    }
    ObviousFinding silent = uncorrected ? window.find(CHIP_SILENT, path) : null;
    if (silent != null && !silent.explained) {
      silent.explainedBy(root);
    }
    ObviousFinding hot = window.find(CHIP_HOT, path);
    if (hot != null && !hot.explained) {
      hot.explainedBy(root);
    }
  }

  /** Whether a report of the window calls the chip broken. */
  static boolean fatal(ObviousJudgement window, int chip) {
    return window.samples(chip).stream()
        .anyMatch(c -> c.health() != null && c.health() == Report.HEALTH_FATAL);
  }

  /** Whether an uncorrected error of the chip counts in the window that was judged. */
  boolean uncorrected(int chip) {
    return counts.contains(chip);
  }

  /**
   * How far a counter of chips grew in a window, between reports of the same agent that came in
   * their order. One that falls grows from there.
   *
   * @param spread whether of what grew in a silence of more than two windows only as much counts as
   *     one of its windows had, to the nearest
   */
  private void growth(
      ObviousJudgement window,
      Function<ObviousReport.Chip, @Nullable Long> counter,
      boolean spread,
      Map<Integer, Long> growth) {
    Past past = past(spread);
    int windowMs = window.settings.windowMs();
    for (; past.taken < window.history.size(); past.taken++) {
      ObviousReport r = window.history.get(past.taken);
      long since = r.timeMs() - past.newest.getOrDefault(r.board(), r.timeMs());
      past.newest.merge(r.board(), r.timeMs(), Math::max);
      Integer before = past.agents.put(r.board(), r.agent());
      boolean anew = before == null || before != r.agent();
      for (int i = 0; anew && i < window.layout.chipsPerBoard(); i++) {
        past.base.remove(window.layout.chipIndex(r.board(), i));
      }
      for (ObviousReport.Chip c : r.chips()) {
        Long now = counter.apply(c);
        if (now == null || !r.newest()) {
          continue;
        }
        Long then = past.base.put(c.chip(), now);
        if (then != null && now > then) {
          long grown = now - then;
          boolean silence = spread && since > 2L * windowMs;
          past.growth
              .computeIfAbsent(r.timeMs() / windowMs, w -> new HashMap<>())
              .merge(c.chip(), silence ? (grown * windowMs + since / 2) / since : grown, Long::sum);
        }
      }
    }
    growth.putAll(past.growth.getOrDefault(window.startMs / windowMs, Map.of()));
  }

  private Past past(boolean spread) {
    return pasts.computeIfAbsent(spread, s -> new Past());
  }

  /** What is known of a counter from reports that were looked at. */
  private static final class Past {
    final Map<Integer, Long> base = new HashMap<>();
    final Map<Integer, Integer> agents = new HashMap<>();
    final Map<Integer, Long> newest = new HashMap<>();

    /** By the window and the chip. */
    final Map<Long, Map<Integer, Long>> growth = new HashMap<>();

    int taken;
  }
}
