package io.isotherm.core;

import static io.isotherm.core.IncidentKind.POWER_SAG;

import io.isotherm.model.PodLayout;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/**
 * Finds power feeds that sag.
 *
 * <p>Statistic: three quarters of the chips of a feed hold their clocks down to save power, and the
 * median clock of those that work is at most {@code powerSagClock} thousandths of the median of the
 * other feeds' medians. Where both are known, their median power must be at least a twentieth below
 * that of the others as well: chips that heavy work holds at their power cap run at low clocks,
 * too, but draw as much as any. A chip works at half its time or more, or if it does not say. A
 * feed on which none works sags if the median clock of its idle chips is as low beside that of the
 * other feeds' idle chips, which have no work that could hold them at a cap. Where there is nothing
 * to compare with, in a pod of one feed or without clocks, nothing sags: the chips' own word alone
 * means only that they are at their power cap, as loaded chips are. What is open stays so in a
 * pause, as long as its chips still say so.
 */
final class PowerFindings {
  /** Chips that must report before a feed can sag. */
  private static final int FEWEST_CHIPS = 4;

  private final Judgement judgement;
  private final PodLayout layout;
  private final int[] readings;
  private final int[] clocks;
  private final int[] powers;
  private final int[] idleClocks;
  private final int[] saving;
  private final int[] reporting;
  private final int[] others;

  PowerFindings(Judgement judgement) {
    this.judgement = judgement;
    layout = judgement.layout;
    readings = new int[layout.chipsPerCabinet() * layout.cabinetsPerPowerFeed()];
    int feeds = layout.powerFeeds();
    clocks = new int[feeds];
    powers = new int[feeds];
    idleClocks = new int[feeds];
    saving = new int[feeds];
    reporting = new int[feeds];
    others = new int[feeds];
  }

  /** Makes the findings of this window. */
  void find() {
    boolean any = false;
    for (int feed = 0; feed < clocks.length; feed++) {
      count(feed);
      any |= saves(feed);
    }
    if (!any) {
      return;
    }
    OpenWindow open = judgement.open();
    for (int feed = 0; feed < clocks.length; feed++) {
      clocks[feed] = median(feed, this::works, open::clock);
      powers[feed] = median(feed, this::works, open::power);
      idleClocks[feed] = median(feed, this::idles, open::clock);
    }
    for (int feed = 0; feed < clocks.length; feed++) {
      if (saves(feed)) {
        compare(feed);
      }
    }
  }

  private void compare(int feed) {
    boolean works = clocks[feed] >= 0;
    long permille = ofPeers(works ? clocks : idleClocks, feed);
    boolean low = permille >= 0 && permille <= judgement.settings.powerSagClock();
    if (permille < 0 || (!works && !low)) {
      // Nobody works here or elsewhere, and idle clocks may be anything: of what is open nothing is
      // known.
      judgement.pausing.add(Candidate.key(POWER_SAG, feed));
      return;
    }
    if (!low || (works && drawsAsMuch(feed))) {
      return;
    }
    Candidate c = judgement.candidate(POWER_SAG, feed, layout.powerFeedPath(feed));
    c.critical = true;
    c.chipsAffected = reporting[feed];
    c.evidence(judgement.evidence("power_sag", c.path, permille, 1_000, "permille"));
  }

  /** A feed's clock in thousandths of the other feeds'; -1 if either is not known. */
  private long ofPeers(int[] medians, int feed) {
    int peers = peers(medians, feed);
    return peers <= 0 || medians[feed] < 0 ? -1 : 1_000L * medians[feed] / peers;
  }

  /** Whether a feed's chips are known to draw more than nineteen twentieths of what others do. */
  private boolean drawsAsMuch(int feed) {
    int peers = peers(powers, feed);
    return powers[feed] >= 0 && peers >= 0 && 20 * powers[feed] > 19 * peers;
  }

  /** Whether so many chips of a feed hold their clocks down that the feed may be the cause. */
  private boolean saves(int feed) {
    boolean open = judgement.ledger.isOpen(POWER_SAG, feed);
    return reporting[feed] >= FEWEST_CHIPS
        && saving[feed] * (open ? 2 : 4) >= reporting[feed] * (open ? 1 : 3);
  }

  private int firstChip(int feed) {
    return Math.min(
        layout.chips(), feed * layout.cabinetsPerPowerFeed() * layout.chipsPerCabinet());
  }

  private boolean reports(int chip) {
    return judgement.boardStatus[layout.boardOfChip(chip)] == Judgement.HEARD
        && judgement.open().samples(chip) != 0;
  }

  private void count(int feed) {
    OpenWindow open = judgement.open();
    saving[feed] = 0;
    reporting[feed] = 0;
    for (int chip = firstChip(feed); chip < firstChip(feed + 1); chip++) {
      if (reports(chip)) {
        reporting[feed]++;
        saving[feed] += open.flagged(chip, OpenWindow.POWER_SAVED) ? 1 : 0;
      }
    }
  }

  /** Lower median of a reading of some of a feed's chips; -1 if none of them gives it. */
  private int median(int feed, IntPredicate of, IntUnaryOperator reading) {
    int n = 0;
    for (int chip = firstChip(feed); chip < firstChip(feed + 1); chip++) {
      int value = of.test(chip) ? reading.applyAsInt(chip) : -1;
      if (value >= 0) {
        readings[n++] = value;
      }
    }
    Arrays.sort(readings, 0, n);
    return n == 0 ? -1 : readings[(n - 1) / 2];
  }

  /** Whether a chip that reports is under load, or does not say how busy it is. */
  private boolean works(int chip) {
    int utilization = reports(chip) ? judgement.open().utilization(chip) : 0;
    return utilization < 0 || utilization >= HeatFindings.BUSY;
  }

  /** Whether a chip that reports says that it has little to do, or nothing. */
  private boolean idles(int chip) {
    return reports(chip) && !works(chip);
  }

  /** Lower median of the other feeds' medians; -1 if there are none. */
  private int peers(int[] medians, int feed) {
    int n = 0;
    for (int f = 0; f < medians.length; f++) {
      if (f != feed && medians[f] >= 0) {
        others[n++] = medians[f];
      }
    }
    Arrays.sort(others, 0, n);
    return n == 0 ? -1 : others[(n - 1) / 2];
  }
}
