package io.isotherm.core;

import static io.isotherm.core.IncidentKind.BOARD_CLOCK;
import static io.isotherm.core.IncidentKind.BOARD_SILENT;
import static io.isotherm.core.IncidentKind.CABINET_SILENT;
import static io.isotherm.core.IncidentKind.CHIP_SILENT;
import static io.isotherm.core.IncidentKind.HOST_RESTART;
import static io.isotherm.core.IncidentKind.POD_SILENT;

import io.isotherm.core.ObviousJudgement.Heard;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What does not report, in the obvious way: pods, cabinets, boards and chips; boards whose clock is
 * wrong, and hosts that restarted.
 */
final class ObviousSilence implements ObviousMonitor.Finder {
  /** Reports in a window from which a gap of a quarter of it is a silence. */
  private static final int FEWEST_REPORTS = 4;

  /** How a chip was when its board was heard last. */
  private static final class Presence {
    /** Windows in a row in which it was missing; 0 if it was there. */
    int missing;

    /** Whether the newest window was without a quarter of its samples or more. */
    boolean inPart;

    /** Windows in a row that said nothing of the chips of its board while it was there. */
    int unsaid;

    /** Whether it is missing since this window, and was in part or unsaid before. */
    boolean early;
  }

  private final Map<Integer, Presence> chips = new HashMap<>();

  @Override
  public void find(ObviousJudgement window) {
    ObviousFinding pod = pod(window);
    for (int cab = 0; cab < window.layout.cabinets(); cab++) {
      cabinet(window, cab, pod);
    }
    for (int b = 0; b < window.layout.boards(); b++) {
      restart(window, b);
      clock(window, b);
    }
    for (int b = 0; b < window.layout.boards(); b++) {
      chips(window, b);
    }
  }

  /**
   * A pod is silent if nine tenths of its boards are, or say only what is late. Those that have
   * long been silent are none of them, unless all are gone.
   */
  private static @Nullable ObviousFinding pod(ObviousJudgement window) {
    List<Integer> boards = parts(window, 0, window.layout.boards());
    List<Integer> gone = gone(window, boards, /* lateIsSilent= */ true);
    Set<Integer> old = old(window, boards, gone, /* ofCabinets= */ true);
    String path = window.layout.pod();
    // A pod of one cabinet is that cabinet.
    boolean open = window.isOpen(POD_SILENT, path);
    long cabinets =
        gone.stream()
            .filter(b -> !old.contains(b))
            .map(window.layout::cabinetOfBoard)
            .distinct()
            .count();
    if (window.layout.cabinets() == 1
        || !folds(gone.size() - old.size(), boards.size() - old.size(), 9, 10, open)
        || (!open && cabinets < 2)) {
      return null;
    }
    return window.found(
        POD_SILENT, path, /* critical= */ true, gone.size() * window.layout.chipsPerBoard());
  }

  /**
   * A cabinet is silent if three quarters of its boards are, without those that have long been
   * silent, as in a pod. Boards that say only what is late count as silent while the pod is, and
   * where the cabinet is silent already or is all of the pod.
   */
  private static void cabinet(ObviousJudgement window, int cab, @Nullable ObviousFinding pod) {
    int perCabinet = window.layout.boardsPerCabinet();
    String path = window.layout.cabinetPath(cab);
    boolean open = window.isOpen(CABINET_SILENT, path);
    boolean lateIsSilent = pod != null || open || window.layout.cabinets() == 1;
    List<Integer> boards = parts(window, cab * perCabinet, (cab + 1) * perCabinet);
    List<Integer> gone = gone(window, boards, lateIsSilent);
    List<Integer> silent = gone(window, boards, /* lateIsSilent= */ false);
    ObviousFinding whole = pod;
    int old = old(window, boards, gone, /* ofCabinets= */ false).size();
    boolean folds =
        folds(gone.size() - old, boards.size() - old, 3, 4, open)
            && (open || gone.size() - old > 1);
    if (perCabinet > 1 && folds) {
      int chips = gone.size() * window.layout.chipsPerBoard();
      whole = window.found(CABINET_SILENT, path, /* critical= */ true, chips);
      long early = silent.stream().filter(b -> fellSilentBefore(window, b)).count();
      whole.windowsBefore = early * 4 >= (boards.size() - old) * 3L ? 1 : 0;
      whole.explainedBy(pod);
    }
    for (int b : silent) {
      ObviousFinding board =
          window.found(
              BOARD_SILENT,
              window.layout.boardPath(b),
              window.synchronous(b),
              window.layout.chipsPerBoard());
      board.windowsBefore = fellSilentBefore(window, b) ? 1 : 0;
      board.explainedBy(whole);
    }
  }

