package io.isotherm.model;

import java.util.Arrays;

/**
 * What one agent saw of its board at one instant, in columns of primitive arrays.
 *
 * <p>One instance is filled again and again, so that reading a million chips a second allocates
 * nothing. Entry {@code i} of every chip column speaks of the chip at position {@code chip[i]} of
 * the board; entry {@code i} of every link column of port {@code linkPort[i]} of the chip at {@code
 * linkChip[i]}. Entries at and beyond {@code chipCount} or {@code linkCount} hold garbage. A
 * reading that was not given is {@link #ABSENT} in an {@code int} column and {@link #ABSENT_LONG}
 * in a {@code long} column. Units and meaning of every column are those of the schema {@code
 * BoardReport}.
 *
 * <p>Not safe for use by several threads.
 */
public final class Report {
  /** A reading that was not given, in an {@code int} column. */
  public static final int ABSENT = Integer.MIN_VALUE;

  /** A reading that was not given, in a {@code long} column. */
  public static final long ABSENT_LONG = Long.MIN_VALUE;

  /** Most chips that one report may carry. */
  public static final int MAX_CHIPS = 1024;

  /** Most links that one report may carry. */
  public static final int MAX_LINKS = 65_536;

  /** Readings of a chip, beside its position. */
  public static final int CHIP_READINGS = 13;

  /** Readings of a link, beside its chip and port. */
  public static final int LINK_READINGS = 8;

  /** {@link #health} of a chip whose exporter calls it good. */
  public static final int HEALTH_OK = 1;

  /** {@link #health} of a chip whose exporter warns. */
  public static final int HEALTH_WARNING = 2;

  /** {@link #health} of a chip whose exporter calls it broken. */
  public static final int HEALTH_FATAL = 3;

  /** {@link #linkState} of a port that carries traffic. */
  public static final int LINK_UP = 1;

  /** {@link #linkState} of a port that carries none. */
  public static final int LINK_DOWN = 2;

  /** Bit of {@link #throttleReasons}: the clock is held down because the chip is too hot. */
  public static final int THROTTLE_THERMAL = 1;

  /** Bit of {@link #throttleReasons}: the clock is held down to stay within the power limit. */
  public static final int THROTTLE_POWER = 2;

  /** Bit of {@link #throttleReasons}: the hardware slowed itself down to protect itself. */
  public static final int THROTTLE_HARDWARE = 4;

  /** Bit of {@link #throttleReasons}: another reason, by which nothing is explained. */
  public static final int THROTTLE_OTHER = 8;

  /** True for a heartbeat of the clock, which carries no readings. */
  public boolean tick;

  /** Name of the pod. */
  public String pod = "";

  /** Cabinet in the pod, from 0. */
  public int cabinet;

  /** Board in the cabinet, from 0. */
  public int board;

  /** Event time of the agent's start, in milliseconds since 1970-01-01 UTC. */
  public long agentStartMs;

  /** Number of this report since the agent's start, from 0. */
  public long sequence;

  /** Event time of the readings, in milliseconds since 1970-01-01 UTC. */
  public long timeMs;

  /** Number of chips in this report. */
  public int chipCount;

  public int[] chip = new int[8];
  public int[] health = new int[8];
  public long[] errorCode = new long[8];
  public int[] temperature = new int[8];
  public int[] hbmTemperature = new int[8];
  public int[] power = new int[8];
  public int[] utilization = new int[8];
  public int[] tensorActivity = new int[8];
  public int[] clock = new int[8];
  public int[] hbmUsed = new int[8];
  public int[] throttleReasons = new int[8];
  public long[] eccCorrected = new long[8];
  public long[] eccUncorrected = new long[8];
  public long[] steps = new long[8];

  /** Number of links in this report; 0 if links were not read at this instant. */
  public int linkCount;

  public int[] linkChip = new int[16];
  public int[] linkPort = new int[16];
  public int[] linkState = new int[16];
  public int[] linkRate = new int[16];
  public long[] txBytes = new long[16];
  public long[] rxBytes = new long[16];
  public long[] crcErrors = new long[16];
  public long[] retries = new long[16];
  public long[] recoveries = new long[16];
  public long[] waitMicros = new long[16];

  /** Empties this report and makes it an agent's report. */
  public void clear() {
    tick = false;
    chipCount = 0;
    linkCount = 0;
  }

