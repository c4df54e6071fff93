package io.isotherm.benchmarks.peers;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/** A chip, a cabinet or a pod as Flink's key. Not changed once it is one. */
public final class Place implements CopyableValue<Place>, Comparable<Place> {
  private static final int CABINET_SHIFT = 40;
  private static final int BOARD_SHIFT = 20;

  private String pod = "";

  /** Cabinet, board and chip, as far as the place has them. */
  private long number;

  /** For Flink, which reads into it. */
  public Place() {}

  private Place(String pod, long number) {
    this.pod = pod;
    this.number = number;
  }

  /** The chip of a port; only to be compared with its like. */
  static Place chip(LinkReading r) {
    return new Place(r.pod(), r.chipPlace());
  }

  static Place chip(ChipReading r) {
    return new Place(
        r.pod(), (long) r.cabinet << CABINET_SHIFT | (long) r.board << BOARD_SHIFT | r.chip);
  }

  static Place cabinet(ChipReading r) {
    return new Place(r.pod(), r.cabinet);
  }

  static Place pod(String pod) {
    return new Place(pod, 0);
  }

  String pod() {
    return pod;
  }

  /** Puts a chip's place into a reading. */
  void placeChip(ChipReading r) {
    r.at(
        PodName.of(pod),
        (int) (number >> CABINET_SHIFT),
        (int) (number >> BOARD_SHIFT) & (1 << BOARD_SHIFT) - 1,
        (int) number & (1 << BOARD_SHIFT) - 1);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Place p && p.number == number && p.pod.equals(pod);
  }

  @Override
  public int hashCode() {
    // A string remembers its own.
    return 31 * pod.hashCode() + Long.hashCode(number * 0x9E3779B97F4A7C15L);
  }

  @Override
  public int compareTo(Place other) {
    int byPod = pod.compareTo(other.pod);
    return byPod != 0 ? byPod : Long.compare(number, other.number);
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeUTF(pod);
    out.writeLong(number);
  }

  @Override
  public void read(DataInputView in) throws IOException {
    pod = in.readUTF();
    number = in.readLong();
  }

  @Override
  public int getBinaryLength() {
    return -1;
  }

  @Override
  public void copyTo(Place target) {
    target.pod = pod;
    target.number = number;
  }

  @Override
  public Place copy() {
    return new Place(pod, number);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    target.writeUTF(source.readUTF());
    target.writeLong(source.readLong());
  }
}
