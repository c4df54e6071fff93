package io.isotherm.core;

import static io.isotherm.core.IncidentKind.CABINET_HOT;
import static io.isotherm.core.IncidentKind.CHIP_HOT;
import static io.isotherm.core.IncidentKind.COOLING_LOOP_HOT;
import static io.isotherm.core.IncidentKind.POWER_SAG;
import static io.isotherm.model.Report.ABSENT;

import io.isotherm.model.PodLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds chips, cabinets and cooling loops that are too hot.
 *
 * <p>Statistic: the mean temperature of a chip in a window against the median of its peers: chips
 * of the same job and slot class that are as busy or as idle. Rear slots run hotter in health, and
 * ambient moves all peers alike: neither shows here. Cabinets of a synchronous job of less than
 * three cabinets here, which would be their own peers, are held against all synchronous jobs, as
 * far as their chips draw no more power than those: a job whose peers stand still is no fault. Nor
 * is other work: a chip without a job, or that does not say how busy it is, and draws over a tenth
 * more than the median of those in its group is held against nobody. A chip is hot from {@code
 * hotAbovePeers} and {@code hotMads} median absolute deviations above its peers (EROICA: 5), but
 * not below {@code hotFloor}, and always from its maximum operating temperature. A cabinet is hot
 * if the median of its chips' distances from their peers is at least {@code cabinetHotAbovePeers},
 * or, as where the whole hall warms, if a chip of it is at its maximum operating temperature and a
 * quarter are less than {@code hotRelease} below that; a cooling loop if half of its cabinets are.
 * A cabinet that was hot beside peers stays so for a while if it has none for now, as in a pause;
 * and a hot chip does while its job leaves it idle.
 */
final class HeatFindings {
  /** Utilization from which a chip counts as under load, in thousandths. */
  static final int BUSY = 500;

  private static final int NONE = -1;

  /** Name of the finding that a cabinet is above its peers. */
  private static final String BESIDE_PEERS = "cabinet_hot";

  /** Chips that must report before a cabinet can be hot. */
  private static final int FEWEST_CHIPS_OF_CABINET = 4;

  private final Judgement judgement;
  private final PodLayout layout;
  private final DetectorSettings settings;
  private final PodState state;
  private final byte[] boardStatus;
  private final SortedMap<Long, Candidate> candidates;
  private int[] temperature = {};
  private int[] group = {};
  private final int[] deviations;

  /** First group of the busy chips of all synchronous jobs, by slot class, where it is needed. */
  private int synchronousGroup = NONE;

  private final PeerStatistics peers = new PeerStatistics();

  /** Watts of chips that may do other work than those of their group, and of synchronous jobs. */
  private final PeerStatistics watts = new PeerStatistics(0, 5_000);

  HeatFindings(Judgement judgement) {
    this.judgement = judgement;
    layout = judgement.layout;
    settings = judgement.settings;
    state = judgement.state;
    boardStatus = judgement.boardStatus;
    candidates = judgement.candidates;
    deviations = new int[layout.chipsPerCabinet()];
  }

  /** Lets go of what was made for the window that was judged. */
  void end() {
    temperature = new int[0];
    group = temperature;
  }

  /** Mean temperature of a chip in this window in tenths of a degree Celsius, or absent. */
  int temperature(int chip) {
    return temperature[chip];
  }

  /**
   * How far a chip is above the median of its peers, in tenths of a degree; 0 if it is not compared
   * with any.
   */
  int abovePeers(int chip) {
    return comparable(chip) ? temperature[chip] - peers.median(group[chip]) : 0;
  }

  /** Makes the findings of this window. */
  void find() {
    temperature = new int[layout.chips()];
    group = new int[layout.chips()];
    read();
    cabinets();
    foldCoolingLoops();
    chips();
  }

  private void read() {
    int slotClasses = layout.slotClasses();
    JobMap jobs = judgement.jobs();
    peers.reset((jobs.jobs() + 2) * slotClasses * 2);
    watts.reset((jobs.jobs() + 2) * slotClasses * 2);
    boolean small = false;
    for (int job = 0; job < jobs.jobs(); job++) {
      small |= jobs.small(job, 3 * layout.boardsPerCabinet());
    }
    synchronousGroup = small ? (jobs.jobs() + 1) * slotClasses * 2 : NONE;
    for (int b = 0; b < boardStatus.length; b++) {
      read(b, small && jobs.synchronous(b));
    }
    peers.close();
    watts.close();
  }

