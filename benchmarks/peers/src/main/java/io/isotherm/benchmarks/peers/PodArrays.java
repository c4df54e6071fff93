package io.isotherm.benchmarks.peers;

import static io.isotherm.model.Report.ABSENT;

import io.isotherm.benchmarks.Answer;
import io.isotherm.model.Report;
import java.io.IOException;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;
import org.jspecify.annotations.Nullable;

/**
 * A pod in primitive arrays: its open windows as sums and counts, six numbers for each chip, and
 * the newest reading of every port. A board has its numbers together, in the order of its chips.
 */
public final class PodArrays implements CopyableValue<PodArrays> {
  /** What a window says when it is closed. */
  record Closed(PodTotals chips, LinkTotals links) {}

  private static final int COLUMNS = 6;

  /** Boards of a cabinet by their number; a board's array has {@value #COLUMNS} for each chip. */
  private static final class Window {
    int[] @Nullable [][] cabinets = new int[16][][];
    final LinkTotals links = new LinkTotals();
  }

  /** The newest reading of each port of a board. */
  private static final class Ports {
    /** Time, bytes sent, bytes received and errors. */
    private static final int COLUMNS = 4;

    /** Time of a port that was not read yet. */
    private static final long NEVER = 0;

    /** Ports of a chip for which there is room. */
    final int perChip;

    /** {@value #COLUMNS} for each port. */
    final long[] readings;

    /** As {@link PortState} has them. */
    final byte[] conditions;

    Ports(int chips, int perChip) {
      this(perChip, new long[chips * perChip * COLUMNS], new byte[chips * perChip]);
    }

    private Ports(int perChip, long[] readings, byte[] conditions) {
      this.perChip = perChip;
      this.readings = readings;
      this.conditions = conditions;
    }

    Ports copy() {
      return new Ports(perChip, readings.clone(), conditions.clone());
    }

    /** The same with room for more. */
    Ports grown(int chips, int ports) {
      Ports more = new Ports(chips, ports);
      for (int port = 0; port < conditions.length; port++) {
        int to = port / perChip * ports + port % perChip;
        System.arraycopy(readings, port * COLUMNS, more.readings, to * COLUMNS, COLUMNS);
        more.conditions[to] = conditions[port];
      }
      return more;
    }

    int chips() {
      return conditions.length / perChip;
    }

    /** Takes the links of a report; what they add goes to the window that began at a time. */
    void take(Report r, long beginMs, LinkTotals totals) {
      long timeMs = r.timeMs;
      for (int i = 0; i < r.linkCount; i++) {
        int port = r.linkChip[i] * perChip + r.linkPort[i];
        int at = port * COLUMNS;
        long beforeMs = readings[at];
        if (timeMs <= beforeMs) {
          continue; // Overtaken by a newer one.
        }
        long tx = Math.max(0, r.txBytes[i]);
        long rx = Math.max(0, r.rxBytes[i]);
        long errors = Math.max(0, r.crcErrors[i]) + Math.max(0, r.retries[i]);
        boolean degraded = false;
        if (beforeMs != NEVER) {
          long more = Math.max(0, errors - readings[at + 3]);
          totals.txBytes += Math.max(0, tx - readings[at + 1]);
          totals.rxBytes += Math.max(0, rx - readings[at + 2]);
          totals.errors += more;
          degraded = Answer.degraded(more, timeMs - beforeMs);
          if (beforeMs >= beginMs) {
            totals.count(conditions[port], -1);
          }
        }
        byte condition = PortState.condition(r.linkState[i], degraded);
        totals.count(condition, 1);
        conditions[port] = condition;
        readings[at] = timeMs;
        readings[at + 1] = tx;
        readings[at + 2] = rx;
        readings[at + 3] = errors;
      }
    }

    void write(DataOutputView out) throws IOException {
      out.writeInt(chips());
      out.writeInt(perChip);
      for (long number : readings) {
        out.writeLong(number);
      }
      out.write(conditions);
    }

    static Ports read(DataInputView in) throws IOException {
      Ports ports = new Ports(in.readInt(), in.readInt());
      for (int i = 0; i < ports.readings.length; i++) {
        ports.readings[i] = in.readLong();
      }
      in.readFully(ports.conditions);
      return ports;
    }
  }

  private final SortedMap<Long, Window> open = new TreeMap<>();
  private long latestStartMs = Long.MIN_VALUE;
  private @Nullable Window latest;

  /** By cabinet and board. */
  private @Nullable Ports[] @Nullable [] ports = new Ports[16][];

