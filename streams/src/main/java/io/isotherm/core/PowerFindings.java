package io.isotherm.core;

import static io.isotherm.core.IncidentKind.POWER_SAG;

import io.isotherm.model.PodLayout;
import java.util.Arrays;

/**
 * Finds power feeds that sag.
 *
 * <p>Statistic: three quarters of the chips of a feed hold their clocks down to save power, and
 * their median clock is at most {@code powerSagClock} thousandths of the median of the other feeds'
 * medians. Where there is nothing to compare with, in a pod of one feed or without clocks, nothing
 * sags: the chips' own word alone means only that they are at their power cap, as loaded chips are.
 */
final class PowerFindings {
  /** Chips that must report before a feed can sag. */
  private static final int FEWEST_CHIPS = 4;

  private final Judgement judgement;
  private final PodLayout layout;
  private final int[] clocks;
  private final int[] medians;
  private final int[] saving;
  private final int[] reporting;
  private final int[] others;

  PowerFindings(Judgement judgement) {
    this.judgement = judgement;
    layout = judgement.layout;
    clocks = new int[layout.chipsPerCabinet() * layout.cabinetsPerPowerFeed()];
    int feeds = layout.powerFeeds();
    medians = new int[feeds];
    saving = new int[feeds];
    reporting = new int[feeds];
    others = new int[feeds];
  }

  /** Makes the findings of this window. */
  void find() {
    boolean any = false;
    for (int feed = 0; feed < medians.length; feed++) {
      count(feed);
      any |= saves(feed);
    }
    if (!any) {
      return;
    }
    for (int feed = 0; feed < medians.length; feed++) {
      readClocks(feed);
    }
    for (int feed = 0; feed < medians.length; feed++) {
      if (!saves(feed)) {
        continue;
      }
      int peers = peers(feed);
      if (peers == 0 || medians[feed] < 0) {
        continue;
      }
      long permille = 1_000L * medians[feed] / peers;
      if (permille > judgement.settings.powerSagClock()) {
        continue;
      }
      Candidate c = judgement.candidate(POWER_SAG, feed, layout.powerFeedPath(feed));
      c.critical = true;
      c.chipsAffected = reporting[feed];
      c.evidence(judgement.evidence("power_sag", c.path, permille, 1_000, "permille"));
    }
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

  private void readClocks(int feed) {
    int n = 0;
    for (int chip = firstChip(feed); chip < firstChip(feed + 1); chip++) {
      int clock = reports(chip) ? judgement.open().clock(chip) : -1;
      if (clock >= 0) {
        clocks[n++] = clock;
      }
    }
    Arrays.sort(clocks, 0, n);
    medians[feed] = n == 0 ? -1 : clocks[(n - 1) / 2];
  }

  /** Median of the other feeds' median clocks; 0 if there are none. */
  private int peers(int feed) {
    int n = 0;
    for (int f = 0; f < medians.length; f++) {
      if (f != feed && medians[f] >= 0) {
        others[n++] = medians[f];
      }
    }
    Arrays.sort(others, 0, n);
    return n == 0 ? 0 : others[(n - 1) / 2];
  }
}
