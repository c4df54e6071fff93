package io.isotherm.core;

import static io.isotherm.core.IncidentKind.CABINET_HOT;
import static io.isotherm.core.IncidentKind.CHIP_FATAL;
import static io.isotherm.core.IncidentKind.CHIP_HOT;
import static io.isotherm.core.IncidentKind.CHIP_SLOW;
import static io.isotherm.core.IncidentKind.COOLING_LOOP_HOT;
import static io.isotherm.core.IncidentKind.HBM_UNCORRECTABLE;

import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds chips that are as busy as their team but do less, in the obvious way. A team are the busy
 * chips of a job, role and stage; it is compared while at least eight of them say what they do, and
 * their median tensor activity is 100 thousandths or more.
 */
final class ObviousSlowness implements ObviousMonitor.Finder {
  /** Most that one window says of a chip, in thousandths. */
  private static final int MOST = 400;

  /** The team of chips that work for no job: they are not compared but by their clocks. */
  private static final String NONE = "none";

  /** How far chips are behind their team, smoothed, in sixteenths of a thousandth. */
  private final Map<Integer, Integer> lags = new TreeMap<>();

  /** What a team does in the window. */
  private record Team(
      @Nullable ObviousPeers tensor, @Nullable ObviousPeers watts, @Nullable ObviousPeers clock) {}

  private Map<String, Team> teams = new HashMap<>();
  private Map<Integer, Integer> tensor = new TreeMap<>();
  private Map<Integer, Integer> deciwatts = new TreeMap<>();
  private Map<Integer, Integer> clocks = new TreeMap<>();
  private Map<Integer, Integer> utilizations = new TreeMap<>();

  /** How far chips that are slow, or at fault by themselves, are behind in this window alone. */
  private final Map<Integer, Integer> atFault = new TreeMap<>();

  /** Chips that are slow in this window, and those whose team pauses. */
  private final Set<Integer> slow = new HashSet<>();

  /** Chips that are held against their team in this window. */
  private final Set<Integer> compared = new TreeSet<>();

  @Override
  public void find(ObviousJudgement window) {
    read(window);
    Map<Integer, Integer> before = new TreeMap<>(lags);
    lags.clear();
    for (int chip : window.reportingChips()) {
      if (works(name(window, chip)) && busy(window, chip)) {
        compare(window, chip, before.getOrDefault(chip, 0));
      } else if (pauses(window, chip)) {
        window.pausing.add(ObviousJudgement.key(CHIP_SLOW, window.layout.chipPath(chip)));
        slow.add(chip);
        lags.put(chip, before.getOrDefault(chip, 0));
      }
    }
    Map<String, List<Integer>> ofTeams = new HashMap<>();
    compared.forEach(
        chip ->
            ofTeams
                .computeIfAbsent(name(window, chip), t -> new ArrayList<>())
                .add(Math.floorDiv(lags.getOrDefault(chip, 0), 16)));
    compared.forEach(chip -> judge(window, chip, ofTeams.get(name(window, chip))));
  }

  /**
   * Smooths over about four windows how far a chip is behind. If that is 5 thousandths or more and
   * something else explains it, the chip begins anew.
   */
  private void compare(ObviousJudgement window, int chip, int before) {
    int lag = before + (below(window, chip) * 16 - before) / 4;
    boolean alone = excusedAlone(window, chip);
    boolean shared = sharedHeat(window, chip) || ObviousPower.sags(window, chip);
    boolean excused = lag >= 5 * 16 && (alone || shared);
    lags.put(chip, excused ? 0 : lag);
    compared.add(chip);
    boolean hot = window.find(CHIP_HOT, window.layout.chipPath(chip)) != null;
    if (hot || (excused && alone)) {
      atFault.put(chip, tensorBelow(chip, name(window, chip)));
    }
  }

  /**
   * Whether nothing is known of a chip that is named slow, as it waits for its team, or its team
   * does nothing: what it does is below 100 thousandths, or too few of it are busy and the chip is
   * not either.
   */
  private boolean pauses(ObviousJudgement window, int chip) {
    String name = name(window, chip);
    boolean known = team(name).tensor() != null;
    return !name.equals(NONE)
        && (works(name) ? spins(chip) : known || !busy(window, chip))
        && window.isOpen(CHIP_SLOW, window.layout.chipPath(chip))
        && !excusedAlone(window, chip);
  }

