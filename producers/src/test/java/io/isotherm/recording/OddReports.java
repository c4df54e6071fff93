package io.isotherm.recording;

import io.isotherm.model.Report;
import java.util.SplittableRandom;

/**
 * Reports at random with all that a schema allows and no agent should send: boards that come and go
 * in any order, ticks with readings, chips twice or not at all, counters that fall or overflow.
 */
final class OddReports {
  private static final String[] PODS = {"pod-00", "pod-01", "", "Pöd/Ω"};
  private static final long[] EXTREMES = {
    Long.MIN_VALUE + 1, Long.MAX_VALUE, 0, -1, 1, 1L << 62, -(1L << 62), 1L << 53, 9_999_999_999L
  };

  private final SplittableRandom random;

  /** How often something odd happens, in tenths. */
  private final int oddness;

  private final Report before = new Report();

  OddReports(long seed) {
    random = new SplittableRandom(seed);
    oddness = random.nextInt(10);
    before.addChip(0);
    before.addLink(0, 0);
  }

  private boolean odd() {
    return random.nextInt(10) < oddness && random.nextInt(4) == 0;
  }

  /** Fills a report. */
  void next(Report r) {
    r.clear();
    boolean strange = odd();
    r.tick = random.nextInt(20) == 0;
    r.pod = PODS[strange ? random.nextInt(PODS.length) : 0];
    r.cabinet = strange ? random.nextInt() : 0;
    r.board = strange ? (int) extreme() : random.nextInt(4);
    r.agentStartMs = odd() ? anyLong() : 1_800_000_000_000L;
    r.sequence = odd() ? anyLong() : before.sequence + 1;
    r.timeMs = odd() ? anyLong() : before.timeMs + 1_000;
    chips(r);
    links(r);
    before.sequence = r.sequence;
    before.timeMs = r.timeMs;
  }

  private void chips(Report r) {
    int n = odd() ? random.nextInt(20) : 8;
    for (int c = 0; c < n; c++) {
      int i = r.addChip(odd() ? random.nextInt() : c);
      int p = Math.min(i, before.chipCount - 1);
      r.health[i] = state(Report.HEALTH_FATAL);
      r.errorCode[i] = random.nextInt(5) == 0 ? reading(0) : Report.ABSENT_LONG;
      r.temperature[i] = reading(before.temperature[p]);
      r.hbmTemperature[i] = reading(before.hbmTemperature[p]);
      r.power[i] = reading(before.power[p]);
      r.utilization[i] = reading(before.utilization[p]);
      r.tensorActivity[i] = reading(before.tensorActivity[p]);
      r.clock[i] = reading(1_800);
      r.hbmUsed[i] = reading(before.hbmUsed[p]);
      r.throttleReasons[i] = reading(0);
      r.eccCorrected[i] = reading(before.eccCorrected[p]);
      r.eccUncorrected[i] = reading(0L);
      r.steps[i] = reading(before.steps[p]);
    }
    while (before.chipCount < r.chipCount) {
      before.addChip(0);
    }
    copy(r.temperature, before.temperature, r.chipCount);
    copy(r.hbmTemperature, before.hbmTemperature, r.chipCount);
    copy(r.power, before.power, r.chipCount);
    copy(r.utilization, before.utilization, r.chipCount);
    copy(r.tensorActivity, before.tensorActivity, r.chipCount);
    copy(r.hbmUsed, before.hbmUsed, r.chipCount);
    System.arraycopy(r.eccCorrected, 0, before.eccCorrected, 0, r.chipCount);
    System.arraycopy(r.steps, 0, before.steps, 0, r.chipCount);
  }

  private static void copy(int[] from, int[] to, int count) {
    System.arraycopy(from, 0, to, 0, count);
  }

  private void links(Report r) {
    if (random.nextInt(3) > 0) {
      return;
    }
    int n = odd() ? random.nextInt(50) : 16;
    for (int l = 0; l < n; l++) {
      int i = r.addLink(odd() ? random.nextInt() : l / 4, odd() ? random.nextInt() : l % 4);
      int p = Math.min(i, before.linkCount - 1);
      r.linkState[i] = state(Report.LINK_DOWN);
      r.linkRate[i] = reading(400_000);
      r.txBytes[i] = counter(before.txBytes[p]);
      r.rxBytes[i] = counter(before.rxBytes[p]);
      r.crcErrors[i] = reading(before.crcErrors[p]);
      r.retries[i] = reading(0L);
      r.recoveries[i] = reading(0L);
      r.waitMicros[i] = counter(before.waitMicros[p]);
    }
    while (before.linkCount < r.linkCount) {
      before.addLink(0, 0);
    }
    System.arraycopy(r.txBytes, 0, before.txBytes, 0, r.linkCount);
    System.arraycopy(r.rxBytes, 0, before.rxBytes, 0, r.linkCount);
    System.arraycopy(r.crcErrors, 0, before.crcErrors, 0, r.linkCount);
    System.arraycopy(r.waitMicros, 0, before.waitMicros, 0, r.linkCount);
  }

  private int state(int most) {
    return odd() ? Report.ABSENT : odd() ? random.nextInt(most + 1) : Math.min(1, most);
  }

  private int reading(int near) {
    if (odd()) {
      return random.nextBoolean() ? Report.ABSENT : Math.max(Report.ABSENT + 1, random.nextInt());
    }
    if (odd()) {
      return random.nextBoolean() ? Integer.MAX_VALUE : Report.ABSENT + 1;
    }
    return near == Report.ABSENT ? 0 : Math.max(Report.ABSENT + 1, near + random.nextInt(-3, 4));
  }

  private long reading(long near) {
    if (odd()) {
      return random.nextBoolean() ? Report.ABSENT_LONG : extreme();
    }
    return near == Report.ABSENT_LONG ? 0 : Math.max(Report.ABSENT_LONG + 1, near);
  }

  private long counter(long near) {
    long value = reading(near);
    return value == Report.ABSENT_LONG || odd() ? value : near(value);
  }

  private long near(long value) {
    return Math.max(Report.ABSENT_LONG + 1, value + 1_000_000 + random.nextInt(100_000));
  }

  private long anyLong() {
    return random.nextBoolean()
        ? random.nextLong()
        : random.nextBoolean() ? Long.MIN_VALUE : extreme();
  }

  private long extreme() {
    return EXTREMES[random.nextInt(EXTREMES.length)];
  }
}