  /**
   * Reads the temperatures of a board's chips and adds them to their peers.
   *
   * @param pooled whether its busy chips count among those of all synchronous jobs, too
   */
  private void read(int b, boolean pooled) {
    OpenWindow open = judgement.open();
    int perBoard = layout.chipsPerBoard();
    int first = b * perBoard;
    if (boardStatus[b] != Judgement.HEARD) {
      Arrays.fill(temperature, first, first + perBoard, ABSENT);
      return;
    }
    int groupOfJob = (judgement.jobs().jobOf(b) + 1) * layout.slotClasses() * 2;
    int feed = layout.powerFeedOfCabinet(layout.cabinetOfBoard(b));
    boolean sags = judgement.cause(POWER_SAG, feed) != null;
    for (int chip = first; chip < first + perBoard; chip++) {
      if (!open.hasTemperature(chip)) {
        temperature[chip] = ABSENT;
        continue;
      }
      int slotClass = layout.slotClassAt(chip - first);
      boolean busy = open.utilization(chip) >= BUSY;
      group[chip] = groupOfJob + slotClass * 2 + (busy ? 1 : 0);
      temperature[chip] = open.temperature(chip);
      if (sags) {
        continue; // Kept cool by its clock, and no measure for the others.
      }
      peers.add(group[chip], temperature[chip]);
      if (workUnknown(chip)) {
        addPower(group[chip], chip);
      }
      if (pooled && busy) {
        peers.add(synchronousGroup + slotClass, temperature[chip]);
        addPower(synchronousGroup, chip);
      }
    }
  }

  private void addPower(int g, int chip) {
    int power = judgement.open().power(chip);
    if (power >= 0) {
      watts.add(g, power / 10);
    }
  }

  /** Whether a chip may do other work than those of its group: it has no job or no utilization. */
  private boolean workUnknown(int chip) {
    boolean jobless = group[chip] < layout.slotClasses() * 2;
    return jobless || judgement.open().utilization(chip) < 0;
  }

  /** Whether a chip draws at most a tenth more than the median of a group, or does not say. */
  private boolean drawsAlike(int chip, int g) {
    // A tenth more than the median, which is in watts, in tenths of a watt.
    return judgement.open().power(chip) <= 11 * watts.median(g);
  }

  /** Whether a chip has enough peers, and its power does not show that it does other work. */
  private boolean comparable(int chip) {
    int g = group[chip];
    return peers.known(g) && (!watts.known(g) || !workUnknown(chip) || drawsAlike(chip, g));
  }

  private void cabinets() {
    for (int cab = 0; cab < layout.cabinets(); cab++) {
      int n = deviations(cab);
      boolean before = state.cabinetHot[cab] != 0;
      int limit = before ? settings.cabinetHotRelease() : settings.cabinetHotAbovePeers();
      state.cabinetHot[cab] = 0;
      if (n >= FEWEST_CHIPS_OF_CABINET && medianReaches(limit, n)) {
        hotCabinet(cab, n);
      } else if (!atLimit(cab, before) && before && stays(cab)) {
        state.cabinetHot[cab] = 1;
        judgement.pausing.add(Candidate.key(CABINET_HOT, cab));
      }
    }
  }

  /**
   * Whether a cabinet that was hot beside its peers is neither that nor well in this window, as it
   * has none: its job pauses and has no other cabinet, or those that it was held against pause.
   */
  private boolean stays(int cab) {
    int loop = layout.coolingLoopOfCabinet(cab);
    return (judgement.ledger.findings(CABINET_HOT, cab).contains(BESIDE_PEERS)
            || judgement.ledger.findings(COOLING_LOOP_HOT, loop).contains(BESIDE_PEERS))
        && isAlone(cab);
  }