  /** Those of some boards that are silent. */
  private static List<Integer> gone(
      ObviousJudgement window, List<Integer> boards, boolean lateIsSilent) {
    return boards.stream()
        .filter(
            b ->
                window.heard.get(b) == Heard.SILENT
                    || (lateIsSilent && window.heard.get(b) == Heard.LATE))
        .toList();
  }

  /**
   * Those of some boards that have been silent for ten minutes by themselves, or with their cabinet
   * if that is asked; none if all are gone.
   */
  private static Set<Integer> old(
      ObviousJudgement window, List<Integer> boards, List<Integer> gone, boolean ofCabinets) {
    PodLayout layout = window.layout;
    return gone.size() == boards.size()
        ? Set.of()
        : gone.stream()
            .filter(b -> window.heard.get(b) == Heard.SILENT)
            .filter(
                b ->
                    window.isOpenForLong(BOARD_SILENT, layout.boardPath(b))
                        || (ofCabinets
                            && window.isOpenForLong(
                                CABINET_SILENT, layout.cabinetPath(layout.cabinetOfBoard(b)))))
            .collect(Collectors.toSet());
  }

  /** Boards of a range on which no work was announced. */
  private static List<Integer> parts(ObviousJudgement window, int from, int to) {
    return IntStream.range(from, to)
        .filter(b -> window.heard.get(b) != Heard.AWAY)
        .boxed()
        .toList();
  }

  /** Whether so many parts are gone that the whole is; to go on, half of them are enough. */
  private static boolean folds(int gone, int parts, int numerator, int denominator, boolean open) {
    return gone > 0 && (gone * denominator >= parts * numerator || (open && gone * 2 >= parts));
  }

  /**
   * Whether a silent board spoke in the window before, but not in its last quarter. That says
   * something only if boards report so often that such a gap shows: one of them four times or more
   * in this window.
   */
  private static boolean fellSilentBefore(ObviousJudgement window, int board) {
    boolean often =
        IntStream.range(0, window.layout.boards())
            .anyMatch(b -> window.said(b).size() >= FEWEST_REPORTS);
    long newest =
        window.history.stream()
            .filter(r -> r.board() == board)
            .mapToLong(ObviousReport::timeMs)
            .max()
            .orElse(Long.MIN_VALUE);
    int windowMs = window.settings.windowMs();
    return often && newest >= window.startMs - windowMs && newest <= window.startMs - windowMs / 4;
  }

  /**
   * A board that says only what fits no window has a wrong clock, and one that is ahead for as long
   * as it stays so. If it is late and its cabinet or pod is silent or was so of late, that explains
   * it: a backlog drains.
   */
  private static void clock(ObviousJudgement window, int b) {
    boolean late = window.heard.get(b) == Heard.LATE;
    boolean staysAhead =
        window.heard.get(b) == Heard.REPORTS
            && window.isOpen(BOARD_CLOCK, window.layout.boardPath(b))
            && window.ahead(b);
    if (!late && !staysAhead && window.heard.get(b) != Heard.ASTRAY) {
      return;
    }
    ObviousFinding clock =
        window.found(
            BOARD_CLOCK,
            window.layout.boardPath(b),
            /* critical= */ false,
            window.layout.chipsPerBoard());
    if (late) {
      ObviousFinding cabinet =
          window.explains(
              CABINET_SILENT, window.layout.cabinetPath(window.layout.cabinetOfBoard(b)));
      clock.explainedBy(
          cabinet != null ? cabinet : window.explains(POD_SILENT, window.layout.pod()));
    }
  }

  /**
   * A host that restarted is told when anything is heard of its board again, unless the silence is
   * an incident already or work on it was announced.
   */
  private static void restart(ObviousJudgement window, int b) {
    if (window.heard.get(b) == Heard.SILENT || !window.restarted.remove(b)) {
      return;
    }
    String path = window.layout.boardPath(b);
    String cabinet = window.layout.cabinetPath(window.layout.cabinetOfBoard(b));
    if (window.heard.get(b) != Heard.AWAY
        && !window.isOpen(BOARD_SILENT, path)
        && !window.isOpen(CABINET_SILENT, cabinet)
        && !window.isOpen(POD_SILENT, window.layout.pod())) {
      window.found(HOST_RESTART, path, /* critical= */ false, window.layout.chipsPerBoard());
    }
  }

