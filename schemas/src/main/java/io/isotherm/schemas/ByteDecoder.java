package io.isotherm.schemas;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;

/**
 * Reads Avro's binary encoding from an array that may hold anything.
 *
 * <p>Avro's own {@code BinaryDecoder} believes the counts it reads, so that six broken bytes can
 * make its readers allocate gigabytes. This one rejects a count or a length that the remaining
 * bytes cannot hold, and malformed UTF-8, which Avro replaces silently. Numbers it accepts and
 * rejects exactly as Avro does: an int has at most 5 bytes and a long at most 10, padded ones
 * included, and bits beyond the type's width are dropped.
 *
 * <p>Every failure is an {@link UndecodableException}. Not safe for use by several threads.
 */
public final class ByteDecoder extends Decoder {
  private final CharsetDecoder utf8 =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);

  private static final byte[] NOTHING = {};
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Of each byte of a word the bit that says that the number goes on in the next. */
  private static final long HIGHEST_BITS = 0x8080808080808080L;

  private final boolean shares;
  private byte[] bytes = NOTHING;
  private int position;
  private int end;

  /** A decoder whose values outlive the input. */
  public ByteDecoder() {
    this(/* shares= */ false);
  }

  private ByteDecoder(boolean shares) {
    this.shares = shares;
  }

  /**
   * A decoder whose values of Avro's type bytes are parts of the input's array and no copies: good
   * as long as the input is not changed.
   */
  public static ByteDecoder sharing() {
    return new ByteDecoder(/* shares= */ true);
  }

  /** Starts at {@code from}; the input ends with the array. */
  public void reset(byte[] input, int from) {
    reset(input, from, input.length);
  }

  /** Starts at {@code from}; the input ends before {@code to}. */
  public void reset(byte[] input, int from, int to) {
    bytes = input;
    position = from;
    end = to;
  }

  /** Forgets the input. */
  public void release() {
    bytes = NOTHING;
    position = 0;
    end = 0;
  }

  /** The next byte's place in the input. */
  public int position() {
    return position;
  }

  int remaining() {
    return end - position;
  }

  /**
   * Checks that the input is read.
   *
   * @throws UndecodableException if bytes are left
   */
  public void expectEnd() {
    if (position != end) {
      throw new UndecodableException(
          "%d bytes are left over from byte %d on".formatted(end - position, position));
    }
  }

  /** The next eight bytes, the first lowest; 0 if fewer are left. Goes nowhere. */
  long word() {
    return end - position >= Long.BYTES ? (long) WORD.get(bytes, position) : 0;
  }

  /** Goes on behind bytes that {@link #word} has shown. */
  void skip(int count) {
    position += count;
  }

  /** Reads an int; {@code what} names it in a failure. */
  int readInt(String what) {
    int at = position;
    if (at + 1 < end) {
      int b = bytes[at];
      if (b >= 0) {
        position = at + 1;
        return b >>> 1 ^ -(b & 1);
      }
      int c = bytes[at + 1];
      if (c >= 0) {
        position = at + 2;
        int n = (b & 0x7f) | (c << 7);
        return n >>> 1 ^ -(n & 1);
      }
    }
    return readLongerInt(what);
  }

  private int readLongerInt(String what) {
    int at = position;
    int n = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      if (at >= end) {
        throw truncated(what, at);
      }
      int b = bytes[at++];
      n |= (b & 0x7f) << shift;
      if (b >= 0) {
        position = at;
        return n >>> 1 ^ -(n & 1);
      }
    }
    throw new UndecodableException(
        "%s: an int at byte %d is longer than 5 bytes".formatted(what, position));
  }

  /** Reads a long; {@code what} names it in a failure. */
  long readLong(String what) {
    int at = position;
    if (at < end) {
      int b = bytes[at];
      if (b >= 0) {
        position = at + 1;
        int n = b >>> 1 ^ -(b & 1);
        return n;
      }
    }
    return readLongerLong(what);
  }

  private long readLongerLong(String what) {
    int at = position;
    if (end - at >= Long.BYTES) {
      // Up to eight bytes at once: the first byte without its highest bit ends the number.
      long word = (long) WORD.get(bytes, at);
      long last = ~word & HIGHEST_BITS;
      if (last != 0) {
        position = at + (Long.numberOfTrailingZeros(last) >>> 3) + 1;
        return joined(word & (last ^ (last - 1)));
      }
    }
    return readLongBytewise(what);
  }

  /**
   * Reads a union of null and an int.
   *
   * @return the value, or {@code absent} for null
   * @throws UndecodableException also if the value is {@code absent}, which no reading may be
   */
  int readNullableInt(String what, int absent) {
    int at = position;
    if (end - at >= Long.BYTES) {
      // Branch and value at once. Most values have up to three bytes, and the same number each
      // time.
      long word = (long) WORD.get(bytes, at);
      int low = (int) word;
      if ((low & 0x80ff) == 0x02) {
        position = at + 2;
        int n = (low >>> 8) & 0x7f;
        return (n >>> 1) ^ -(n & 1);
      }
      if ((low & 0x8080ff) == 0x8002) {
        position = at + 3;
        int n = ((low >>> 8) & 0x7f) | ((low >>> 9) & 0x3f80);
        return (n >>> 1) ^ -(n & 1);
      }
      if ((low & 0x808080ff) == 0x00808002) {
        position = at + 4;
        int n = ((low >>> 8) & 0x7f) | ((low >>> 9) & 0x3f80) | ((low >>> 10) & 0x1fc000);
        return (n >>> 1) ^ -(n & 1);
      }
      if ((low & 0xff) == 0) {
        position = at + 1;
        return absent;
      }
    }
    if (!readBranch(what)) {
      return absent;
    }
    int n = readInt(what);
    if (n == absent) {
      throw reserved(what, n);
    }
    return n;
  }

  /**
   * Reads a union of null and a long.
   *
   * @return the value, or {@code absent} for null
   * @throws UndecodableException also if the value is {@code absent}, which no reading may be
   */
  long readNullableLong(String what, long absent) {
    int at = position;
    if (end - at >= 2) {
      int branch = bytes[at];
      if (branch == 2) {
        int b = bytes[at + 1];
        if (b >= 0) {
          position = at + 2;
          int n = (b >>> 1) ^ -(b & 1);
          return n;
        }
        position = at + 1;
        return reading(what, readLongerLong(what), absent);
      }
      if (branch == 0) {
        position = at + 1;
        return absent;
      }
    }
    return readBranch(what) ? reading(what, readLong(what), absent) : absent;
  }

  private long reading(String what, long n, long absent) {
    if (n == absent) {
      throw reserved(what, n);
    }
    return n;
  }

  /** Reads the branch of a union of null and a value: whether there is a value. */
  boolean readBranch(String what) {
    int branch = readInt(what);
    if (branch != 0 && branch != 1) {
      throw new UndecodableException(
          "%s: union branch %d before byte %d, must be 0 or 1".formatted(what, branch, position));
    }
    return branch == 1;
  }

  private UndecodableException reserved(String what, long value) {
    return new UndecodableException(
        "%s: %d before byte %d cannot be a reading; absence is null"
            .formatted(what, value, position));
  }

  /** The number in these bytes, the first lowest; those behind its last one are 0. */
  private static long joined(long encoded) {
    // The lower seven bits of each byte; then neighbours are joined, thrice.
    long n = encoded & ~HIGHEST_BITS;
    n = (n & 0x007f007f007f007fL) | ((n & 0x7f007f007f007f00L) >>> 1);
    n = (n & 0x00003fff00003fffL) | ((n & 0x3fff00003fff0000L) >>> 2);
    n = (n & 0x000000000fffffffL) | ((n & 0x0fffffff00000000L) >>> 4);
    return (n >>> 1) ^ -(n & 1);
  }

  /**
   * Reads ints that follow each other; {@code what} names them in a failure.
   *
   * @param from where the first is put
   * @param to behind where the last is put
   */
  void readInts(String what, int[] into, int from, int to) {
    int i = from;
    while (i < to) {
      // Numbers of a column mostly take as many bytes as their neighbours.
      if (end - position >= Long.BYTES) {
        long w = (long) WORD.get(bytes, position);
        long more = w & HIGHEST_BITS;
        if (more == 0 && to - i >= 8) {
          for (int n = 0; n < 8; n++) {
            into[i + n] = unzigzag((int) (w >>> (8 * n)) & 0x7f);
          }
          i += 8;
          position += 8;
          continue;
        }
        if (more == 0x0080008000800080L && to - i >= 4) {
          long n = (w & 0x007f007f007f007fL) | (w >>> 1 & 0x3f803f803f803f80L);
          into[i] = unzigzag((int) n & 0x3fff);
          into[i + 1] = unzigzag((int) (n >>> 16) & 0x3fff);
          into[i + 2] = unzigzag((int) (n >>> 32) & 0x3fff);
          into[i + 3] = unzigzag((int) (n >>> 48) & 0x3fff);
          i += 4;
          position += 8;
          continue;
        }
        if ((more & 0x8080_80808080L) == 0x0080_80008080L && to - i >= 2) {
          into[i] = threeBytes((int) w);
          into[i + 1] = threeBytes((int) (w >>> 24));
          i += 2;
          position += 6;
          continue;
        }
      }
      into[i++] = readInt(what);
    }
  }

  /** As {@link #readInts}, of longs. */
  void readLongs(String what, long[] into, int from, int to) {
    int i = from;
    int at = position;
    // Numbers of a column mostly take as many bytes as the one before: to try that first lets the
    // processor begin with the next number before it knows how long this one is.
    int length = 1;
    long reach = 0xff;
    long continued = 0;
    while (i < to && end - at >= Long.BYTES) {
      long w = (long) WORD.get(bytes, at);
      long more = w & HIGHEST_BITS;
      if (more == 0 && to - i >= 8) {
        for (int n = 0; n < 8; n++) {
          into[i + n] = unzigzag((int) (w >>> (8 * n)) & 0x7f);
        }
        i += 8;
        at += 8;
        continue;
      }
      if ((more & reach) != continued) {
        long last = ~w & HIGHEST_BITS;
        if (last == 0) {
          position = at;
          into[i++] = readLongBytewise(what);
          at = position;
          continue;
        }
        reach = last ^ (last - 1);
        continued = more & reach;
        length = (Long.numberOfTrailingZeros(last) >>> 3) + 1;
      }
      into[i++] = joined(w & reach);
      at += length;
    }
    position = at;
    while (i < to) {
      into[i++] = readLong(what);
    }
  }

  /**
   * Reads an array of ints if it is written as columns nearly always are: without entries, with one
   * of up to three bytes, or in one block of fewer than 64 that does not say its length.
   *
   * @param to behind where there is room
   * @return number of entries, or -1 if it is written in another way or eight bytes are not left;
   *     then nothing has been read
   */
  int readFewInts(String what, int[] into, int from, int to) {
    int start = position;
    if (end - start < Long.BYTES) {
      return -1;
    }
    long w = (long) WORD.get(bytes, start);
    int length = lengthOfOne(w);
    if (length != 0 && from < to) {
      into[from] = one(w, length);
      position = start + length;
      return 1;
    }
    int n = few(w, to - from);
    if (n > 0) {
      position = start + 1;
      readInts(what, into, from, from + n);
    }
    return endOfFew(start, n);
  }

  /** As {@link #readFewInts}, of longs. */
  int readFewLongs(String what, long[] into, int from, int to) {
    int start = position;
    if (end - start < Long.BYTES) {
      return -1;
    }
    long w = (long) WORD.get(bytes, start);
    int length = lengthOfOne(w);
    if (length != 0 && from < to) {
      into[from] = one(w, length);
      position = start + length;
      return 1;
    }
    int n = few(w, to - from);
    if (n > 0) {
      position = start + 1;
      readLongs(what, into, from, from + n);
    }
    return endOfFew(start, n);
  }

  /** Bytes of the array of one number that a word begins with; 0 if it does not or is longer. */
  private static int lengthOfOne(long w) {
    if ((w & 0xff_80_ffL) == 0x02) {
      return 3;
    }
    if ((w & 0xff_80_80_ffL) == 0x80_02) {
      return 4;
    }
    return (w & 0xff_80_80_80_ffL) == 0x80_80_02 ? 5 : 0;
  }

  private static int one(long w, int length) {
    return threeBytes((int) (w >>> 8) & ((1 << (8 * (length - 2))) - 1));
  }

  /** Entries of the block that begins with a word, or -1 if there is more to know of it. */
  private int few(long w, int room) {
    int head = (int) w & 0xff;
    int n = head >>> 1;
    return (head & 0x81) != 0 || n > room || n > end - position - 1 ? -1 : n;
  }

  /** Goes behind an array's end if it ends here, and else back to its start. */
  private int endOfFew(int start, int n) {
    if (n == 0) {
      position = start + 1;
      return 0;
    }
    if (n > 0 && position < end && bytes[position] == 0) {
      position++;
      return n;
    }
    position = start;
    return -1;
  }

  private static int threeBytes(int low) {
    return unzigzag((low & 0x7f) | (low >>> 1 & 0x3f80) | (low >>> 2 & 0x1fc000));
  }

  private static int unzigzag(int n) {
    return (n >>> 1) ^ -(n & 1);
  }

  private long readLongBytewise(String what) {
    int at = position;
    long n = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at >= end) {
        throw truncated(what, at);
      }
      int b = bytes[at++];
      n |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        position = at;
        return n >>> 1 ^ -(n & 1);
      }
    }
    throw new UndecodableException(
        "%s: a long at byte %d is longer than 10 bytes".formatted(what, position));
  }

  /** Reads the length of a string or byte sequence and checks that so many bytes are left. */
  int readLength(String what) {
    int at = position;
    long length = readLong(what);
    if (length < 0 || length > end - position) {
      throw new UndecodableException(
          "%s: length %d at byte %d, but %d bytes are left"
              .formatted(what, length, at, end - position));
    }
    return (int) length;
  }

  /** Decodes UTF-8 strictly, and goes on behind it. */
  String readUtf8(String what, int length) {
    int at = position;
    CharBuffer chars;
    try {
      chars = utf8.decode(ByteBuffer.wrap(bytes, at, length));
    } catch (CharacterCodingException e) {
      throw new UndecodableException(
          "%s: the %d bytes from byte %d on are not UTF-8".formatted(what, length, at));
    }
    position = at + length;
    return chars.toString();
  }

  /** Whether the next bytes are these; {@link #remaining} must be enough. */
  boolean nextEquals(byte[] expected) {
    return Arrays.equals(bytes, position, position + expected.length, expected, 0, expected.length);
  }

  /** The byte at {@code offset} behind the position; {@link #remaining} must be enough. */
  byte peek(int offset) {
    return bytes[position + offset];
  }

  private static UndecodableException truncated(String what, int at) {
    return new UndecodableException("%s: the value ends at byte %d".formatted(what, at));
  }

  private void need(String what, int count) {
    if (count < 0 || count > end - position) {
      throw truncated(what, end);
    }
  }

  @Override
  public void readNull() {}

  @Override
  public boolean readBoolean() {
    need("a boolean", 1);
    // As Avro does: only 1 is true.
    return bytes[position++] == 1;
  }

  @Override
  public int readInt() {
    return readInt("an int");
  }

  @Override
  public long readLong() {
    return readLong("a long");
  }

  @Override
  public float readFloat() {
    return Float.intBitsToFloat((int) littleEndian("a float", 4));
  }

  @Override
  public double readDouble() {
    return Double.longBitsToDouble(littleEndian("a double", 8));
  }

  private long littleEndian(String what, int count) {
    need(what, count);
    long n = 0;
    for (int i = count - 1; i >= 0; i--) {
      n = n << 8 | (bytes[position + i] & 0xff);
    }
    position += count;
    return n;
  }

  @Override
  public Utf8 readString(Utf8 old) {
    return new Utf8(readString());
  }

  @Override
  public String readString() {
    return readUtf8("a string", readLength("a string"));
  }

  @Override
  public void skipString() {
    int length = readLength("a string");
    position += length;
  }

  @Override
  public ByteBuffer readBytes(ByteBuffer old) {
    int length = readLength("bytes");
    if (shares) {
      position += length;
      return ByteBuffer.wrap(bytes, position - length, length);
    }
    byte[] copy = new byte[length];
    readFixed(copy, 0, length);
    return ByteBuffer.wrap(copy);
  }

  @Override
  public void skipBytes() {
    int length = readLength("bytes");
    position += length;
  }

  @Override
  public void readFixed(byte[] into, int start, int length) {
    need("fixed bytes", length);
    System.arraycopy(bytes, position, into, start, length);
    position += length;
  }

  @Override
  public void skipFixed(int length) {
    need("fixed bytes", length);
    position += length;
  }

  @Override
  public int readEnum() {
    return readInt("an enum");
  }

  @Override
  public int readIndex() {
    return readInt("a union");
  }

  @Override
  public long readArrayStart() {
    return readBlock("an array");
  }

  @Override
  public long arrayNext() {
    return readBlock("an array");
  }

  @Override
  public long skipArray() {
    return skipBlocks("an array");
  }

  @Override
  public long readMapStart() {
    return readBlock("a map");
  }

  @Override
  public long mapNext() {
    return readBlock("a map");
  }

  @Override
  public long skipMap() {
    return skipBlocks("a map");
  }

  /** Items in the next block of an array or map; 0 at its end. No item is shorter than one byte. */
  private long readBlock(String what) {
    int at = position;
    long count = readLong(what);
    if (count < 0) {
      readLength(what);
      count = -count;
    }
    if (count < 0 || count > end - position) {
      throw new UndecodableException(
          "%s: a block of %d items at byte %d, but %d bytes are left"
              .formatted(what, count, at, end - position));
    }
    return count;
  }

  private long skipBlocks(String what) {
    int at = position;
    long count = readLong(what);
    while (count < 0) {
      int length = readLength(what);
      position += length;
      at = position;
      count = readLong(what);
    }
    if (count > end - position) {
      throw new UndecodableException(
          "%s: a block of %d items at byte %d, but %d bytes are left"
              .formatted(what, count, at, end - position));
    }
    return count;
  }
}
