package io.isotherm.benchmarks.peers;

import io.isotherm.benchmarks.Answer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;

/**
 * The hottest chips of a cabinet or a pod in one window, hottest first. Each is one number that is
 * higher the hotter the chip is and, of equally hot ones, the earlier it is in the pod.
 */
final class Hottest {
  /** Length of {@link #write} in bytes. */
  static final int BYTES = Answer.HOT_SPOTS * Long.BYTES;

  private static final long NOBODY = Long.MIN_VALUE;

  private static final int PLACE_BITS = 40;
  private static final int CABINET_SHIFT = 24;
  private static final int BOARD_SHIFT = 12;
  private static final long PLACE = (1L << PLACE_BITS) - 1;
  private static final long PART = (1L << BOARD_SHIFT) - 1;

  private final long[] chips = new long[Answer.HOT_SPOTS];

  Hottest() {
    Arrays.fill(chips, NOBODY);
  }

  /**
   * Adds a chip.
   *
   * @param temperature in tenths of a degree Celsius
   */
  void add(int temperature, int cabinet, int board, int chip) {
    long place = (long) cabinet << CABINET_SHIFT | (long) board << BOARD_SHIFT | chip;
    add((long) temperature << PLACE_BITS | PLACE - place);
  }

  private void add(long chip) {
    int at = chips.length - 1;
    if (chip <= chips[at]) {
      return;
    }
    for (; at > 0 && chips[at - 1] < chip; at--) {
      chips[at] = chips[at - 1];
    }
    chips[at] = chip;
  }

  /** Adds the chips of another part. */
  void add(Hottest other) {
    for (int i = 0; i < chips.length && other.chips[i] > chips[chips.length - 1]; i++) {
      add(other.chips[i]);
    }
  }

  /** Writes the lines of the answer. */
  void tell(String pod, long windowStartMs, Answer answer) {
    for (int i = 0; i < chips.length && chips[i] != NOBODY; i++) {
      long place = PLACE - (chips[i] & PLACE);
      answer.hotSpot(
          pod,
          windowStartMs,
          i + 1,
          String.format(
              Locale.ROOT,
              "%s/cab-%03d/board-%d/chip-%d",
              pod,
              place >> CABINET_SHIFT,
              place >> BOARD_SHIFT & PART,
              place & PART),
          (int) (chips[i] >> PLACE_BITS));
    }
  }

  void write(ByteBuffer to) {
    for (long chip : chips) {
      to.putLong(chip);
    }
  }

  /** Replaces what it holds by what was written. */
  void fill(ByteBuffer from) {
    for (int i = 0; i < chips.length; i++) {
      chips[i] = from.getLong();
    }
  }
}