  /**
   * Appends a chip with every reading absent.
   *
   * @param position position of the chip on the board, from 0
   * @return the new entry's index in the chip columns
   * @throws IllegalStateException if the report holds {@link #MAX_CHIPS} already
   */
  public int addChip(int position) {
    int i = reserveChip();
    chip[i] = position;
    health[i] = ABSENT;
    errorCode[i] = ABSENT_LONG;
    temperature[i] = ABSENT;
    hbmTemperature[i] = ABSENT;
    power[i] = ABSENT;
    utilization[i] = ABSENT;
    tensorActivity[i] = ABSENT;
    clock[i] = ABSENT;
    hbmUsed[i] = ABSENT;
    throttleReasons[i] = ABSENT;
    eccCorrected[i] = ABSENT_LONG;
    eccUncorrected[i] = ABSENT_LONG;
    steps[i] = ABSENT_LONG;
    return i;
  }

  /**
   * Appends a link with every reading absent.
   *
   * @param position position of the chip on the board, from 0
   * @param port port of the chip, from 0
   * @return the new entry's index in the link columns
   * @throws IllegalStateException if the report holds {@link #MAX_LINKS} already
   */
  public int addLink(int position, int port) {
    int i = reserveLink();
    linkChip[i] = position;
    linkPort[i] = port;
    linkState[i] = ABSENT;
    linkRate[i] = ABSENT;
    txBytes[i] = ABSENT_LONG;
    rxBytes[i] = ABSENT_LONG;
    crcErrors[i] = ABSENT_LONG;
    retries[i] = ABSENT_LONG;
    recoveries[i] = ABSENT_LONG;
    waitMicros[i] = ABSENT_LONG;
    return i;
  }

  /**
   * Appends a chip whose columns hold anything; all of them must be set before it is read. For a
   * writer that sets every column anyway.
   *
   * @return the new entry's index in the chip columns
   * @throws IllegalStateException if the report holds {@link #MAX_CHIPS} already
   */
  public int reserveChip() {
    if (chipCount == chip.length) {
      growChips();
    }
    return chipCount++;
  }

  /**
   * Appends a link whose columns hold anything; all of them must be set before it is read. For a
   * writer that sets every column anyway.
   *
   * @return the new entry's index in the link columns
   * @throws IllegalStateException if the report holds {@link #MAX_LINKS} already
   */
  public int reserveLink() {
    if (linkCount == linkChip.length) {
      growLinks();
    }
    return linkCount++;
  }

  /**
   * As {@link #reserveChip}, of several.
   *
   * @return the index of the first
   * @throws IllegalStateException if the report would hold more than {@link #MAX_CHIPS}
   */
  public int reserveChips(int count) {
    while (count > chip.length - chipCount) {
      growChips();
    }
    chipCount += count;
    return chipCount - count;
  }

  /**
   * As {@link #reserveLink}, of several.
   *
   * @return the index of the first
   * @throws IllegalStateException if the report would hold more than {@link #MAX_LINKS}
   */
  public int reserveLinks(int count) {
    while (count > linkChip.length - linkCount) {
      growLinks();
    }
    linkCount += count;
    return linkCount - count;
  }

  private void growChips() {
    if (chip.length >= MAX_CHIPS) {
      throw new IllegalStateException("a report holds at most " + MAX_CHIPS + " chips");
    }
    int n = Math.min(MAX_CHIPS, chip.length * 2);
    chip = Arrays.copyOf(chip, n);
    health = Arrays.copyOf(health, n);
    errorCode = Arrays.copyOf(errorCode, n);
    temperature = Arrays.copyOf(temperature, n);
    hbmTemperature = Arrays.copyOf(hbmTemperature, n);
    power = Arrays.copyOf(power, n);
    utilization = Arrays.copyOf(utilization, n);
    tensorActivity = Arrays.copyOf(tensorActivity, n);
    clock = Arrays.copyOf(clock, n);
    hbmUsed = Arrays.copyOf(hbmUsed, n);
    throttleReasons = Arrays.copyOf(throttleReasons, n);
    eccCorrected = Arrays.copyOf(eccCorrected, n);
    eccUncorrected = Arrays.copyOf(eccUncorrected, n);
    steps = Arrays.copyOf(steps, n);
  }

  private void growLinks() {
    if (linkChip.length >= MAX_LINKS) {
      throw new IllegalStateException("a report holds at most " + MAX_LINKS + " links");
    }
    int n = Math.min(MAX_LINKS, linkChip.length * 2);
    linkChip = Arrays.copyOf(linkChip, n);
    linkPort = Arrays.copyOf(linkPort, n);
    linkState = Arrays.copyOf(linkState, n);
    linkRate = Arrays.copyOf(linkRate, n);
    txBytes = Arrays.copyOf(txBytes, n);
    rxBytes = Arrays.copyOf(rxBytes, n);
    crcErrors = Arrays.copyOf(crcErrors, n);
    retries = Arrays.copyOf(retries, n);
    recoveries = Arrays.copyOf(recoveries, n);
    waitMicros = Arrays.copyOf(waitMicros, n);
  }
}
