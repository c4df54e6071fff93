package io.isotherm.benchmarks;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the readings themselves need on the wire: for each field the entropy of the differences to
 * the reading before of the same chip or port, summed over the fields. Absence is a value like any
 * other. The first reading of a part has nothing before it and is not counted.
 */
final class DeltaEntropy {
  private static final int CHIP_FIELDS = 13;
  private static final int LINK_FIELDS = 8;

  /** Stands for the difference to or from an absent reading; no counter steps so far. */
  private static final long ABSENT_DELTA = Long.MIN_VALUE;

  private final Map<String, Pod> pods = new HashMap<>();
  private final Entropy[] chipFields = entropies(CHIP_FIELDS);
  private final Entropy[] linkFields = entropies(LINK_FIELDS);

  private record Pod(PodLayout layout, Before chips, Before ports) {}

  /** The newest readings of all parts, field by field. */
  private static final class Before {
    final int fields;
    final long[] values;
    final boolean[] seen;

    Before(int parts, int fields) {
      this.fields = fields;
      values = new long[parts * fields];
      seen = new boolean[parts];
    }
  }

  DeltaEntropy(List<PodLayout> layouts) {
    for (PodLayout layout : layouts) {
      pods.put(
          layout.pod(),
          new Pod(
              layout,
              new Before(layout.chips(), CHIP_FIELDS),
              new Before(layout.ports(), LINK_FIELDS)));
    }
  }

  private static Entropy[] entropies(int n) {
    Entropy[] all = new Entropy[n];
    for (int i = 0; i < n; i++) {
      all[i] = new Entropy();
    }
    return all;
  }

  /**
   * Takes a report.
   *
   * @throws IllegalArgumentException if its pod is none of the layouts'
   */
  void accept(Report r) {
    Pod pod = pods.get(r.pod);
    if (pod == null) {
      throw new IllegalArgumentException("unknown pod " + r.pod);
    }
    PodLayout layout = pod.layout();
    int board = layout.boardIndex(r.cabinet, r.board);
    for (int i = 0; i < r.chipCount; i++) {
      long[] now = {
        value(r.health[i]),
        value(r.errorCode[i]),
        value(r.temperature[i]),
        value(r.hbmTemperature[i]),
        value(r.power[i]),
        value(r.utilization[i]),
        value(r.tensorActivity[i]),
        value(r.clock[i]),
        value(r.hbmUsed[i]),
        value(r.throttleReasons[i]),
        value(r.eccCorrected[i]),
        value(r.eccUncorrected[i]),
        value(r.steps[i])
      };
      add(pod.chips(), layout.chipIndex(board, r.chip[i]), now, chipFields);
    }
    for (int i = 0; i < r.linkCount; i++) {
      long[] now = {
        value(r.linkState[i]),
        value(r.linkRate[i]),
        value(r.txBytes[i]),
        value(r.rxBytes[i]),
        value(r.crcErrors[i]),
        value(r.retries[i]),
        value(r.recoveries[i]),
        value(r.waitMicros[i])
      };
      int chip = layout.chipIndex(board, r.linkChip[i]);
      add(pod.ports(), layout.portIndex(chip, r.linkPort[i]), now, linkFields);
    }
  }

  private static long value(int reading) {
    return reading == Report.ABSENT ? Report.ABSENT_LONG : reading;
  }

  private static long value(long reading) {
    return reading;
  }

  private static void add(Before before, int part, long[] now, Entropy[] fields) {
    int first = part * before.fields;
    for (int f = 0; f < now.length; f++) {
      if (before.seen[part]) {
        long old = before.values[first + f];
        boolean absent = old == Report.ABSENT_LONG || now[f] == Report.ABSENT_LONG;
        fields[f].add(absent ? (old == now[f] ? 0 : ABSENT_DELTA) : now[f] - old);
      }
      before.values[first + f] = now[f];
    }
    before.seen[part] = true;
  }

  /** Bytes for each chip-sample: its own fields, and its links' share. */
  double bytesPerChipSample(long chipSamples, long linkSamples) {
    return bytes(chipFields) + bytes(linkFields) * linkSamples / chipSamples;
  }

  /** Bytes for one sample of every field. */
  private static double bytes(Entropy[] fields) {
    double bits = 0;
    for (Entropy field : fields) {
      bits += field.total() == 0 ? 0 : field.bits() / field.total();
    }
    return bits / 8;
  }

  /** Bytes of one chip's fields, without links. */
  double bytesPerChip() {
    return bytes(chipFields);
  }
}
