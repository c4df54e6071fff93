package io.isotherm.core;

import static io.isotherm.model.Report.ABSENT;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;

/**
 * What the parts of a pod have said in one window that is not closed yet.
 *
 * <p>All that is kept of a chip lies side by side, in {@link #WORDS} words, so that a report of a
 * board touches one run of memory: at a million chips none of it is in a cache when the report
 * comes. The word of a reading holds its sum in the upper 24 bits and the number of its samples in
 * the lower 8; both saturate together at 255 samples.
 */
final class OpenWindow {
  /** {@link #flag}: the exporter called the chip broken. */
  static final int FATAL = 1;

  /** {@link #flag}: the chip held its clock down because of heat. */
  static final int THROTTLED = 2;

  /** {@link #flag}: the chip held its clock down to save power. */
  static final int POWER_SAVED = 4;

  /** {@link #flag}: the chip's counter of uncorrected memory errors grew. */
  static final int UNCORRECTED = 8;

  /** {@link #flag}: the chip's hardware slowed itself down; because of heat or power. */
  static final int SLOWED_DOWN = 16;

  /** Most memory in use that a chip can have, in mebibytes: 4 TiB. */
  static final int MOST_HBM = 4_194_304;

  /** Mebibytes in one unit of {@link #hbmUsed}. */
  static final int HBM_UNIT = 64;

  /** Highest power that a sum can take, in tenths of a watt. */
  static final int MOST_POWER = 50_000;

  /** Highest clock that a sum can take, in megahertz. */
  static final int MOST_CLOCK = 10_000;

  // The words of a chip.
  private static final int TEMPERATURE = 0;
  private static final int POWER = 1;
  private static final int UTILIZATION = 2;
  private static final int TENSOR = 3;
  private static final int CLOCK = 4;

  /** Upper half: most memory in use, in units; lower half: growth of corrected errors. */
  private static final int MEMORY = 5;

  /** Second byte: reports that spoke of the chip; lowest byte: flags. */
  private static final int SAID = 6;

  /** Words of a chip. */
  static final int WORDS = 7;

  private static final int MOST_SAMPLES = 0xff;

  /** Samples in a window of ten seconds at one a second. */
  private static final int USUAL_SAMPLES = 10;

  /** All words of all chips. */
  final int[] words;

  /** Per board: 1 if a chip gave its count of steps, 3 if that count grew in this window. */
  final byte[] steps;

  /**
   * Per board: in the low byte its reports, in the high one those of them that spoke neither of
   * chips nor of links. Both saturate; 0 if there was none.
   */
  final short[] reports;

  private static final int MOST_REPORTS = 0xff;
  private static final int MOST_EMPTY = 0x7f;

  OpenWindow(PodLayout layout) {
    words = new int[layout.chips() * WORDS];
    steps = new byte[layout.boards()];
    reports = new short[layout.boards()];
  }

  /**
   * Counts a report of a board.
   *
   * @param empty whether it speaks neither of chips nor of links
   */
  void report(int board, boolean empty) {
    int said = reports[board];
    int more = (said & MOST_REPORTS) < MOST_REPORTS ? 1 : 0;
    if (empty && said >> 8 < MOST_EMPTY) {
      more += 1 << 8;
    }
    reports[board] = (short) (said + more);
  }

  /** Reports of a board, up to 255. */
  int reports(int board) {
    return reports[board] & MOST_REPORTS;
  }

  /** Reports of a board that spoke neither of chips nor of links, up to 127. */
  int empty(int board) {
    return reports[board] >> 8;
  }

  /**
   * Adds what a report said of a chip, if all of it was said and is possible and the chip has not
   * spoken too often for the sums; otherwise adds nothing and returns false. Units and ranges are
   * those of {@link #add}.
   */
  boolean addIfUsual(
      int chip, int temperature, int power, int utilization, int tensor, int clock, int hbmUsed) {
    int[] w = words;
    int at = chip * WORDS;
    int said = w[at + SAID];
    // The sign of each difference: negative if a reading is out of its range, as absence is.
    int outside =
        (temperature - PeerStatistics.LOWEST)
            | (PeerStatistics.HIGHEST - temperature)
            | power
            | (MOST_POWER - power)
            | utilization
            | (1_000 - utilization)
            | tensor
            | (1_000 - tensor)
            | clock
            | (MOST_CLOCK - clock)
            | hbmUsed
            | (MOST_HBM - hbmUsed);
    if (outside < 0 || said >>> 8 >= Byte.MAX_VALUE) {
      return false;
    }
    w[at + TEMPERATURE] += ((temperature - PeerStatistics.LOWEST) << 8) + 1;
    w[at + POWER] += (power << 8) + 1;
    w[at + UTILIZATION] += (utilization << 8) + 1;
    w[at + TENSOR] += (tensor << 8) + 1;
    w[at + CLOCK] += (clock << 8) + 1;
    int memory = w[at + MEMORY];
    int units = Math.min(0xffff, (hbmUsed + HBM_UNIT - 1) / HBM_UNIT);
    if (units > memory >>> 16) {
      w[at + MEMORY] = units << 16 | (memory & 0xffff);
    }
    w[at + SAID] = said + (1 << 8);
    return true;
  }

