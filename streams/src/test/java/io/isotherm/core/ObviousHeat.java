package io.isotherm.core;

import static io.isotherm.core.IncidentKind.CABINET_HOT;
import static io.isotherm.core.IncidentKind.CHIP_HOT;
import static io.isotherm.core.IncidentKind.COOLING_LOOP_HOT;

import io.isotherm.model.Placement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds chips, cabinets and cooling loops that are too hot, in the obvious way. Temperatures are
 * means over the window, in tenths of a degree. Peers of a chip work for the same job, in the same
 * slot class, and are as busy or as idle. Chips on a power feed that sags are kept cool by their
 * clocks: they are compared, but are nobody's peers. A chip without a job, or that does not say how
 * busy it is, and draws over a tenth more than the median of those like it in its group does other
 * work, and is not compared.
 */
final class ObviousHeat implements ObviousMonitor.Finder {
  /** No group. */
  private static final String NONE = "none";

  /** Chips and cabinets that were hot in the window before, by path. */
  private Set<String> hotBefore = new HashSet<>();

  /** Those that are hot in this one. */
  private Set<String> hot = new HashSet<>();

  private Map<Integer, Integer> temperatures = new TreeMap<>();
  private Map<Integer, Integer> utilizations = new TreeMap<>();

  /** Mean power of chips in watts. */
  private Map<Integer, Integer> watts = new TreeMap<>();

  /** The same in tenths of a watt. */
  private Map<Integer, Integer> deciwatts = new TreeMap<>();

  /** Chips that are not compared as they do other work than their group. */
  private Set<Integer> other = new HashSet<>();

  @Override
  public void find(ObviousJudgement window) {
    hotBefore = hot;
    hot = new HashSet<>();
    temperatures = window.means(ObviousReport.Chip::temperature);
    utilizations = window.means(ObviousReport.Chip::utilization);
    deciwatts = window.means(ObviousReport.Chip::power);
    watts = new TreeMap<>(deciwatts);
    watts.replaceAll((chip, tenths) -> tenths / 10);
    Map<String, List<Integer>> groups = groups(window, chip -> group(window, chip));
    Map<String, ObviousPeers> peers = peers(groups, temperatures);
    other = doOtherWork(window);
    temperatures.forEach(
        (chip, t) -> {
          ObviousPeers of = comparable(window, chip, peers);
          window.abovePeers.put(chip, of == null ? 0 : t - of.median());
        });
    cabinets(window, groups, peers);
    for (int loop = 0; loop < window.layout.coolingLoops(); loop++) {
      loop(window, loop);
    }
    temperatures.forEach((chip, t) -> chip(window, chip, t, comparable(window, chip, peers)));
  }

  private boolean busy(int chip) {
    return utilizations.getOrDefault(chip, 0) >= 500;
  }

  /** Those that a chip is compared with. */
  private String group(ObviousJudgement window, int chip) {
    Placement job = window.job(window.layout.boardOfChip(chip));
    return "%s, slot class %d, %s"
        .formatted(
            job == null ? "no job" : "job " + job.job(),
            window.layout.slotClass(chip),
            busy(chip) ? "busy" : "idle");
  }

  private Set<Integer> doOtherWork(ObviousJudgement window) {
    Function<Integer, String> unknown =
        chip ->
            window.job(window.layout.boardOfChip(chip)) == null || !utilizations.containsKey(chip)
                ? group(window, chip)
                : NONE;
    Map<String, ObviousPeers> power = peers(groups(window, unknown), watts);
    Set<Integer> chips = new HashSet<>();
    deciwatts.forEach(
        (chip, tenths) -> {
          ObviousPeers of = power.get(unknown.apply(chip));
          if (of != null && tenths > 11 * of.median()) {
            chips.add(chip);
          }
        });
    return chips;
  }

  private @Nullable ObviousPeers comparable(
      ObviousJudgement window, int chip, Map<String, ObviousPeers> peers) {
    return other.contains(chip) ? null : peers.get(group(window, chip));
  }

  /** Chips by their group; none is in {@link #NONE}. */
  private Map<String, List<Integer>> groups(
      ObviousJudgement window, Function<Integer, String> groupOf) {
    Map<String, List<Integer>> groups = new TreeMap<>();
    for (int chip : temperatures.keySet()) {
      if (!ObviousPower.sags(window, chip)) {
        groups.computeIfAbsent(groupOf.apply(chip), g -> new ArrayList<>()).add(chip);
      }
    }
    groups.remove(NONE);
    return groups;
  }

