package io.isotherm.core;

import static io.isotherm.core.IncidentKind.CHIP_FATAL;
import static io.isotherm.core.IncidentKind.CHIP_LINKS;
import static io.isotherm.core.IncidentKind.CHIP_SILENT;
import static io.isotherm.core.IncidentKind.CHIP_SLOW;
import static io.isotherm.core.IncidentKind.HBM_UNCORRECTABLE;

import io.isotherm.core.IncidentEvent.Evidence;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The error codes that exporters give of chips, such as an NVIDIA XID, and since when. A code opens
 * nothing: it is evidence of what is found of its chip.
 *
 * <p>Some exporters give a chip's last code for as long as they run. So a code counts only for what
 * was first seen at most {@link #BEFORE_MS} after it came, and what was given of a chip when it was
 * heard for the first time came at an unknown time before.
 */
final class ErrorCodes {
  /** Name of the evidence. */
  static final String FINDING = "error_code";

  /**
   * Event time from a code to a finding that it counts for, in milliseconds: as long as PyTorch's
   * watchdog waits by default for a chip that does not answer before it ends the job.
   */
  static final long BEFORE_MS = 600_000;

  /** What a code is evidence of. */
  private static final Set<IncidentKind> KINDS =
      EnumSet.of(CHIP_FATAL, HBM_UNCORRECTABLE, CHIP_SILENT, CHIP_SLOW, CHIP_LINKS);

  /** A chip without a code. */
  private static final long NONE = 0;

  /**
   * A chip that was not heard since its board was heard first, or since a page of a version without
   * codes was read.
   */
  private static final long UNHEARD = -1;

  private static final long NEVER = PodState.NEVER;

  private final PodLayout layout;
  private final int windowMs;

  /** Per board: null if none of its chips has a code. Most have none. */
  private final @Nullable OfBoard[] boards;

  /** Boards that are not null. */
  private int filled;

  /** By the chip's position on its board. */
  private static final class OfBoard {
    /** Codes of the newest report, or what stands for none. */
    final long[] code;

    /** Event time at which they came, or {@link #NEVER}. */
    final long[] sinceMs;

    OfBoard(int chips, long all) {
      code = new long[chips];
      sinceMs = new long[chips];
      Arrays.fill(code, all);
    }

    boolean isEmpty() {
      long any = NONE;
      for (long c : code) {
        any |= c;
      }
      return any == NONE;
    }
  }

  ErrorCodes(PodLayout layout, DetectorSettings settings) {
    this.layout = layout;
    windowMs = settings.windowMs();
    boards = new OfBoard[layout.boards()];
  }

  /** Whether any chip of the pod may have a code. */
  boolean any() {
    return filled > 0;
  }

  /** Forgets all codes. */
  void clear() {
    Arrays.fill(boards, null);
    filled = 0;
  }

  /** A board is heard for the first time: what its chips have came at an unknown time. */
  void begin(int board) {
    put(board, new OfBoard(layout.chipsPerBoard(), UNHEARD));
  }

  /** Takes the codes of a board's newest report; 0, absent or below zero is none. */
  void take(Report r, int board) {
    OfBoard known = boards[board];
    for (int i = 0; i < r.chipCount; i++) {
      long code = Math.max(NONE, r.errorCode[i]);
      int chip = r.chip[i];
      long before = known == null ? NONE : known.code[chip];
      if (code != before) {
        if (known == null) {
          known = new OfBoard(layout.chipsPerBoard(), NONE);
          put(board, known);
        }
        known.code[chip] = code;
        known.sinceMs[chip] = before == UNHEARD ? NEVER : r.timeMs;
      }
    }
    if (known != null && known.isEmpty()) {
      put(board, null);
    }
  }

  private void put(int board, @Nullable OfBoard codes) {
    filled += (codes == null ? 0 : 1) - (boards[board] == null ? 0 : 1);
    boards[board] = codes;
  }

  /** Adds a chip's code to what says that it is at fault. */
  void addTo(Collection<Candidate> candidates, IncidentLedger ledger, long windowStartMs) {
    if (filled == 0) {
      return;
    }
    for (Candidate c : candidates) {
      if (KINDS.contains(c.kind)) {
        addTo(c, ledger.firstSeenMs(c, windowStartMs));
      }
    }
  }

  private void addTo(Candidate c, long firstSeenMs) {
    int board = layout.boardOfChip(c.subject);
    OfBoard known = boards[board];
    if (known == null) {
      return;
    }
    int chip = c.subject - board * layout.chipsPerBoard();
    long sinceMs = known.sinceMs[chip];
    if (known.code[chip] > NONE && sinceMs != NEVER && sinceMs >= firstSeenMs - BEFORE_MS) {
      long windowStartMs = Math.floorDiv(sinceMs, windowMs) * (long) windowMs;
      c.evidence(
          new Evidence(
              FINDING,
              c.path,
              windowStartMs,
              /* value= */ known.code[chip],
              /* expected= */ 0,
              "code"));
    }
  }

  /** The error code among the evidence of an incident; null if there is none. */
  static @Nullable Long among(List<Evidence> evidence) {
    for (Evidence e : evidence) {
      if (e.finding().equals(FINDING)) {
        return e.value();
      }
    }
    return null;
  }

  /**
   * Lets what says that a chip is at fault have the code that its incident has, unless a newer one
   * came: exporters forget a code when they start anew.
   *
   * @return false if the first code of the incident came
   */
  static boolean keep(List<Evidence> ofIncident, Candidate c) {
    boolean has = among(c.evidence) != null;
    for (Evidence e : ofIncident) {
      if (e.finding().equals(FINDING)) {
        if (!has) {
          c.evidence(e);
        }
        return true;
      }
    }
    return !has;
  }

  /** A page of a cabinet with its codes behind it. */
  byte[] append(byte[] page, int cabinet) {
    int board0 = cabinet * layout.boardsPerCabinet();
    int perBoard = layout.chipsPerBoard();
    int n = 0;
    for (int b = board0; filled > 0 && b < board0 + layout.boardsPerCabinet(); b++) {
      OfBoard of = boards[b];
      for (int i = 0; of != null && i < perBoard; i++) {
        n += of.code[i] == NONE ? 0 : 1;
      }
    }
    ByteBuffer out =
        ByteBuffer.allocate(page.length + Integer.BYTES + n * (Integer.BYTES + 2 * Long.BYTES));
    out.put(page).putInt(n);
    for (int b = board0; n > 0 && b < board0 + layout.boardsPerCabinet(); b++) {
      OfBoard of = boards[b];
      for (int i = 0; of != null && i < perBoard; i++) {
        if (of.code[i] != NONE) {
          out.putInt((b - board0) * perBoard + i).putLong(of.code[i]).putLong(of.sinceMs[i]);
        }
      }
    }
    return out.array();
  }

  /** Reads what {@link #append} put behind a page; the version before put nothing there. */
  void read(int cabinet, ByteBuffer in) {
    int board0 = cabinet * layout.boardsPerCabinet();
    int perBoard = layout.chipsPerBoard();
    boolean before = !in.hasRemaining();
    for (int b = board0; b < board0 + layout.boardsPerCabinet(); b++) {
      put(b, before ? new OfBoard(perBoard, UNHEARD) : null);
    }
    for (int n = before ? 0 : in.getInt(); n > 0; n--) {
      int chip = in.getInt();
      int board = board0 + chip / perBoard;
      OfBoard of = boards[board];
      if (of == null) {
        of = new OfBoard(perBoard, NONE);
        put(board, of);
      }
      of.code[chip % perBoard] = in.getLong();
      of.sinceMs[chip % perBoard] = in.getLong();
    }
  }
}
