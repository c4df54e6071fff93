package io.isotherm.benchmarks;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

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

  /** The newest reading of every port of a pod. */
  private static final class Ports {
    private static final int NEVER = -1;

    /** Since the first window's begin. */
    final int[] timeMs;

    final long[] txBytes;
    final long[] rxBytes;

    /** Checksum errors and retries. */
    final int[] errors;

    Ports(int ports) {
      timeMs = new int[ports];
      Arrays.fill(timeMs, NEVER);
      txBytes = new long[ports];
      rxBytes = new long[ports];
      errors = new int[ports];
    }
  }

  private static final class Window {
    private static final byte UP = 1;
    private static final byte DOWN = 2;
    private static final byte DEGRADED = 3;

    final boolean[] boards;
    final boolean[] chips;
    final Readings temperature;
    final Readings power;
    final Readings utilization;

    /** What the newest reading said of each port; 0 if there was none. */
    final byte[] ports;

    long txBytes;
    long rxBytes;
    long errors;

    Window(PodLayout layout) {
      boards = new boolean[layout.boards()];
      chips = new boolean[layout.chips()];
      temperature = new Readings(layout.chips());
      power = new Readings(layout.chips());
      utilization = new Readings(layout.chips());
      ports = new byte[layout.ports()];
    }

    int ports(byte said) {
      int count = 0;
      for (byte port : ports) {
        count += port == said ? 1 : 0;
      }
      return count;
    }
  }

  private final Map<String, Integer> podIndex = new TreeMap<>();
  private final List<PodLayout> pods;
  private final int windowMs;
  private final long fromMs;
  private final long untilMs;
  private final List<Ports> ports = new ArrayList<>();
  private final Map<Key, Window> open = new TreeMap<>();

  /**
   * @param fromMs begin of the first window
   * @param untilMs end of the last window that counts
   */
  ObviousWindows(List<PodLayout> pods, int windowMs, long fromMs, long untilMs) {
    this.pods = List.copyOf(pods);
    this.windowMs = windowMs;
    this.fromMs = fromMs;
    this.untilMs = untilMs;
    for (int p = 0; p < pods.size(); p++) {
      podIndex.put(pods.get(p).pod(), p);
      ports.add(new Ports(pods.get(p).ports()));
    }
  }

  void accept(Report r) {
    int pod = podIndex.getOrDefault(r.pod, -1);
    Window w = window(pod, r.timeMs);
    if (w != null) {
      chips(r, pods.get(pod), w);
    }
    if (r.linkCount > 0) {
      links(r, pods.get(pod), ports.get(pod), window(pod, r.timeMs - Answer.LINKS_LATER_MS));
    }
  }

  /** The window of a time, or null if it does not count. */
  private @Nullable Window window(int pod, long timeMs) {
    return timeMs < fromMs || timeMs >= untilMs
        ? null
        : open.computeIfAbsent(
            new Key(pod, Math.floorDiv(timeMs, windowMs) * windowMs),
            k -> new Window(pods.get(pod)));
  }

  private static void chips(Report r, PodLayout layout, Window w) {
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

  private void links(Report r, PodLayout layout, Ports before, @Nullable Window w) {
    int board = layout.boardIndex(r.cabinet, r.board);
    int timeMs = (int) (r.timeMs - fromMs);
    for (int i = 0; i < r.linkCount; i++) {
      int port = layout.portIndex(layout.chipIndex(board, r.linkChip[i]), r.linkPort[i]);
      long tx = Math.max(0, r.txBytes[i]);
      long rx = Math.max(0, r.rxBytes[i]);
      int errors = (int) (Math.max(0, r.crcErrors[i]) + Math.max(0, r.retries[i]));
      int elapsedMs = before.timeMs[port] == Ports.NEVER ? 0 : timeMs - before.timeMs[port];
      int more = elapsedMs == 0 ? 0 : Math.max(0, errors - before.errors[port]);
      if (w != null) {
        if (elapsedMs > 0) {
          w.txBytes += Math.max(0, tx - before.txBytes[port]);
          w.rxBytes += Math.max(0, rx - before.rxBytes[port]);
          w.errors += more;
        }
        w.ports[port] =
            switch (r.linkState[i]) {
              case Report.LINK_UP ->
                  elapsedMs > 0 && Answer.degraded(more, elapsedMs) ? Window.DEGRADED : Window.UP;
              case Report.LINK_DOWN -> Window.DOWN;
              default -> 0;
            };
      }
      before.timeMs[port] = timeMs;
      before.txBytes[port] = tx;
      before.rxBytes[port] = rx;
      before.errors[port] = errors;
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
    List<Integer> hottest =
        IntStream.range(0, layout.chips())
            .filter(chip -> w.temperature.count[chip] > 0)
            .boxed()
            .sorted(
                Comparator.comparingInt((Integer chip) -> -w.temperature.mean(chip))
                    .thenComparing(chip -> chip))
            .limit(Answer.HOT_SPOTS)
            .toList();
    for (int i = 0; i < hottest.size(); i++) {
      int chip = hottest.get(i);
      answer.hotSpot(layout.pod(), start, i + 1, layout.chipPath(chip), w.temperature.mean(chip));
    }
    answer.links(
        layout.pod(),
        start,
        w.ports(Window.UP),
        w.ports(Window.DOWN),
        w.ports(Window.DEGRADED),
        w.txBytes,
        w.rxBytes,
        w.errors);
  }
}