  /** What readings of groups are that are large enough. */
  private static Map<String, ObviousPeers> peers(
      Map<String, List<Integer>> groups, Map<Integer, Integer> readings) {
    Map<String, ObviousPeers> peers = new HashMap<>();
    groups.forEach(
        (group, chips) -> {
          ObviousPeers of =
              ObviousPeers.of(
                  chips.stream().filter(readings::containsKey).map(readings::get).toList());
          if (of != null) {
            peers.put(group, of);
          }
        });
    return peers;
  }

  /**
   * A cabinet is hot if at least four of its chips have peers, and the median of how far they are
   * above those is 6 °C or more; 4 °C keep it so. It is also if one of its chips is at its highest
   * temperature of operation, and a quarter of those heard, at least four, are at most 3 °C below;
   * these keep it so. One that was hot beside its peers and has none now stays as it is.
   */
  private void cabinets(
      ObviousJudgement window, Map<String, List<Integer>> groups, Map<String, ObviousPeers> peers) {
    Map<String, List<Integer>> pools = groups(window, chip -> pool(window, chip));
    Map<String, ObviousPeers> pooled = peers(pools, temperatures);
    ObviousPeers pooledWatts =
        peers(groups(window, chip -> pool(window, chip).equals(NONE) ? NONE : "all"), watts)
            .get("all");
    for (int cab = 0; cab < window.layout.cabinets(); cab++) {
      List<Integer> above = new ArrayList<>();
      int heard = 0;
      int alone = 0;
      for (Map.Entry<Integer, Integer> e : temperatures.entrySet()) {
        int chip = e.getKey();
        if (window.layout.cabinetOfChip(chip) == cab) {
          ObviousPeers of =
              ofSmallJob(window, chip) && busy(chip)
                  ? pooled(chip, pool(window, chip), pooled, pooledWatts)
                  : comparable(window, chip, peers);
          if (of != null) {
            above.add(e.getValue() - of.median());
          }
          List<Integer> held =
              ofSmallJob(window, chip) && busy(chip)
                  ? pools.get(pool(window, chip))
                  : groups.get(group(window, chip));
          heard++;
          alone += of == null || held == null || mostAreOf(window, cab, held) ? 1 : 0;
        }
      }
      String path = window.layout.cabinetPath(cab);
      int limit =
          hotBefore.contains(path)
              ? window.settings.cabinetHotRelease()
              : window.settings.cabinetHotAbovePeers();
      if (above.size() >= 4 && ObviousPeers.median(above) >= limit) {
        hot.add(path);
        window.found(CABINET_HOT, path, /* critical= */ true, above.size()).besidePeers = true;
      } else if (!atLimit(window, cab, path)
          && hotBefore.contains(path)
          && isOpenBesidePeers(window, cab)
          && heard >= 4
          && alone * 2 > heard) {
        hot.add(path);
        window.pausing.add(ObviousJudgement.key(CABINET_HOT, path));
      }
    }
  }

  private static boolean mostAreOf(ObviousJudgement window, int cab, List<Integer> chips) {
    long own = chips.stream().filter(c -> window.layout.cabinetOfChip(c) == cab).count();
    return own * 2 > chips.size();
  }

  private static boolean isOpenBesidePeers(ObviousJudgement window, int cab) {
    int loop = window.layout.coolingLoopOfCabinet(cab);
    return window.isOpenBesidePeers(CABINET_HOT, window.layout.cabinetPath(cab))
        || window.isOpenBesidePeers(COOLING_LOOP_HOT, window.layout.coolingLoopPath(loop));
  }

  private boolean atLimit(ObviousJudgement window, int cab, String path) {
    int most = window.layout.limits().maxOperating();
    List<Integer> heard =
        temperatures.entrySet().stream()
            .filter(e -> window.layout.cabinetOfChip(e.getKey()) == cab)
            .map(Map.Entry::getValue)
            .toList();
    long near = heard.stream().filter(t -> t >= most - window.settings.hotRelease()).count();
    boolean reached = heard.stream().anyMatch(t -> t >= most);
    boolean found = (reached || hotBefore.contains(path)) && near >= 4 && near * 4 >= heard.size();
    if (found) {
      hot.add(path);
      window.found(CABINET_HOT, path, /* critical= */ true, heard.size());
    }
    return found;
  }

  /**
   * What a busy chip of a small synchronous job is held against when its cabinet is judged: nothing
   * if it draws over a tenth more than the median of the busy chips of all synchronous jobs.
   */
  private @Nullable ObviousPeers pooled(
      int chip, String pool, Map<String, ObviousPeers> temperature, @Nullable ObviousPeers power) {
    boolean alike = power != null && deciwatts.getOrDefault(chip, 0) <= 11 * power.median();
    return alike ? temperature.get(pool) : null;
  }