  /**
   * A chip is slow that is 70 thousandths behind, and five deviations of its team; three quarters
   * of that keep it so.
   */
  private void judge(ObviousJudgement window, int chip, @Nullable List<Integer> ofTeam) {
    ObviousPeers of = ObviousPeers.of(ofTeam == null ? List.of() : ofTeam);
    String path = window.layout.chipPath(chip);
    int limit =
        Math.max(
            window.settings.chipSlowBelowPeers(),
            of == null ? 0 : window.settings.chipSlowMads() * of.mad());
    int lag = lags.getOrDefault(chip, 0) / 16;
    if (lag >= (window.isOpen(CHIP_SLOW, path) ? limit * 3 / 4 : limit)) {
      slow.add(chip);
      // What it draws tells whether it does less, and not how much less.
      atFault.put(chip, tensorBelow(chip, name(window, chip)));
      boolean critical = window.synchronous(window.layout.boardOfChip(chip));
      window.found(CHIP_SLOW, path, critical, 1);
    }
  }

  private void read(ObviousJudgement window) {
    tensor = window.means(ObviousReport.Chip::tensor);
    clocks = window.meansOfAll(ObviousReport.Chip::clock);
    utilizations = window.means(ObviousReport.Chip::utilization);
    deciwatts = window.means(ObviousReport.Chip::power);
    Map<Integer, Integer> watts = new TreeMap<>(deciwatts);
    watts.replaceAll((chip, tenths) -> tenths / 10);
    atFault.clear();
    slow.clear();
    compared.clear();
    Map<String, List<Integer>> members = new HashMap<>();
    for (int chip : window.reportingChips()) {
      if (busy(window, chip)) {
        members.computeIfAbsent(name(window, chip), t -> new ArrayList<>()).add(chip);
      }
    }
    teams = new HashMap<>();
    members.forEach(
        (name, of) ->
            teams.put(name, new Team(peers(of, tensor), peers(of, watts), peers(of, clocks))));
  }

  private static @Nullable ObviousPeers peers(List<Integer> of, Map<Integer, Integer> readings) {
    return ObviousPeers.of(of.stream().filter(readings::containsKey).map(readings::get).toList());
  }

  private static String name(ObviousJudgement window, int chip) {
    String team = window.team(window.layout.boardOfChip(chip));
    return team == null ? NONE : team;
  }

  /** Whether a chip is busy and does tensor work, or need not, as its job is not synchronous. */
  private boolean busy(ObviousJudgement window, int chip) {
    boolean waits =
        window.synchronous(window.layout.boardOfChip(chip)) && tensor.getOrDefault(chip, 0) <= 10;
    return spins(chip) && !waits;
  }

  private boolean spins(int chip) {
    return utilizations.getOrDefault(chip, 0) >= 500 && tensor.containsKey(chip);
  }

  private Team team(String name) {
    return teams.getOrDefault(name, new Team(null, null, null));
  }

  /** Whether enough of a team do something that can be compared. */
  private boolean works(String name) {
    ObviousPeers of = team(name).tensor();
    return !name.equals(NONE) && of != null && of.median() >= 100;
  }

  /**
   * How far a chip is below its team in this window, in thousandths, at most 400 either way: in
   * tensor activity, or twice what it draws less if that is less. The median of what is drawn is in
   * watts, what the chip draws in tenths of them. If its clock is held down, it is at least as far
   * behind as that is below the team's, and if that is by power alone, the best of its board's.
   */
  private int below(ObviousJudgement window, int chip) {
    String name = name(window, chip);
    ObviousPeers power = team(name).watts();
    Integer own = deciwatts.get(chip);
    int below = tensorBelow(chip, name);
    if (power != null && own != null && power.median() > 0) {
      int typical = 10 * power.median();
      below = Math.min(below, 2 * ((typical - own) * 1_000 / typical));
    }
    Integer clock = clockOfPeers(chip, name);
    if (held(window, chip) && clock != null && clock < 1_000) {
      boolean byPowerAlone =
          !window.throttled(chip, Report.THROTTLE_THERMAL | Report.THROTTLE_HARDWARE);
      int held = 1_000 - clock;
      below = Math.max(below, byPowerAlone ? Math.min(held, belowBoard(window, chip)) : held);
    }
    return Math.max(-MOST, Math.min(MOST, below));
  }

