package io.isotherm.schemas;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the names of pods without making a String for each report: a partition carries few pods, so
 * the last name with the same hash is mostly the right one, and is given again.
 */
final class PodNames {
  /** A power of two, well above the pods of one partition. */
  private static final int SLOTS = 128;

  /** Longer names are read anew each time, so that broken records cannot fill the memory. */
  private static final int LONGEST = 255;

  private static final class Name {
    private final String text;
    private final byte[] bytes;

    private Name(String text) {
      this.text = text;
      this.bytes = text.getBytes(StandardCharsets.UTF_8);
    }
  }

  private final @Nullable Name[] slots = new @Nullable Name[SLOTS];

  /**
   * @throws UndecodableException if it is cut off or not UTF-8
   */
  String read(ByteDecoder in) {
    int length = in.readLength("pod");
    if (length > LONGEST) {
      return in.readUtf8("pod", length);
    }
    int hash = length;
    for (int i = 0; i < length; i++) {
      hash = 31 * hash + in.peek(i);
    }
    int slot = (hash ^ (hash >>> 7)) & (SLOTS - 1);
    Name known = slots[slot];
    if (known != null && known.bytes.length == length && in.nextEquals(known.bytes)) {
      in.skipFixed(length);
      return known.text;
    }
    Name name = new Name(in.readUtf8("pod", length));
    slots[slot] = name;
    return name.text;
  }
}