  /** The busy chips of all synchronous jobs in a slot class. */
  private String pool(ObviousJudgement window, int chip) {
    return busy(chip) && window.synchronous(window.layout.boardOfChip(chip))
        ? "slot class " + window.layout.slotClass(chip)
        : NONE;
  }

  /** Whether a chip works for a synchronous job of less than three cabinets in this pod. */
  private static boolean ofSmallJob(ObviousJudgement window, int chip) {
    Placement job = window.job(window.layout.boardOfChip(chip));
    if (job == null || !job.synchronous()) {
      return false;
    }
    int boards = 0;
    for (int b = 0; b < window.layout.boards(); b++) {
      boards += job.equals(window.job(b)) ? 1 : 0;
    }
    return boards < 3 * window.layout.boardsPerCabinet();
  }

  /**
   * A chip is hot from the highest temperature of its operation on, or if it is at least 70 °C, and
   * 15 °C and five deviations above the median of its peers. One that was hot is so until it is 3
   * °C below that. Its cooling loop or cabinet explains it. It is critical where a synchronous job
   * waits for it, from the temperature at which it slows down.
   */
  private void chip(ObviousJudgement window, int chip, int t, @Nullable ObviousPeers peers) {
    int most = window.layout.limits().maxOperating();
    int threshold = most;
    if (peers != null) {
      int above =
          Math.max(window.settings.hotAbovePeers(), window.settings.hotMads() * peers.mad());
      threshold = Math.min(most, Math.max(window.settings.hotFloor(), peers.median() + above));
    }
    String path = window.layout.chipPath(chip);
    if (t < threshold - (hotBefore.contains(path) ? window.settings.hotRelease() : 0)) {
      boolean idle = utilizations.containsKey(chip) && !busy(chip);
      if (idle
          && window.job(window.layout.boardOfChip(chip)) != null
          && hotBefore.contains(path)
          && window.isOpen(CHIP_HOT, path)) {
        // What it is when it works is not known while its job leaves it idle.
        hot.add(path);
        window.pausing.add(ObviousJudgement.key(CHIP_HOT, path));
      }
      return;
    }
    hot.add(path);
    boolean critical =
        t >= window.layout.limits().slowdown()
            && window.synchronous(window.layout.boardOfChip(chip));
    int cab = window.layout.cabinetOfChip(chip);
    int loop = window.layout.coolingLoopOfCabinet(cab);
    String loopPath = window.layout.coolingLoopPath(loop);
    ObviousFinding cooling = window.find(COOLING_LOOP_HOT, loopPath);
    cooling =
        cooling == null ? window.explains(CABINET_HOT, window.layout.cabinetPath(cab)) : cooling;
    window
        .found(CHIP_HOT, path, critical, 1)
        .explainedBy(cooling == null ? window.explains(COOLING_LOOP_HOT, loopPath) : cooling);
  }

  /**
   * A cooling loop is hot if half of its cabinets are, and at least two; it explains them. One that
   * is open stays as it is if that would be so with the cabinets that do.
   */
  private void loop(ObviousJudgement window, int loop) {
    List<ObviousFinding> cabinets = new ArrayList<>();
    int all = 0;
    int stay = 0;
    for (int cab = 0; cab < window.layout.cabinets(); cab++) {
      if (window.layout.coolingLoopOfCabinet(cab) == loop) {
        all++;
        ObviousFinding of = window.find(CABINET_HOT, window.layout.cabinetPath(cab));
        if (of != null) {
          cabinets.add(of);
        } else if (hot.contains(window.layout.cabinetPath(cab))) {
          stay++;
        }
      }
    }
    int hotNow = cabinets.size() + stay;
    String path = window.layout.coolingLoopPath(loop);
    if (cabinets.size() >= 2 && cabinets.size() * 2 >= all) {
      int chips = cabinets.stream().mapToInt(f -> f.chips).sum();
      ObviousFinding found = window.found(COOLING_LOOP_HOT, path, /* critical= */ true, chips);
      found.besidePeers = cabinets.stream().anyMatch(f -> f.besidePeers);
      cabinets.forEach(f -> f.explainedBy(found));
    } else if (stay > 0
        && hotNow >= 2
        && hotNow * 2 >= all
        && window.isOpen(COOLING_LOOP_HOT, path)) {
      window.pausing.add(ObviousJudgement.key(COOLING_LOOP_HOT, path));
      cabinets.forEach(f -> f.explained = true);
    }
  }
}