  /**
   * Adds the chips of a report.
   *
   * @param startMs start of their window
   * @return true if the window is a new one
   */
  boolean addChips(long startMs, Report r) {
    int before = open.size();
    Window w = window(startMs);
    int[] sums = board(w, r.cabinet, r.board, r.chipCount == 0 ? 0 : r.chip[r.chipCount - 1] + 1);
    for (int i = 0; i < r.chipCount; i++) {
      int at = r.chip[i] * COLUMNS;
      add(sums, at, r.temperature[i]);
      add(sums, at + 2, r.power[i]);
      add(sums, at + 4, r.utilization[i]);
    }
    return open.size() > before;
  }

  /**
   * Adds the links of a report.
   *
   * @param startMs start of their window, as {@link Windows#ofLinks} has it
   * @return true if the window is a new one
   */
  boolean addLinks(long startMs, Report r) {
    int before = open.size();
    Window w = window(startMs);
    int chips = 0;
    int perChip = 0;
    for (int i = 0; i < r.linkCount; i++) {
      chips = Math.max(chips, r.linkChip[i] + 1);
      perChip = Math.max(perChip, r.linkPort[i] + 1);
    }
    ports(r.cabinet, r.board, chips, perChip).take(r, startMs + Answer.LINKS_LATER_MS, w.links);
    return open.size() > before;
  }

  private Window window(long startMs) {
    Window w = latest;
    if (w == null || startMs != latestStartMs) {
      w = open.computeIfAbsent(startMs, start -> new Window());
      latest = w;
      latestStartMs = startMs;
    }
    return w;
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

  private Ports ports(int cabinet, int board, int chips, int perChip) {
    if (cabinet >= ports.length) {
      ports = Arrays.copyOf(ports, Math.max(cabinet + 1, 2 * ports.length));
    }
    @Nullable Ports[] boards = ports[cabinet];
    if (boards == null) {
      boards = new Ports[board + 1];
      ports[cabinet] = boards;
    } else if (board >= boards.length) {
      boards = Arrays.copyOf(boards, Math.max(board + 1, 2 * boards.length));
      ports[cabinet] = boards;
    }
    Ports here = boards[board];
    if (here == null) {
      here = new Ports(chips, perChip);
      boards[board] = here;
    } else if (perChip > here.perChip || chips > here.chips()) {
      here = here.grown(Math.max(chips, here.chips()), Math.max(perChip, here.perChip));
      boards[board] = here;
    }
    return here;
  }

  /** Closes a window. */
  Closed close(long startMs) {
    PodTotals pod = new PodTotals();
    Window w = open.remove(startMs);
    if (startMs == latestStartMs) {
      latest = null;
      latestStartMs = Long.MIN_VALUE;
    }
    if (w == null) {
      return new Closed(pod, new LinkTotals());
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
              cabinet.add(b, at / COLUMNS, mean(sums, at), mean(sums, at + 2), mean(sums, at + 4));
            }
          }
        }
        pod.add(cabinet);
      }
    }
    return new Closed(pod, w.links);
  }

  private static int mean(int[] sums, int at) {
    return sums[at + 1] == 0 ? ABSENT : Math.floorDiv(sums[at], sums[at + 1]);
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeInt(open.size());
    for (var entry : open.entrySet()) {
      out.writeLong(entry.getKey());
      entry.getValue().links.write(out);
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
    out.writeInt(ports.length);
    for (@Nullable Ports[] boards : ports) {
      out.writeInt(boards == null ? -1 : boards.length);
      for (int b = 0; boards != null && b < boards.length; b++) {
        Ports here = boards[b];
        out.writeBoolean(here != null);
        if (here != null) {
          here.write(out);
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
      w.links.read(in);
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
    ports = new Ports[in.readInt()][];
    for (int c = 0; c < ports.length; c++) {
      int length = in.readInt();
      if (length >= 0) {
        @Nullable Ports[] boards = new Ports[length];
        ports[c] = boards;
        for (int b = 0; b < length; b++) {
          boards[b] = in.readBoolean() ? Ports.read(in) : null;
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
          window.links.copyTo(copy.links);
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
    target.ports = ports.clone();
    for (int c = 0; c < target.ports.length; c++) {
      @Nullable Ports[] boards = target.ports[c];
      if (boards != null) {
        boards = boards.clone();
        target.ports[c] = boards;
        for (int b = 0; b < boards.length; b++) {
          Ports here = boards[b];
          boards[b] = here == null ? null : here.copy();
        }
      }
    }
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
