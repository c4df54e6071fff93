package io.isotherm.schemas;

import io.isotherm.model.Report;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads what a {@code BoardReport} of the newest schema says of itself, and finds its end without
 * decoding its readings: for whoever passes a report's bytes on as they are.
 *
 * <p>It accepts and rejects exactly what {@link ReportReader} does, with the same words: a report
 * that is not in the usual form, be it damaged or with an array in several blocks, is read by that
 * as a whole. Tests hold one against the other.
 *
 * <p>Not safe for use by several threads.
 */
public final class ReportHeadReader {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Most bytes of a chip and of a link, and a word that is loaded at their end. */
  private static final int CHIP_BYTES = 5 + Report.CHIP_READINGS * 11 + Long.BYTES;

  private static final int LINK_BYTES = 2 * 5 + Report.LINK_READINGS * 11 + Long.BYTES;

  /** The highest bits of a word's bytes, and those of four numbers of two bytes each. */
  private static final long CONTINUED = 0x8080808080808080L;

  private static final long TWO_EACH = 0x0080008000800080L;

  /** Columns of ints between a chip's error code and its counters, and of a link's counters. */
  private static final int CHIP_INTS = 8;

  private static final int LINK_LONGS = 6;

  /** Columns of chips that may be given as differences. */
  static final int DIFFERENCES = 2;

  /**
   * Most bytes of an entry of a column that is passed over here: it has no bits beyond its type.
   */
  private static final int INT_BYTES = 4;

  private static final int LONG_BYTES = 8;

  private static final int MAX_HEALTH = Report.HEALTH_FATAL;
  private static final int MAX_STATE = Report.LINK_DOWN;

  /** Instead of a position: the form is not the usual one. */
  private static final int UNUSUAL = -1;

  private final ReportReader whole = new ReportReader(SchemaHistory.bundled());
  private final ByteDecoder in = new ByteDecoder();
  private final PodNames names = new PodNames();

  /** Chips in columns of the report that is passed over. */
  private int chipsInColumns;

  /**
   * Fills {@code into} with one of several reports that follow each other without framing, as
   * {@link ReportReader#readUnframed} does, but leaves it without chips and links.
   *
   * @param block the reports' bytes
   * @param from where the report begins
   * @param to where the reports end
   * @return where the next one begins
   * @throws UndecodableException if it cannot be read
   */
  public int readUnframed(byte[] block, int from, int to, Report into) {
    into.clear();
    int end;
    try {
      end = pass(block, from, to, into);
    } catch (UndecodableException e) {
      end = UNUSUAL;
    } finally {
      in.release();
    }
    if (end == UNUSUAL || end > to) {
      end = whole.readUnframed(ReportForm.NEWEST, block, from, to, into);
      into.chipCount = 0;
      into.linkCount = 0;
    }
    return end;
  }

  private int pass(byte[] b, int from, int to, Report into) {
    in.reset(b, from, to);
    int kind = in.readInt("kind");
    into.tick = kind == 1;
    into.pod = names.read(in);
    into.cabinet = in.readInt("cabinet");
    into.board = in.readInt("board");
    into.agentStartMs = in.readLong("agent_start_ms");
    into.sequence = in.readLong("sequence");
    into.timeMs = in.readLong("time_ms");
    if (kind != 0 && kind != 1) {
      return UNUSUAL;
    }
    long chips = in.readLong("chips");
    if (chips < 0 || chips > Report.MAX_CHIPS) {
      return UNUSUAL;
    }
    int at = in.position();
    for (int n = 0; n < chips; n++) {
      if (b.length - at < CHIP_BYTES) {
        return UNUSUAL;
      }
      at = passChip(b, at);
    }
    if (chips > 0 && b[at++] != 0) {
      return UNUSUAL;
    }
    in.reset(b, at, to);
    long links = in.readLong("links");
    if (links < 0 || links > Report.MAX_LINKS) {
      return UNUSUAL;
    }
    at = in.position();
    for (int n = 0; n < links; n++) {
      if (b.length - at < LINK_BYTES) {
        return UNUSUAL;
      }
      at = passLink(b, at);
    }
    if (links > 0 && b[at++] != 0) {
      return UNUSUAL;
    }
    in.reset(b, at, to);
    chipsInColumns = 0;
    if (in.readBranch("chip_columns") && !passChipColumns(b, to, Report.MAX_CHIPS - (int) chips)) {
      return UNUSUAL;
    }
    if (in.readBranch("link_columns") && !passLinkColumns(b, to, Report.MAX_LINKS - (int) links)) {
      return UNUSUAL;
    }
    if (in.readBranch("chip_differences") && !passDifferences(b, to)) {
      return UNUSUAL;
    }
    return in.position();
  }

  // Columns are passed over by the decoder's position, from one to the next.

  private boolean passChipColumns(byte[] b, int to, int most) {
    int n = count(most);
    if (n < 0 || !passEntries(b, to, n, INT_BYTES)) {
      return false;
    }
    chipsInColumns = n;
    boolean passed = passStates(b, to, n, MAX_HEALTH) && passColumn(b, to, n, LONG_BYTES);
    for (int i = 0; i < CHIP_INTS && passed; i++) {
      passed = passColumn(b, to, n, INT_BYTES);
    }
    return passed
        && passColumn(b, to, n, LONG_BYTES)
        && passColumn(b, to, n, LONG_BYTES)
        && passColumn(b, to, n, LONG_BYTES);
  }

  private boolean passDifferences(byte[] b, int to) {
    boolean passed = true;
    for (int i = 0; i < DIFFERENCES && passed; i++) {
      int entries = count(chipsInColumns);
      passed =
          (entries == chipsInColumns || entries == 0) && passEntries(b, to, entries, INT_BYTES);
    }
    return passed;
  }

