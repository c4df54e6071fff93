package io.isotherm.benchmarks;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Windows computed in the obvious way from reports that are in order, each delivered once: what
 * every job that judges windows must find out.
 */
final class ObviousWindows {
  private record Key(int pod, long windowStartMs) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      return pod != other.pod
          ? Integer.compare(pod, other.pod)
          : Long.compare(windowStartMs, other.windowStartMs);
    }
  }

  /** Number and sum of the readings of one kind, for every chip. */
  private static final class Readings {
    final int[] count;
    final long[] sum;

    Readings(int chips) {
      count = new int[chips];
      sum = new long[chips];
    }

    void add(int chip, int value) {
      if (value != Report.ABSENT) {
        count[chip]++;
        sum[chip] += value;
      }
    }

    int mean(int chip) {
      return (int) Math.floorDiv(sum[chip], (long) count[chip]);
    }
  }

  private static final class Window {
    final boolean[] boards;
    final boolean[] chips;
    final Readings temperature;
    final Readings power;
    final Readings utilization;

    Window(PodLayout layout) {
      boards = new boolean[layout.boards()];
      chips = new boolean[layout.chips()];
      temperature = new Readings(layout.chips());
      power = new Readings(layout.chips());
      utilization = new Readings(layout.chips());
    }
  }

  private final Map<String, Integer> podIndex = new TreeMap<>();
  private final List<PodLayout> pods;
  private final int windowMs;
  private final long untilMs;
  private final Map<Key, Window> open = new TreeMap<>();

  /**
   * @param untilMs end of the last window that counts
   */
  ObviousWindows(List<PodLayout> pods, int windowMs, long untilMs) {
    this.pods = List.copyOf(pods);
    this.windowMs = windowMs;
    this.untilMs = untilMs;
    for (int p = 0; p < pods.size(); p++) {
      podIndex.put(pods.get(p).pod(), p);
    }
  }

  void accept(Report r) {
    if (r.timeMs >= untilMs) {
      return;
    }
    int pod = podIndex.getOrDefault(r.pod, -1);
    PodLayout layout = pods.get(pod);
    Window w =
        open.computeIfAbsent(
            new Key(pod, Math.floorDiv(r.timeMs, windowMs) * windowMs), k -> new Window(layout));
    int board = layout.boardIndex(r.cabinet, r.board);
    w.boards[board] = true;
    for (int i = 0; i < r.chipCount; i++) {
      int chip = layout.chipIndex(board, r.chip[i]);
      w.chips[chip] = true;
      w.temperature.add(chip, r.temperature[i]);
      w.power.add(chip, r.power[i]);
      w.utilization.add(chip, r.utilization[i]);
    }
  }

  /** Writes what the windows that end before a time say, and forgets them. */
  void close(long beforeMs, Answer answer) {
    List<Key> done = new ArrayList<>();
    open.forEach(
        (key, window) -> {
          if (key.windowStartMs() + windowMs <= beforeMs) {
            write(pods.get(key.pod()), key.windowStartMs(), window, answer);
            done.add(key);
          }
        });
    done.forEach(open::remove);
  }

  private static void write(PodLayout layout, long start, Window w, Answer answer) {
    int[] temperatures = new int[Answer.TEMPERATURE_BUCKETS];
    int[] utilizations = new int[Answer.UTILIZATION_BUCKETS];
    long temperatureSum = 0;
    long utilizationSum = 0;
    long power = 0;
    int chips = 0;
    for (int cabinet = 0; cabinet < layout.cabinets(); cabinet++) {
      int max = Report.ABSENT;
      int measured = 0;
      long cabinetSum = 0;
      long cabinetPower = 0;
      int first = cabinet * layout.chipsPerCabinet();
      for (int chip = first; chip < first + layout.chipsPerCabinet(); chip++) {
        chips += w.chips[chip] ? 1 : 0;
        cabinetPower += w.power.count[chip] == 0 ? 0 : w.power.mean(chip);
        if (w.utilization.count[chip] > 0) {
          int mean = w.utilization.mean(chip);
          utilizationSum += mean;
          utilizations[Answer.utilizationBucket(mean)]++;
        }
        if (w.temperature.count[chip] > 0) {
          int mean = w.temperature.mean(chip);
          measured++;
          cabinetSum += mean;
          max = Math.max(max, mean);
          temperatures[Answer.temperatureBucket(mean)]++;
        }
      }
      int mean = measured == 0 ? Report.ABSENT : (int) Math.floorDiv(cabinetSum, (long) measured);
      answer.cabinet(layout.pod(), start, cabinet, max, mean, cabinetPower);
      temperatureSum += cabinetSum;
      power += cabinetPower;
    }
    int boards = 0;
    for (boolean reporting : w.boards) {
      boards += reporting ? 1 : 0;
    }
    answer.pod(
        layout.pod(),
        start,
        boards,
        chips,
        power,
        temperatures,
        temperatureSum,
        utilizations,
        utilizationSum);
  }
}
