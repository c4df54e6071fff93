package io.isotherm.benchmarks.peers;

import io.isotherm.benchmarks.Answer;
import java.nio.ByteBuffer;

/** The ports of one pod in one window, or what one reading of a port adds to that. */
public final class LinkTotals implements Totals<LinkTotals> {
  /** Length of {@link #write(ByteBuffer)} in bytes. */
  static final int BYTES = 3 * Integer.BYTES + 3 * Long.BYTES;

  int up;
  int down;
  int degraded;
  long txBytes;
  long rxBytes;

  /** Checksum errors and retries. */
  long errors;

  void clear() {
    up = 0;
    down = 0;
    degraded = 0;
    txBytes = 0;
    rxBytes = 0;
    errors = 0;
  }

  /**
   * Counts a port.
   *
   * @param condition of {@link PortState}
   * @param ports 1, or -1 to take it back
   */
  void count(byte condition, int ports) {
    switch (condition) {
      case PortState.UP -> up += ports;
      case PortState.DOWN -> down += ports;
      case PortState.DEGRADED -> degraded += ports;
      default -> {}
    }
  }

  @Override
  public void add(LinkTotals other) {
    up += other.up;
    down += other.down;
    degraded += other.degraded;
    txBytes += other.txBytes;
    rxBytes += other.rxBytes;
    errors += other.errors;
  }

  /** Writes the line of the answer. */
  void tell(String pod, long windowStartMs, Answer answer) {
    answer.links(pod, windowStartMs, up, down, degraded, txBytes, rxBytes, errors);
  }

  @Override
  public int bytes() {
    return BYTES;
  }

  @Override
  public void write(ByteBuffer to) {
    to.putInt(up).putInt(down).putInt(degraded);
    to.putLong(txBytes).putLong(rxBytes).putLong(errors);
  }

  @Override
  public void fill(ByteBuffer from) {
    up = from.getInt();
    down = from.getInt();
    degraded = from.getInt();
    txBytes = from.getLong();
    rxBytes = from.getLong();
    errors = from.getLong();
  }

  static LinkTotals read(ByteBuffer from) {
    LinkTotals t = new LinkTotals();
    t.fill(from);
    return t;
  }

  @Override
  public void copyTo(LinkTotals target) {
    target.clear();
    target.add(this);
  }

  @Override
  public LinkTotals copy() {
    LinkTotals copy = new LinkTotals();
    copyTo(copy);
    return copy;
  }
}
