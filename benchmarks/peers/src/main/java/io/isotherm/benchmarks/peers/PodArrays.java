package io.isotherm.benchmarks.peers;

import static io.isotherm.model.Report.ABSENT;

import java.io.IOException;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;
import org.jspecify.annotations.Nullable;

/**
 * A pod's open windows as sums and counts in primitive arrays, six numbers for each chip. A board
 * has its numbers together, in the order of its chips.
 */
public final class PodArrays implements CopyableValue<PodArrays> {
  private static final int COLUMNS = 6;

  /** Boards of a cabinet by their number; a board's array has {@value #COLUMNS} for each chip. */
  private static final class Window {
    int[] @Nullable [][] cabinets = new int[16][][];
  }

  private final SortedMap<Long, Window> open = new TreeMap<>();
  private long latestStartMs = Long.MIN_VALUE;
  private @Nullable Window latest;

  /**
   * Adds a report.
   *
   * @return true if its window is a new one
   */
  boolean add(BoardReading r) {
    long startMs = Math.floorDiv(r.timeMs, Windows.SIZE_MS) * Windows.SIZE_MS;
    boolean fresh = false;
    Window w = latest;
    if (w == null || startMs != latestStartMs) {
      w = open.get(startMs);
      if (w == null) {
        w = new Window();
        open.put(startMs, w);
        fresh = true;
      }
      latest = w;
      latestStartMs = startMs;
    }
    int[] sums = board(w, r.cabinet, r.board, r.chips == 0 ? 0 : r.chip[r.chips - 1] + 1);
    for (int i = 0; i < r.chips; i++) {
      int at = r.chip[i] * COLUMNS;
      add(sums, at, r.temperature[i]);
      add(sums, at + 2, r.power[i]);
      add(sums, at + 4, r.utilization[i]);
    }
    return fresh;
  }

  private static void add(int[] sums, int at, int value) {
    if (value != ABSENT) {
      sums[at] += value;
      sums[at + 1]++;
    }
  }

  private static int[] board(Window w, int cabinet, int board, int chips) {
    if (cabinet >= w.cabinets.length) {
      w.cabinets = Arrays.copyOf(w.cabinets, Math.max(cabinet + 1, 2 * w.cabinets.length));
    }
    int[] @Nullable [] boards = w.cabinets[cabinet];
    if (boards == null) {
      boards = new int[board + 1][];
      w.cabinets[cabinet] = boards;
    } else if (board >= boards.length) {
      boards = Arrays.copyOf(boards, Math.max(board + 1, 2 * boards.length));
      w.cabinets[cabinet] = boards;
    }
    int[] sums = boards[board];
    if (sums == null || sums.length < chips * COLUMNS) {
      sums = sums == null ? new int[chips * COLUMNS] : Arrays.copyOf(sums, chips * COLUMNS);
      boards[board] = sums;
    }
    return sums;
  }

  /** Closes a window. */
  PodTotals close(long startMs) {
    PodTotals pod = new PodTotals();
    Window w = open.remove(startMs);
    if (startMs == latestStartMs) {
      latest = null;
      latestStartMs = Long.MIN_VALUE;
    }
    if (w == null) {
      return pod;
    }
    for (int c = 0; c < w.cabinets.length; c++) {
      int[] @Nullable [] boards = w.cabinets[c];
      if (boards != null) {
        CabinetTotals cabinet = new CabinetTotals();
        cabinet.cabinet = c;
        for (int b = 0; b < boards.length; b++) {
          int[] sums = boards[b];
          for (int at = 0; sums != null && at < sums.length; at += COLUMNS) {
            if ((sums[at + 1] | sums[at + 3] | sums[at + 5]) != 0) {
              cabinet.add(b, mean(sums, at), mean(sums, at + 2), mean(sums, at + 4));
            }
          }
        }
        pod.add(cabinet);
      }
    }
    return pod;
  }

  private static int mean(int[] sums, int at) {
    return sums[at + 1] == 0 ? ABSENT : Math.floorDiv(sums[at], sums[at + 1]);
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeInt(open.size());
    for (var entry : open.entrySet()) {
      out.writeLong(entry.getKey());
      int[] @Nullable [][] cabinets = entry.getValue().cabinets;
      out.writeInt(cabinets.length);
      for (int[] @Nullable [] boards : cabinets) {
        out.writeInt(boards == null ? -1 : boards.length);
        for (int b = 0; boards != null && b < boards.length; b++) {
          int[] sums = boards[b];
          out.writeInt(sums == null ? -1 : sums.length);
          for (int i = 0; sums != null && i < sums.length; i++) {
            out.writeInt(sums[i]);
          }
        }
      }
    }
  }

  @Override
  public void read(DataInputView in) throws IOException {
    open.clear();
    latest = null;
    latestStartMs = Long.MIN_VALUE;
    int windows = in.readInt();
    for (int n = 0; n < windows; n++) {
      Window w = new Window();
      open.put(in.readLong(), w);
      w.cabinets = new int[in.readInt()][][];
      for (int c = 0; c < w.cabinets.length; c++) {
        int length = in.readInt();
        if (length >= 0) {
          int[] @Nullable [] boards = new int[length][];
          w.cabinets[c] = boards;
          for (int b = 0; b < length; b++) {
            int numbers = in.readInt();
            if (numbers >= 0) {
              int[] sums = new int[numbers];
              boards[b] = sums;
              for (int i = 0; i < numbers; i++) {
                sums[i] = in.readInt();
              }
            }
          }
        }
      }
    }
  }

  @Override
  public int getBinaryLength() {
    return -1;
  }

  @Override
  public void copyTo(PodArrays target) {
    target.open.clear();
    target.latest = null;
    target.latestStartMs = Long.MIN_VALUE;
    open.forEach(
        (startMs, window) -> {
          Window copy = new Window();
          copy.cabinets = window.cabinets.clone();
          for (int c = 0; c < copy.cabinets.length; c++) {
            int[] @Nullable [] boards = copy.cabinets[c];
            if (boards != null) {
              boards = boards.clone();
              copy.cabinets[c] = boards;
              for (int b = 0; b < boards.length; b++) {
                int[] sums = boards[b];
                boards[b] = sums == null ? null : sums.clone();
              }
            }
          }
          target.open.put(startMs, copy);
        });
  }

  @Override
  public PodArrays copy() {
    PodArrays copy = new PodArrays();
    copyTo(copy);
    return copy;
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    PodArrays passing = new PodArrays();
    passing.read(source);
    passing.write(target);
  }
}