  /**
   * Chips that are missing while their board reports; three quarters of them are the board, of
   * those that have not long been missing, or of all.
   */
  private void chips(ObviousJudgement window, int b) {
    if (!window.reports(b)) {
      for (int i = 0; i < window.layout.chipsPerBoard(); i++) {
        chips.remove(window.layout.chipIndex(b, i));
      }
      return;
    }
    int due = due(window, b);
    List<Integer> gone = new ArrayList<>();
    for (int i = 0; i < window.layout.chipsPerBoard(); i++) {
      int chip = window.layout.chipIndex(b, i);
      Presence p = chips.computeIfAbsent(chip, c -> new Presence());
      if (due == 0) {
        unsaid(window, p);
      } else {
        said(p, window.samples(chip).size(), due);
      }
      if (p.missing >= (due == 0 ? 2 : 1)) {
        gone.add(chip);
      }
    }
    missing(window, b, gone);
  }

  /**
   * Samples that a chip should have: as many as another one of its board, and one more for each
   * report that says nothing at all. None are due if nothing was said but of links.
   */
  private static int due(ObviousJudgement window, int b) {
    int most = 0;
    for (int i = 0; i < window.layout.chipsPerBoard(); i++) {
      most = Math.max(most, window.samples(window.layout.chipIndex(b, i)).size());
    }
    long empty =
        window.said(b).stream().filter(r -> r.chips().isEmpty() && r.links().isEmpty()).count();
    return most + (int) empty;
  }

  /** A window that said something of chips. */
  private static void said(Presence p, int samples, int due) {
    p.unsaid = 0;
    p.early = samples == 0 && p.inPart;
    if (samples == 0) {
      p.missing += p.early ? 2 : 1;
    } else {
      p.missing = 0;
    }
    p.inPart = samples > 0 && due >= FEWEST_REPORTS && (due - samples) * 4 >= due;
  }

  /**
   * A window with links alone: chips are what they were, and missing after a minute of it, or two
   * windows. A chip that was missing in one window before counts once.
   */
  private static void unsaid(ObviousJudgement window, Presence p) {
    p.inPart = false;
    p.early = false;
    if (p.missing == 0) {
      p.unsaid++;
      p.early = p.unsaid > Math.max(2, 60_000 / window.settings.windowMs());
      p.missing = p.early ? 2 : 0;
    } else if (p.missing > 1) {
      p.missing++;
    }
  }

  private void missing(ObviousJudgement window, int b, List<Integer> gone) {
    int perBoard = window.layout.chipsPerBoard();
    String path = window.layout.boardPath(b);
    boolean critical = window.synchronous(b);
    ObviousFinding board = null;
    int old =
        gone.size() == perBoard
            ? 0
            : (int)
                gone.stream()
                    .filter(c -> window.isOpenForLong(CHIP_SILENT, window.layout.chipPath(c)))
                    .count();
    boolean open = window.isOpen(BOARD_SILENT, path);
    if (perBoard > 1 && folds(gone.size() - old, perBoard - old, 3, 4, open)) {
      board = window.found(BOARD_SILENT, path, critical, gone.size());
      long early = gone.stream().filter(c -> presence(c).early).count();
      board.windowsBefore = early * 4 >= (perBoard - old) * 3L ? 1 : 0;
    }
    for (int chip : gone) {
      ObviousFinding finding =
          window.found(CHIP_SILENT, window.layout.chipPath(chip), critical, /* chips= */ 1);
      finding.windowsBefore = presence(chip).missing == 2 ? 1 : 0;
      finding.explainedBy(board);
    }
  }

  private Presence presence(int chip) {
    return chips.getOrDefault(chip, new Presence());
  }

  /** Whether over two windows have said nothing of a chip although its board reported. */
  boolean longUnheard(int chip) {
    Presence p = presence(chip);
    return p.missing > 2 || (p.missing == 0 && p.unsaid > 2);
  }

  /** Windows in a row in which a chip was missing although its board reported. */
  int missing(int chip) {
    return presence(chip).missing;
  }
}
