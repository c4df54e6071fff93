package io.isotherm.benchmarks.peers;

import io.isotherm.benchmarks.Answer;
import io.isotherm.model.Report;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/** The newest reading of one port: what the next is held against. */
public final class PortState implements CopyableValue<PortState> {
  /** Condition of a port that is up. */
  static final byte UP = 1;

  /** Condition of a port that is down. */
  static final byte DOWN = 2;

  /** Condition of a port that is up with too many errors. */
  static final byte DEGRADED = 3;

  private static final byte UNKNOWN = 0;

  /** Length of {@link #write(ByteBuffer)} in bytes. */
  static final int BYTES = 4 * Long.BYTES + 1;

  private static final long NEVER = Long.MIN_VALUE;

  private long timeMs = NEVER;
  private byte condition;
  private long txBytes;
  private long rxBytes;
  private long errors;

  /**
   * Takes the next reading of the port.
   *
   * @param state as {@link Report#linkState}
   * @param newErrors checksum errors and retries
   * @param change becomes what the reading adds to its window
   */
  void next(
      long newTimeMs,
      int state,
      long newTxBytes,
      long newRxBytes,
      long newErrors,
      LinkTotals change) {
    change.clear();
    if (newTimeMs <= timeMs) {
      return; // Overtaken by a newer one.
    }
    boolean degraded = false;
    if (timeMs != NEVER) {
      change.txBytes = Math.max(0, newTxBytes - txBytes);
      change.rxBytes = Math.max(0, newRxBytes - rxBytes);
      change.errors = Math.max(0, newErrors - errors);
      degraded = Answer.degraded(change.errors, newTimeMs - timeMs);
      if (Windows.ofLinks(timeMs) == Windows.ofLinks(newTimeMs)) {
        change.count(condition, -1);
      }
    }
    condition = condition(state, degraded);
    change.count(condition, 1);
    timeMs = newTimeMs;
    txBytes = newTxBytes;
    rxBytes = newRxBytes;
    errors = newErrors;
  }

  /** What a port is like. */
  static byte condition(int state, boolean degraded) {
    return switch (state) {
      case Report.LINK_UP -> degraded ? DEGRADED : UP;
      case Report.LINK_DOWN -> DOWN;
      default -> UNKNOWN;
    };
  }

  void write(ByteBuffer to) {
    to.putLong(timeMs).putLong(txBytes).putLong(rxBytes).putLong(errors).put(condition);
  }

  static PortState read(ByteBuffer from) {
    PortState s = new PortState();
    s.timeMs = from.getLong();
    s.txBytes = from.getLong();
    s.rxBytes = from.getLong();
    s.errors = from.getLong();
    s.condition = from.get();
    return s;
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeLong(timeMs);
    out.writeLong(txBytes);
    out.writeLong(rxBytes);
    out.writeLong(errors);
    out.writeByte(condition);
  }

  @Override
  public void read(DataInputView in) throws IOException {
    timeMs = in.readLong();
    txBytes = in.readLong();
    rxBytes = in.readLong();
    errors = in.readLong();
    condition = in.readByte();
  }

  @Override
  public int getBinaryLength() {
    return BYTES;
  }

  @Override
  public void copyTo(PortState target) {
    target.timeMs = timeMs;
    target.condition = condition;
    target.txBytes = txBytes;
    target.rxBytes = rxBytes;
    target.errors = errors;
  }

  @Override
  public PortState copy() {
    PortState copy = new PortState();
    copyTo(copy);
    return copy;
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    target.write(source, BYTES);
  }
}