  /** How far a chip's clock is below the best of its board's, in thousandths. */
  private int belowBoard(ObviousJudgement window, int chip) {
    int board = window.layout.boardOfChip(chip);
    int own = clocks.getOrDefault(chip, 0);
    int best =
        clocks.entrySet().stream()
            .filter(e -> window.layout.boardOfChip(e.getKey()) == board)
            .mapToInt(Map.Entry::getValue)
            .max()
            .orElse(own);
    return best == 0 ? 1_000 : 1_000 - own * 1_000 / best;
  }

  /** How far a chip is below its team in tensor activity, in thousandths, at most 400. */
  private int tensorBelow(int chip, String name) {
    ObviousPeers of = team(name).tensor();
    int median = of == null ? 0 : of.median();
    int own = tensor.getOrDefault(chip, median);
    return median == 0 ? 0 : Math.min(MOST, (median - own) * 1_000 / median);
  }

  /** Whether the chip is hot or broken. */
  private static boolean excusedAlone(ObviousJudgement window, int chip) {
    String path = window.layout.chipPath(chip);
    return window.explains(CHIP_HOT, path) != null
        || window.explains(CHIP_FATAL, path) != null
        || window.explains(HBM_UNCORRECTABLE, path) != null;
  }

  /** Whether the cabinet or cooling loop of a chip is hot. */
  private static boolean sharedHeat(ObviousJudgement window, int chip) {
    int cab = window.layout.cabinetOfChip(chip);
    int loop = window.layout.coolingLoopOfCabinet(cab);
    return window.explains(CABINET_HOT, window.layout.cabinetPath(cab)) != null
        || window.explains(COOLING_LOOP_HOT, window.layout.coolingLoopPath(loop)) != null;
  }

  /** Whether heat, want of power or the hardware's own protection holds a chip's clock down. */
  private static boolean held(ObviousJudgement window, int chip) {
    return window.throttled(
        chip, Report.THROTTLE_THERMAL | Report.THROTTLE_POWER | Report.THROTTLE_HARDWARE);
  }

  /** Clock of a chip in thousandths of its team's median; null if they cannot be compared. */
  private @Nullable Integer clockOfPeers(int chip, String name) {
    ObviousPeers of = team(name).clock();
    Integer own = clocks.get(chip);
    return of == null || own == null || of.median() == 0 ? null : own * 1_000 / of.median();
  }

  /**
   * How far a reporting chip is behind its team, in thousandths: the largest of what it is behind
   * smoothed, in this window alone if it is slow or a finding of its own excuses it, and by how
   * much it is held back. A hot chip whose team is too small explains any slowness.
   */
  int behind(ObviousJudgement window, int chip) {
    String name = name(window, chip);
    if (team(name).tensor() == null
        && window.explains(CHIP_HOT, window.layout.chipPath(chip)) != null) {
      return 1_000;
    }
    int lag = Math.max(atFault.getOrDefault(chip, 0), lags.getOrDefault(chip, 0) / 16);
    return Math.max(lag, heldBack(window, chip, name));
  }

  private int heldBack(ObviousJudgement window, int chip, String name) {
    if (!held(window, chip)) {
      return 0;
    }
    Integer clock = clockOfPeers(chip, name);
    boolean heat =
        sharedHeat(window, chip)
            && window.throttled(chip, Report.THROTTLE_THERMAL | Report.THROTTLE_HARDWARE);
    boolean power =
        ObviousPower.sags(window, chip)
            && window.throttled(chip, Report.THROTTLE_POWER | Report.THROTTLE_HARDWARE);
    return clock == null || heat || power ? 1_000 : Math.max(0, 1_000 - clock);
  }

  /** What a reporting chip can give of what its team's median gives, in thousandths. */
  int pace(ObviousJudgement window, int chip) {
    String name = name(window, chip);
    int pace = 1_000;
    if (slow.contains(chip)) {
      pace = 1_000 - lags.getOrDefault(chip, 0) / 16;
    }
    Integer clock = clockOfPeers(chip, name);
    if (held(window, chip) && clock != null) {
      pace = Math.min(pace, clock);
    }
    return pace;
  }
}
