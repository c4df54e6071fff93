package io.isotherm.core;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The obvious version of what {@link PodMonitor} counts: maps of lists, everything recomputed from
 * all that was ever seen. It knows windows, lateness, duplicates and sums; no findings.
 */
final class ObviousMonitor {
  record Totals(
      long startMs,
      int boards,
      int chips,
      List<Integer> temperatures,
      long power,
      List<Integer> utilizations,
      long reports,
      long late,
      long duplicates) {}

  private record Key(int board, long start, long sequence) {}

  private record Sample(int chip, int temperature, int power, int utilization) {}

  private final PodLayout layout;
  private final DetectorSettings settings;
  private final Set<Key> seen = new HashSet<>();
  private final Map<Integer, Long> clock = new HashMap<>();
  private final Set<Integer> live = new HashSet<>();
  private final TreeMap<Long, List<Sample>> samples = new TreeMap<>();
  private final TreeMap<Long, Set<Integer>> heard = new TreeMap<>();
  private long open = -1;
  private long reports;
  private long late;
  private long duplicates;
  final List<Totals> closed = new ArrayList<>();

  ObviousMonitor(PodLayout layout, DetectorSettings settings) {
    this.layout = layout;
    this.settings = settings;
    for (int b = 0; b < layout.boards(); b++) {
      live.add(b);
    }
  }

  void accept(Report r) {
    int board = layout.boardIndex(r.cabinet, r.board);
    long window = r.timeMs / settings.windowMs();
    if (open < 0) {
      open = window;
    }
    if (!seen.add(new Key(board, r.agentStartMs, r.sequence))) {
      duplicates++;
    } else if (window < open) {
      late++;
    } else {
      reports++;
      heard.computeIfAbsent(window, w -> new HashSet<>()).add(board);
      for (int i = 0; i < r.chipCount; i++) {
        int chip = layout.chipIndex(board, r.chip[i]);
        samples
            .computeIfAbsent(window, w -> new ArrayList<>())
            .add(new Sample(chip, r.temperature[i], r.power[i], r.utilization[i]));
      }
      clock.merge(board, r.timeMs, Math::max);
      live.add(board);
    }
    while (ripe()) {
      close();
    }
  }

  private boolean ripe() {
    long end = (open + 1) * settings.windowMs();
    long past = live.stream().filter(b -> clock.getOrDefault(b, 0L) >= end).count();
    long waited =
        live.stream().filter(b -> clock.getOrDefault(b, 0L) >= end + settings.graceMs()).count();
    return !live.isEmpty() && (past == live.size() || waited * 2 >= live.size());
  }

  private void close() {
    List<Sample> all = samples.getOrDefault(open, List.of());
    Set<Integer> boards = heard.getOrDefault(open, Set.of());
    TreeMap<Integer, List<Sample>> byChip = new TreeMap<>();
    for (Sample s : all) {
      byChip.computeIfAbsent(s.chip, c -> new ArrayList<>()).add(s);
    }
    List<Integer> temperatures = new ArrayList<>();
    List<Integer> utilizations = new ArrayList<>();
    long power = 0;
    for (List<Sample> of : byChip.values()) {
      List<Integer> t = present(of.stream().map(Sample::temperature).toList());
      List<Integer> u = present(of.stream().map(Sample::utilization).toList());
      List<Integer> p = present(of.stream().map(Sample::power).toList());
      if (!t.isEmpty()) {
        temperatures.add(Math.floorDiv(sum(t), t.size()));
      }
      if (!u.isEmpty()) {
        utilizations.add(sum(u) / u.size());
      }
      power += p.isEmpty() ? 0 : sum(p) / p.size();
    }
    closed.add(
        new Totals(
            open * settings.windowMs(),
            boards.size(),
            byChip.size(),
            temperatures,
            power,
            utilizations,
            reports,
            late,
            duplicates));
    long end = (open + 1) * settings.windowMs();
    for (int b = 0; b < layout.boards(); b++) {
      if (boards.contains(b) || clock.getOrDefault(b, 0L) >= end) {
        live.add(b);
      } else {
        live.remove(b);
      }
    }
    open++;
  }

  private static List<Integer> present(List<Integer> values) {
    return values.stream().filter(v -> v != Report.ABSENT).toList();
  }

  private static int sum(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).sum();
  }
}