  /**
   * Adds what a report said of a chip; {@link Report#ABSENT} readings add nothing.
   *
   * @param temperature tenths of a degree, {@link PeerStatistics#LOWEST} to {@link
   *     PeerStatistics#HIGHEST}
   * @param power tenths of a watt, 0 to {@link #MOST_POWER}
   * @param utilization thousandths, 0 to 1,000
   * @param tensor tensor activity in thousandths, 0 to 1,000
   * @param clock megahertz, 0 to {@link #MOST_CLOCK}
   * @param hbmUsed memory in use in mebibytes, 0 to {@link #MOST_HBM}
   */
  void add(
      int chip, int temperature, int power, int utilization, int tensor, int clock, int hbmUsed) {
    int[] w = words;
    int at = chip * WORDS;
    if (temperature != ABSENT) {
      w[at + TEMPERATURE] = sum(w[at + TEMPERATURE], temperature - PeerStatistics.LOWEST);
    }
    if (power != ABSENT) {
      w[at + POWER] = sum(w[at + POWER], power);
    }
    if (utilization != ABSENT) {
      w[at + UTILIZATION] = sum(w[at + UTILIZATION], utilization);
    }
    if (tensor != ABSENT) {
      w[at + TENSOR] = sum(w[at + TENSOR], tensor);
    }
    if (clock != ABSENT) {
      w[at + CLOCK] = sum(w[at + CLOCK], clock);
    }
    int memory = w[at + MEMORY];
    int units = Math.min(0xffff, (hbmUsed + HBM_UNIT - 1) / HBM_UNIT);
    if (hbmUsed != ABSENT && units > memory >>> 16) {
      w[at + MEMORY] = units << 16 | (memory & 0xffff);
    }
    int said = w[at + SAID];
    w[at + SAID] = said >>> 8 < Byte.MAX_VALUE ? said + (1 << 8) : said;
  }

  private static int sum(int word, int value) {
    return (word & MOST_SAMPLES) == MOST_SAMPLES ? word : word + (value << 8) + 1;
  }

  /** Reports that spoke of the chip, up to 127. */
  int samples(int chip) {
    return words[chip * WORDS + SAID] >>> 8;
  }

  /** Sets a flag of the chip. */
  void flag(int chip, int flag) {
    words[chip * WORDS + SAID] |= flag;
  }

  /** Whether one of these flags of the chip is set. */
  boolean flagged(int chip, int flags) {
    return (words[chip * WORDS + SAID] & flags) != 0;
  }

  /** The chip's counter of corrected memory errors grew by {@code errors}, at least 1. */
  void addCorrected(int chip, int errors) {
    int at = chip * WORDS + MEMORY;
    int grown = (words[at] & 0xffff) + Math.min(Short.MAX_VALUE, errors);
    words[at] = (words[at] & 0xffff0000) | Math.min(Short.MAX_VALUE, grown);
  }

  /** Mean temperature of a chip in tenths of a degree; only if {@link #hasTemperature}. */
  int temperature(int chip) {
    int word = words[chip * WORDS + TEMPERATURE];
    return mean(word) + PeerStatistics.LOWEST;
  }

  /** Whether the chip's temperature was given. */
  boolean hasTemperature(int chip) {
    return words[chip * WORDS + TEMPERATURE] != 0;
  }

  /** Mean tensor activity of a chip in thousandths, or -1 if it was not given. */
  int tensor(int chip) {
    return mean(words[chip * WORDS + TENSOR]);
  }

  /** Mean clock of a chip in megahertz, or -1 if it was not given. */
  int clock(int chip) {
    return mean(words[chip * WORDS + CLOCK]);
  }

  /** Mean power of a chip in tenths of a watt, or -1 if it was not given. */
  int power(int chip) {
    return mean(words[chip * WORDS + POWER]);
  }

  /** Mean utilization of a chip in thousandths, or -1 if it was not given. */
  int utilization(int chip) {
    return mean(words[chip * WORDS + UTILIZATION]);
  }

  private static int mean(int word) {
    if (word == 0) {
      return -1;
    }
    int sum = word >>> 8;
    int samples = word & MOST_SAMPLES;
    // A division by a constant costs a fraction of any other.
    return samples == USUAL_SAMPLES ? sum / USUAL_SAMPLES : sum / samples;
  }

  /** Most memory in use, in units of {@link #HBM_UNIT}; 0 if it was not given. */
  int hbmUsed(int chip) {
    return words[chip * WORDS + MEMORY] >>> 16;
  }

  /** Growth of the chip's counter of corrected memory errors, up to 32,767. */
  int corrected(int chip) {
    return words[chip * WORDS + MEMORY] & 0xffff;
  }

  /** As {@link PodState#fetch}, of the chips of a board. */
  int fetch(int board, int firstChip, int chips) {
    int end = (firstChip + chips) * WORDS;
    int any = reports[board] + steps[board] + words[end - 1];
    for (int at = firstChip * WORDS; at < end; at += PodState.LINE_INTS) {
      any += words[at];
    }
    return any;
  }

  /** Whether a board from {@code from} to before {@code to} reported. */
  boolean heard(int from, int to) {
    for (int b = from; b < to; b++) {
      if (reports[b] != 0) {
        return true;
      }
    }
    return false;
  }
}
