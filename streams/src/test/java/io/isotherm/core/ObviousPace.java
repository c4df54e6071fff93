package io.isotherm.core;

import java.util.ArrayList;
import java.util.List;

/**
 * How fast a training job is and was, in the obvious way: by the mean tensor activity of its busy
 * chips, in ten thousandths, in windows of work.
 */
final class ObviousPace {
  /** Two minutes. */
  private static final int WINDOWS = 12;

  private record Window(int tensor, int lag, boolean explained) {}

  /** All windows of work, the newest last. */
  private final List<Window> windows = new ArrayList<>();

  /** What it did before, in 256ths of a ten thousandth; 0 while that is not known. */
  private int own;

  /** Mean distance of what it does from {@link #own}, as fine as that. */
  private int deviation;

  /** How far its last member always is behind, in 256ths of a thousandth; -1 if not known. */
  private int usualLag = -1;

  private boolean kept;

  void take(int tensor, int lag, boolean explained) {
    windows.add(new Window(tensor, lag, explained));
  }

  private List<Window> last() {
    return windows.subList(Math.max(0, windows.size() - WINDOWS), windows.size());
  }

  /**
   * Mean of the sixth to the eighth of the last twelve windows, sorted; 0 while there are fewer.
   */
  int recent() {
    if (windows.size() < WINDOWS) {
      return 0;
    }
    List<Integer> sorted = last().stream().map(Window::tensor).sorted().toList();
    return (sorted.get(5) + sorted.get(6) + sorted.get(7)) / 3;
  }

  /** What it did before, in ten thousandths. */
  int own() {
    return own / 256;
  }

  /** How far it is below what it did before, in thousandths; negative if it does more. */
  int below() {
    return own() == 0 || recent() == 0 ? 0 : (own() - recent()) * 1_000 / own();
  }

  /** How far it usually is off what it did before, in thousandths of that. */
  int deviation() {
    return own == 0 ? 0 : (int) (deviation * 1_000L / own);
  }

  /**
   * Follows what it does while that is not below its limit, by a 64th in a window, or by an eighth
   * where it does an eighth more; and what its last member is behind, while half of the limit is
   * not reached.
   */
  void keep(int limit) {
    int below = below();
    kept = below < limit;
    if (kept && recent() > 0) {
      follow();
    }
    if (below < limit / 2 && own > 0) {
      followLag();
    }
  }

  private void follow() {
    if (own == 0) {
      own = recent() * 256;
      return;
    }
    int off = recent() * 256 - own;
    own += off / (off > own / 8 ? 8 : 64);
    deviation += (Math.abs(off) - deviation) / 64;
  }

  /** A quarter of the windows, those with the largest lags, do not count. */
  private void followLag() {
    List<Integer> lags = last().stream().map(Window::lag).sorted().toList();
    int usual = lags.get(lags.size() - 1 - WINDOWS / 4);
    if (usual < 1_000) {
      usualLag = usualLag < 0 ? usual * 256 : usualLag + (usual * 256 - usualLag) / 16;
    }
  }

  /** Whether it was not below its limit in the window that was taken last. */
  boolean kept() {
    return kept;
  }

  /**
   * Whether in the last windows a part was at fault or a member explained any slowness, or one was
   * at least seven tenths as far behind as the job, and further than the last one always is by a
   * quarter of that. Of one that is 360 to 400 thousandths behind it is not known how far it is.
   */
  boolean heldUp() {
    int worst = last().stream().mapToInt(Window::lag).max().orElse(0);
    int usual = Math.max(0, usualLag) / 256;
    boolean further = (worst >= 360 && worst <= 400) || (worst - usual) * 4 >= below();
    return last().stream().anyMatch(Window::explained)
        || worst >= 1_000
        || (worst * 10 >= below() * 7 && further);
  }
}
