package io.isotherm.core;

import io.isotherm.core.ObviousJudgement.Heard;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What is added up over a window in the obvious way: a line for each thing that can be told. */
final class ObviousTotals {
  private ObviousTotals() {}

  /** The lines of a window. */
  static List<String> of(ObviousJudgement window) {
    Map<Integer, List<ObviousReport.Chip>> samples = new TreeMap<>();
    for (ObviousReport r : window.said) {
      for (ObviousReport.Chip c : r.chips()) {
        samples.computeIfAbsent(c.chip(), chip -> new ArrayList<>()).add(c);
      }
    }
    Map<Integer, Integer> temperatures = means(samples, ObviousReport.Chip::temperature);
    Map<Integer, Integer> power = means(samples, ObviousReport.Chip::power);
    Map<Integer, Integer> utilizations = means(samples, ObviousReport.Chip::utilization);
    // What is said of chips whose board does not count as heard is no temperature of the pod.
    temperatures.keySet().removeIf(c -> !window.reports(window.layout.boardOfChip(c)));
    List<String> lines = new ArrayList<>();
    long boards = window.said.stream().map(ObviousReport::board).distinct().count();
    lines.add("%d: %d boards, %d chips".formatted(window.startMs, boards, samples.size()));
    lines.add("in maintenance %d".formatted(inMaintenance(window, samples.keySet())));
    lines.add("power %d".formatted(sum(power)));
    lines.add(histogram("temperature", WindowSummary.TEMPERATURE_BOUNDS, 10, temperatures));
    lines.add(histogram("utilization", WindowSummary.UTILIZATION_BOUNDS, 1, utilizations));
    for (int cab = 0; cab < window.layout.cabinets(); cab++) {
      Map<Integer, Integer> here = inCabinet(window, cab, temperatures);
      lines.add(
          "cabinet %d: at most %s, mean %s, power %d"
              .formatted(
                  cab,
                  here.isEmpty() ? "absent" : here.values().stream().max(Integer::compare).get(),
                  here.isEmpty() ? "absent" : Math.floorDiv(sum(here), here.size()),
                  sum(inCabinet(window, cab, power))));
    }
    temperatures.entrySet().stream()
        .sorted(
            Map.Entry.<Integer, Integer>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(10)
        .forEach(
            e ->
                lines.add(
                    "hot spot %s: %d".formatted(window.layout.chipPath(e.getKey()), e.getValue())));
    return lines;
  }

  private static long inMaintenance(ObviousJudgement window, Set<Integer> sampled) {
    return IntStream.range(0, window.layout.chips())
        .filter(c -> window.heard.get(window.layout.boardOfChip(c)) == Heard.AWAY)
        .filter(c -> !sampled.contains(c))
        .count();
  }

  /** The same lines of a window of the monitor that is tested. */
  static List<String> of(PodWindow w) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%d: %d boards, %d chips"
            .formatted(w.windowStartMs(), w.boardsReporting(), w.chipsReporting()));
    lines.add("in maintenance %d".formatted(w.chipsInMaintenance()));
    lines.add("power %d".formatted(w.power()));
    lines.add(histogram("temperature", w.temperature()));
    lines.add(histogram("utilization", w.utilization()));
    for (PodWindow.Cabinet c : w.cabinets()) {
      lines.add(
          "cabinet %d: at most %s, mean %s, power %d"
              .formatted(
                  c.cabinet(), show(c.maxTemperature()), show(c.meanTemperature()), c.power()));
    }
    for (PodWindow.HotSpot spot : w.hotSpots()) {
      lines.add("hot spot %s: %d".formatted(spot.subject(), spot.temperature()));
    }
    return lines;
  }

  /** Means of a reading of chips, rounded down; of those that gave it. */
  static Map<Integer, Integer> means(
      Map<Integer, List<ObviousReport.Chip>> samples,
      Function<ObviousReport.Chip, @Nullable Integer> reading) {
    Map<Integer, Integer> means = new TreeMap<>();
    samples.forEach(
        (chip, of) -> {
          List<Integer> values = of.stream().map(reading).filter(Objects::nonNull).toList();
          if (!values.isEmpty()) {
            long sum = values.stream().mapToLong(v -> v).sum();
            means.put(chip, (int) Math.floorDiv(sum, (long) values.size()));
          }
        });
    return means;
  }

  private static Map<Integer, Integer> inCabinet(
      ObviousJudgement window, int cab, Map<Integer, Integer> values) {
    Map<Integer, Integer> here = new HashMap<>(values);
    here.keySet().removeIf(chip -> window.layout.cabinetOfChip(chip) != cab);
    return here;
  }

  private static long sum(Map<Integer, Integer> values) {
    return values.values().stream().mapToLong(v -> v).sum();
  }

  private static String histogram(
      String of, int[] bounds, int scale, Map<Integer, Integer> values) {
    int[] counts = new int[bounds.length + 1];
    for (int v : values.values()) {
      int i = 0;
      while (i < bounds.length && v > bounds[i] * scale) {
        i++;
      }
      counts[i]++;
    }
    return histogram(of, new PodWindow.Histogram(bounds, counts, sum(values)));
  }

  private static String histogram(String of, PodWindow.Histogram h) {
    return "%s %s, sum %d".formatted(of, java.util.Arrays.toString(h.counts()), h.sum());
  }

  private static String show(int value) {
    return value == io.isotherm.model.Report.ABSENT ? "absent" : Integer.toString(value);
  }
}