  /** Whether most chips of a cabinet have no peers, or are most of their peers themselves. */
  private boolean isAlone(int cab) {
    int perCabinet = layout.chipsPerCabinet();
    int first = cab * perCabinet;
    boolean sags = judgement.cause(POWER_SAG, layout.powerFeedOfCabinet(cab)) != null;
    Map<Integer, Integer> own = new HashMap<>();
    for (int chip = first; chip < first + perCabinet && !sags; chip++) {
      if (temperature[chip] != ABSENT) {
        own.merge(group[chip], 1, Integer::sum);
        if (isPooled(chip)) {
          own.merge(synchronousGroup + layout.slotClass(chip), 1, Integer::sum);
        }
      }
    }
    int heard = 0;
    int alone = 0;
    for (int chip = first; chip < first + perCabinet; chip++) {
      if (temperature[chip] != ABSENT) {
        heard++;
        int g = groupOfCabinet(chip);
        boolean others = g != NONE && peers.known(g);
        alone += others && own.getOrDefault(g, 0) * 2 <= peers.size(g) ? 0 : 1;
      }
    }
    return heard >= FEWEST_CHIPS_OF_CABINET && alone * 2 > heard;
  }

  /** Whether a chip counts among the busy ones of all synchronous jobs. */
  private boolean isPooled(int chip) {
    return synchronousGroup != NONE
        && (group[chip] & 1) != 0
        && judgement.jobs().synchronous(layout.boardOfChip(chip));
  }

  /** Looks for chips of a cabinet that are hot together though its peers are as well. */
  private boolean atLimit(int cab, boolean before) {
    int most = layout.limits().maxOperating();
    int perCabinet = layout.chipsPerCabinet();
    int near = 0;
    int heard = 0;
    boolean reached = before;
    for (int chip = cab * perCabinet; chip < (cab + 1) * perCabinet; chip++) {
      int t = temperature[chip];
      heard += t == ABSENT ? 0 : 1;
      near += t >= most - settings.hotRelease() ? 1 : 0;
      reached |= t >= most;
    }
    boolean found = reached && near >= FEWEST_CHIPS_OF_CABINET && near * 4 >= heard;
    if (found) {
      state.cabinetHot[cab] = 1;
      Candidate c = judgement.candidate(CABINET_HOT, cab, layout.cabinetPath(cab));
      c.critical = true;
      c.chipsAffected = heard;
      c.evidence(judgement.evidence("cabinet_at_limit", c.path, near, heard, "chips"));
    }
    return found;
  }

  /** Reads how far a cabinet's chips are above their peers, and returns how many have some. */
  private int deviations(int cab) {
    int perCabinet = layout.chipsPerCabinet();
    int n = 0;
    for (int chip = cab * perCabinet; chip < (cab + 1) * perCabinet; chip++) {
      int g = temperature[chip] == ABSENT ? NONE : groupOfCabinet(chip);
      if (g != NONE && peers.known(g)) {
        deviations[n++] = temperature[chip] - peers.median(g);
      }
    }
    return n;
  }

  private void hotCabinet(int cab, int n) {
    Arrays.sort(deviations, 0, n);
    int median = deviations[(n - 1) / 2];
    state.cabinetHot[cab] = 1;
    Candidate c = judgement.candidate(CABINET_HOT, cab, layout.cabinetPath(cab));
    c.critical = true;
    c.chipsAffected = n;
    c.evidence(
        judgement.evidence(
            BESIDE_PEERS, c.path, median, settings.cabinetHotAbovePeers(), "decicelsius"));
  }

  /** Whether the lower median of the first {@code n} deviations is at least {@code limit}. */
  private boolean medianReaches(int limit, int n) {
    int below = 0;
    for (int i = 0; i < n; i++) {
      below += deviations[i] < limit ? 1 : 0;
    }
    return below <= (n - 1) / 2;
  }

  /** The group that a chip counts in when its cabinet is judged. */
  private int groupOfCabinet(int chip) {
    boolean busy = (group[chip] & 1) != 0;
    return synchronousGroup != NONE && busy && ofSmallJob(chip)
        ? groupOfSmallJob(chip)
        : comparable(chip) ? group[chip] : NONE;
  }

  private boolean ofSmallJob(int chip) {
    int job = judgement.jobs().jobOf(layout.boardOfChip(chip));
    return job != JobMap.NO_JOB && judgement.jobs().small(job, 3 * layout.boardsPerCabinet());
  }

  private int groupOfSmallJob(int chip) {
    boolean alike = watts.known(synchronousGroup) && drawsAlike(chip, synchronousGroup);
    return alike ? synchronousGroup + layout.slotClass(chip) : NONE;
  }

  private void chips() {
    for (int board = 0; board < boardStatus.length; board++) {
      chips(board);
    }
  }

