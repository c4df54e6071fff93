package io.isotherm.backtest;

import io.isotherm.core.PodWindow.StateCounts;
import java.util.ArrayList;
import java.util.List;

/**
 * Chips in each state over time, in a bounded number of points: when there are too many, two
 * neighbours become one, which keeps the one with more chips that are not healthy.
 */
final class Timeline {
  private static final int MOST = 1_000;

  /** The states at the beginning of a window, in milliseconds since 1970-01-01 UTC. */
  record Point(long atMs, StateCounts states) {}

  private final List<Point> points = new ArrayList<>();
  private int windowsPerPoint = 1;
  private int windowsInLast;

  void add(long atMs, StateCounts states) {
    if (windowsInLast < windowsPerPoint && !points.isEmpty()) {
      int last = points.size() - 1;
      points.set(last, worse(points.get(last), new Point(atMs, states)));
      windowsInLast++;
      return;
    }
    if (points.size() == MOST) {
      List<Point> half = new ArrayList<>();
      for (int i = 0; i < MOST; i += 2) {
        half.add(worse(points.get(i), points.get(i + 1)));
      }
      points.clear();
      points.addAll(half);
      windowsPerPoint *= 2;
    }
    points.add(new Point(atMs, states));
    windowsInLast = 1;
  }

  private static Point worse(Point a, Point b) {
    boolean second = ill(b.states()) > ill(a.states());
    return new Point(a.atMs(), second ? b.states() : a.states());
  }

  private static int ill(StateCounts s) {
    return s.total() - s.healthy();
  }

  List<Point> points() {
    return List.copyOf(points);
  }
}