  private boolean passLinkColumns(byte[] b, int to, int most) {
    int n = count(most);
    if (n < 0 || !passEntries(b, to, n, INT_BYTES)) {
      return false;
    }
    boolean passed =
        count(n) == n
            && passEntries(b, to, n, INT_BYTES)
            && passStates(b, to, n, MAX_STATE)
            && passColumn(b, to, n, INT_BYTES);
    for (int i = 0; i < LINK_LONGS && passed; i++) {
      passed = passColumn(b, to, n, LONG_BYTES);
    }
    return passed;
  }

  /** Entries of the next column; {@link #UNUSUAL} if they are too many or in a sized block. */
  private int count(int most) {
    long n = in.readLong("a column");
    return n < 0 || n > most ? UNUSUAL : (int) n;
  }

  /** Whether a column may have so many entries where there are {@code n} chips or links. */
  private static boolean mayHave(int entries, int n) {
    return entries == n || entries == 1 || entries == 0;
  }

  private boolean passStates(byte[] b, int to, int n, int max) {
    int entries = count(n);
    int at = in.position();
    if (entries == 0) {
      return true;
    }
    if (!mayHave(entries, n) || entries >= to - at) {
      return false;
    }
    for (int end = at + entries; at < end; at++) {
      if ((b[at] & ~6) != 0 || b[at] >> 1 > max) {
        return false;
      }
    }
    in.reset(b, at + 1, to);
    return b[at] == 0;
  }

  private boolean passColumn(byte[] b, int to, int n, int mostBytes) {
    int entries = count(n);
    return mayHave(entries, n) && passEntries(b, to, entries, mostBytes);
  }

  /**
   * Passes over the entries of a column, and its end.
   *
   * @param mostBytes of an entry that is usual; at most eight
   */
  private boolean passEntries(byte[] b, int to, int entries, int mostBytes) {
    if (entries == 0) {
      return true;
    }
    int at = in.position();
    // With room for so many bytes each, no look at a byte is beyond the array.
    if ((long) mostBytes * entries + Long.BYTES > to - at) {
      return false;
    }
    int left = entries;
    while (left > 0) {
      long more = (long) WORD.get(b, at) & CONTINUED;
      if (more == 0 && left >= 8) {
        at += 8;
        left -= 8;
      } else if (more == TWO_EACH && left >= 4) {
        at += 8;
        left -= 4;
      } else {
        // The first byte without its highest bit ends the number; nine bytes if there is none.
        int length = (Long.numberOfTrailingZeros(more ^ CONTINUED) >>> 3) + 1;
        if (length > mostBytes) {
          return false;
        }
        at += length;
        left--;
      }
    }
    in.reset(b, at + 1, to);
    return b[at] == 0;
  }

  private int passChip(byte[] b, int from) {
    int at = passNumber(b, from);
    at = passState(b, at, MAX_HEALTH);
    at = passLong(b, at);
    at = passInt(b, at);
    at = passInt(b, at);
    at = passInt(b, at);
    at = passInt(b, at);
    at = passInt(b, at);
    at = passInt(b, at);
    at = passInt(b, at);
    at = passInt(b, at);
    at = passLong(b, at);
    at = passLong(b, at);
    return passLong(b, at);
  }

  private int passLink(byte[] b, int from) {
    int at = passNumber(b, from);
    at = passNumber(b, at);
    at = passState(b, at, MAX_STATE);
    at = passInt(b, at);
    at = passLong(b, at);
    at = passLong(b, at);
    at = passLong(b, at);
    at = passLong(b, at);
    at = passLong(b, at);
    return passLong(b, at);
  }

  private int passNumber(byte[] b, int at) {
    if (b[at] >= 0) {
      return at + 1;
    }
    in.reset(b, at);
    in.readInt("a number");
    return in.position();
  }

  private int passState(byte[] b, int at, int max) {
    int branch = b[at];
    if (branch == 0) {
      return at + 1;
    }
    int state = b[at + 1];
    if (branch == 2 && (state & ~6) == 0 && state >> 1 <= max) {
      return at + 2;
    }
    in.reset(b, at);
    int n = in.readNullableInt("a state", Report.ABSENT);
    if (n != Report.ABSENT && (n < 0 || n > max)) {
      throw new UndecodableException("a state that is none");
    }
    return in.position();
  }

  /**
   * Passes over a union of null and an int. Its length is chosen by branches and not computed,
   * because it hardly changes from item to item, and the processor need not wait for it.
   */
  private int passInt(byte[] b, int at) {
    int low = (int) (long) WORD.get(b, at);
    if ((low & 0x80ff) == 0x02) {
      return at + 2;
    }
    if ((low & 0x8080ff) == 0x8002) {
      return at + 3;
    }
    if ((low & 0xff) == 0) {
      return at + 1;
    }
    if ((low & 0x808080ff) == 0x808002) {
      return at + 4;
    }
    in.reset(b, at);
    in.readNullableInt("a reading", Report.ABSENT);
    return in.position();
  }

  /** Passes over a union of null and a long. */
  private int passLong(byte[] b, int at) {
    int branch = b[at];
    if (branch == 0) {
      return at + 1;
    }
    if (branch == 2) {
      if (b[at + 1] >= 0) {
        return at + 2;
      }
      // The first byte without its highest bit ends the number.
      long last = ~(long) WORD.get(b, at + 1) & 0x8080808080808080L;
      if (last != 0) {
        return at + 2 + (Long.numberOfTrailingZeros(last) >>> 3);
      }
    }
    in.reset(b, at);
    in.readNullableLong("a reading", Report.ABSENT_LONG);
    return in.position();
  }
}
