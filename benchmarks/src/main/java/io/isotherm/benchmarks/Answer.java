package io.isotherm.benchmarks;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a job found out, as lines of text that must be the same whoever computed them; their order
 * does not count. To say a line twice is an error: who judges exactly once says all of it once.
 *
 * <p>{@link #pod}, {@link #cabinet}, {@link #hotSpot} and {@link #links} write the lines of a job
 * that judges windows. A chip's mean is the sum of its readings in the window divided by their
 * number, rounded down, in the units of the reports; sums, histograms and hot spots are over those
 * means.
 *
 * <p>Of a port counts what its readings say: its newest state in the window, and by how much its
 * counters grew from one reading to the next, in the window of the later one. A first reading is
 * only a base; a counter that fell began anew and has not grown; one that is absent is 0.
 */
public final class Answer {
  private static final int[] TEMPERATURE_BOUNDS = {
    20, 30, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95
  };

  private static final int[] UTILIZATION_BOUNDS = {
    0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000
  };

  /** Number of buckets of the temperature histogram. */
  public static final int TEMPERATURE_BUCKETS = TEMPERATURE_BOUNDS.length + 1;

  /** Number of buckets of the utilization histogram. */
  public static final int UTILIZATION_BUCKETS = UTILIZATION_BOUNDS.length + 1;

  /** Chips that are named as the hottest of a pod, at most. */
  public static final int HOT_SPOTS = 10;

  /**
   * How much later than a window its readings of links begin and end, in milliseconds: the interval
   * of the reports. The monitor closes a window when the last board has passed its end, and counts
   * all links that it has read by then: when every board reports once a second, in order, those of
   * the first second behind the window, too.
   */
  public static final int LINKS_LATER_MS = 1_000;

  /** Checksum errors and retries a second from which a port is degraded: the monitor's default. */
  public static final int LINK_ERRORS_PER_SECOND = 10;

  private final SortedSet<String> lines = new TreeSet<>();

  /**
   * A pod in a window.
   *
   * @param boards boards with a report in the window
   * @param chips chips with a sample in the window
   * @param power sum of the chips' mean power, in tenths of a watt
   * @param temperatures chips in each {@link #temperatureBucket}
   * @param temperatureSum sum of the mean temperatures, in tenths of a degree
   * @param utilizations chips in each {@link #utilizationBucket}
   * @param utilizationSum sum of the mean utilizations, in thousandths
   */
  public void pod(
      String pod,
      long windowStartMs,
      int boards,
      int chips,
      long power,
      int[] temperatures,
      long temperatureSum,
      int[] utilizations,
      long utilizationSum) {
    StringBuilder line = new StringBuilder();
    line.append(pod).append(' ').append(windowStartMs);
    line.append(' ').append(boards).append(' ').append(chips).append(' ').append(power);
    append(line, temperatures, temperatureSum);
    append(line, utilizations, utilizationSum);
    add(line.toString());
  }

  private static void append(StringBuilder line, int[] counts, long sum) {
    for (int count : counts) {
      line.append(' ').append(count);
    }
    line.append(' ').append(sum);
  }

  /**
   * A cabinet in a window.
   *
   * @param cabinet number in the pod, from 0
   * @param maxTemperature highest mean temperature of a chip, in tenths of a degree
   * @param meanTemperature mean of the mean temperatures, rounded down, in tenths of a degree
   * @param power sum of the chips' mean power, in tenths of a watt
   */
  public void cabinet(
      String pod,
      long windowStartMs,
      int cabinet,
      int maxTemperature,
      int meanTemperature,
      long power) {
    add(
        "%s/%d %d %d %d %d"
            .formatted(pod, cabinet, windowStartMs, maxTemperature, meanTemperature, power));
  }

  /**
   * One of the hottest chips of a pod in a window; of equally hot ones the first by cabinet, board
   * and position is the hotter.
   *
   * @param rank from 1, the hottest, to {@value #HOT_SPOTS}
   * @param chip its path, as the monitor writes it
   * @param temperature mean temperature in tenths of a degree
   */
  public void hotSpot(String pod, long windowStartMs, int rank, String chip, int temperature) {
    add("%s/hot %d %d %s %d".formatted(pod, windowStartMs, rank, chip, temperature));
  }

  /**
   * The ports of a pod in a window, which for them begins and ends {@value #LINKS_LATER_MS} ms
   * later.
   *
   * @param up ports that were up, and not degraded, at their newest reading in the window
   * @param down ports that were down at it
   * @param degraded ports that were up and {@link #degraded} at it
   * @param txBytes growth of the bytes sent, over all ports
   * @param rxBytes growth of the bytes received
   * @param errors growth of checksum errors and retries
   */
  public void links(
      String pod,
      long windowStartMs,
      int up,
      int down,
      int degraded,
      long txBytes,
      long rxBytes,
      long errors) {
    add(
        "%s/links %d %d %d %d %d %d %d"
            .formatted(pod, windowStartMs, up, down, degraded, txBytes, rxBytes, errors));
  }

  private void add(String line) {
    if (!lines.add(line)) {
      throw new IllegalStateException("the answer says twice: " + line);
    }
  }

  /** The lines in order. */
  public SortedSet<String> lines() {
    return lines;
  }

  /** Digest of the lines: {@code windows:} and 16 hexadecimal digits of their SHA-256. */
  public String digest() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (String line : lines) {
        sha.update(line.getBytes(StandardCharsets.UTF_8));
        sha.update((byte) '\n');
      }
      return "windows:" + HexFormat.of().formatHex(sha.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Digest of a job that finds out nothing but how many reports there are. */
  static String records(long reports) {
    return "records:" + reports;
  }

  /** Digest of a job that only reads: what it counted and the sum of all temperatures. */
  public static String samples(long reports, long chipSamples, long temperatureSum) {
    return "samples:%d:%d:%d".formatted(reports, chipSamples, temperatureSum);
  }

  /**
   * Bucket of a temperature rounded up to whole degrees: up to 20, 30, 40, 45, 50 ... 95, and
   * above.
   *
   * @param mean mean temperature of a chip, in tenths of a degree Celsius
   */
  public static int temperatureBucket(int mean) {
    return bucket(TEMPERATURE_BOUNDS, -Math.floorDiv(-mean, 10));
  }

  /**
   * Bucket of a utilization: up to 0, 100, 200 ... 1000 thousandths, and above.
   *
   * @param mean mean utilization of a chip, in thousandths
   */
  public static int utilizationBucket(int mean) {
    return bucket(UTILIZATION_BOUNDS, mean);
  }

  /**
   * Whether a port that is up has so many errors that it is degraded.
   *
   * @param errors growth of checksum errors and retries between two readings of the port
   * @param elapsedMs time between the two
   */
  public static boolean degraded(long errors, long elapsedMs) {
    return errors * 1_000 >= LINK_ERRORS_PER_SECOND * elapsedMs;
  }

  private static int bucket(int[] bounds, int value) {
    int i = 0;
    while (i < bounds.length && value > bounds[i]) {
      i++;
    }
    return i;
  }
}