  private void chips(int board) {
    int perBoard = layout.chipsPerBoard();
    for (int chip = board * perBoard; chip < (board + 1) * perBoard; chip++) {
      int t = temperature[chip];
      int threshold = threshold(chip);
      // What is absent is below everything.
      boolean hot = t >= threshold - (state.hot[chip] != 0 ? settings.hotRelease() : 0);
      boolean stays = !hot && state.hot[chip] != 0 && pauses(chip, board);
      state.hot[chip] = (byte) (hot || stays ? 1 : 0);
      if (hot) {
        hotChip(chip, board, t, threshold);
      } else if (stays) {
        judgement.pausing.add(Candidate.key(CHIP_HOT, chip));
      }
    }
  }

  /** Whether nothing is known of a chip that is named hot, as its job gives it nothing to do. */
  private boolean pauses(int chip, int board) {
    int utilization = judgement.open().utilization(chip);
    return temperature[chip] != ABSENT
        && utilization >= 0
        && utilization < BUSY
        && judgement.jobs().jobOf(board) != JobMap.NO_JOB
        && judgement.ledger.isOpen(CHIP_HOT, chip);
  }

  /** Temperature from which a chip is hot. */
  private int threshold(int chip) {
    int most = layout.limits().maxOperating();
    if (!comparable(chip)) {
      return most;
    }
    int g = group[chip];
    int above = Math.max(settings.hotAbovePeers(), settings.hotMads() * peers.mad(g));
    return Math.min(most, Math.max(settings.hotFloor(), peers.median(g) + above));
  }

  private void hotChip(int chip, int board, int t, int threshold) {
    Candidate c = judgement.candidate(CHIP_HOT, chip, layout.chipPath(chip));
    c.critical = t >= layout.limits().slowdown() && judgement.jobs().synchronous(board);
    c.chipsAffected = 1;
    c.evidence(judgement.evidence("chip_hot", c.path, t, threshold, "decicelsius"));
    Judgement.cover(c, coolingOf(layout.cabinetOfChip(chip)));
  }

  /** What explains that chips of a cabinet are hot: its loop or itself, found now or still open. */
  private @Nullable Candidate coolingOf(int cab) {
    int loop = layout.coolingLoopOfCabinet(cab);
    Candidate found = judgement.find(COOLING_LOOP_HOT, loop);
    found = found != null ? found : judgement.cause(CABINET_HOT, cab);
    return found != null ? found : judgement.cause(COOLING_LOOP_HOT, loop);
  }

  private void foldCoolingLoops() {
    int perLoop = layout.cabinetsPerCoolingLoop();
    if (perLoop == 1) {
      return;
    }
    for (int loop = 0; loop < layout.coolingLoops(); loop++) {
      int first = loop * perLoop;
      int last = Math.min(first + perLoop, layout.cabinets());
      int hot = 0;
      int stay = 0;
      int chips = 0;
      for (int cab = first; cab < last; cab++) {
        Candidate c = candidates.get(Candidate.key(CABINET_HOT, cab));
        hot += c != null ? 1 : 0;
        stay += c == null ? state.cabinetHot[cab] : 0;
        chips += c != null ? c.chipsAffected : 0;
      }
      if (hot >= 2 && hot * 2 >= last - first) {
        Candidate parent =
            judgement.candidate(COOLING_LOOP_HOT, loop, layout.coolingLoopPath(loop));
        parent.critical = true;
        parent.chipsAffected = chips;
        parent.evidence(
            judgement.evidence("cooling_loop_hot", parent.path, hot, last - first, "cabinets"));
        for (int cab = first; cab < last; cab++) {
          Candidate c = candidates.get(Candidate.key(CABINET_HOT, cab));
          if (c != null) {
            parent.evidence(c.evidence.get(0));
            Judgement.cover(c, parent);
          }
        }
      } else if (stay > 0 && hot + stay >= 2 && (hot + stay) * 2 >= last - first) {
        loopStays(loop, first, last);
      }
    }
  }

  /** Leaves a loop as it is while nothing can be said of some of its cabinets. */
  private void loopStays(int loop, int first, int last) {
    if (judgement.ledger.isOpen(COOLING_LOOP_HOT, loop)) {
      judgement.pausing.add(Candidate.key(COOLING_LOOP_HOT, loop));
      for (int cab = first; cab < last; cab++) {
        Candidate c = candidates.get(Candidate.key(CABINET_HOT, cab));
        if (c != null) {
          Judgement.cover(c, Judgement.STILL_OPEN);
        }
      }
    }
  }
}
