package io.isotherm.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.Preset;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FleetTest {
  private static final long START = 1_767_225_600_000L;
  private static final Catalog CATALOG = Catalog.bundled();

  static Stream<String> presets() {
    return CATALOG.presets().stream().map(Preset::name);
  }

  private static ClusterPlan plan(String preset, int cabinets) {
    return CATALOG.plan(preset, new Overrides(null, 1, cabinets));
  }

  private static Scenario quiet(List<JobSpec> jobs, Noise noise, long seed) {
    Scenario q = Scenario.quiet(seed);
    return new Scenario(
        q.name(),
        q.description(),
        q.cluster(),
        seed,
        1000,
        10,
        0,
        jobs,
        noise,
        Ordinary.NONE,
        List.of(),
        null,
        null);
  }

  private static long digest(Scenario scenario, int steps) {
    Fleet fleet = new Fleet(plan("atlas-960", 8), scenario, START);
    Report r = new Report();
    long digest = 7;
    for (int k = 0; k < steps; k++) {
      fleet.step(START + k * 1000L);
      for (int b = 0; b < fleet.boards(); b++) {
        if (fleet.fill(b, r)) {
          digest = 31 * digest + content(r);
          digest = 31 * digest + fleet.lateMs(b) + (fleet.missing(b) ? 3 : 0);
        }
      }
    }
    return digest;
  }

  private static long content(Report r) {
    long d = r.pod.hashCode() * 31L + r.cabinet * 1000L + r.board;
    d = d * 31 + r.sequence;
    d = d * 31 + r.timeMs;
    d = d * 31 + r.agentStartMs;
    for (int[] column :
        List.of(
            r.chip,
            r.health,
            r.temperature,
            r.hbmTemperature,
            r.power,
            r.utilization,
            r.tensorActivity,
            r.clock,
            r.hbmUsed,
            r.throttleReasons)) {
      d = d * 31 + Arrays.hashCode(Arrays.copyOf(column, r.chipCount));
    }
    for (long[] column : List.of(r.errorCode, r.eccCorrected, r.eccUncorrected, r.steps)) {
      d = d * 31 + Arrays.hashCode(Arrays.copyOf(column, r.chipCount));
    }
    for (int[] column : List.of(r.linkChip, r.linkPort, r.linkState, r.linkRate)) {
      d = d * 31 + Arrays.hashCode(Arrays.copyOf(column, r.linkCount));
    }
    for (long[] column :
        List.of(r.txBytes, r.rxBytes, r.crcErrors, r.retries, r.recoveries, r.waitMicros)) {
      d = d * 31 + Arrays.hashCode(Arrays.copyOf(column, r.linkCount));
    }
    return d;
  }

  @Test
  void sameSeedGivesTheSameReportsAndAnotherSeedDoesNot() {
    Noise noise = new Noise(200, 0.01, 8000, 0.01, 0.01, 0.01);
    List<JobSpec> jobs = List.of(JobSpec.training("train-0", 1, 4));

    assertThat(digest(quiet(jobs, noise, 1), 40)).isEqualTo(digest(quiet(jobs, noise, 1), 40));
    assertThat(digest(quiet(jobs, noise, 2), 40)).isNotEqualTo(digest(quiet(jobs, noise, 1), 40));
  }

  @ParameterizedTest
  @MethodSource("presets")
  void healthyChipsUnderLoadAreWarmButFarFromTheirLimit(String preset) {
    ClusterPlan plan =
        plan(preset, Math.min(8, CATALOG.plan(preset, Overrides.NONE).pods().get(0).cabinets()));
    Fleet fleet = new Fleet(plan, Scenario.quiet(5), START);
    PodLayout layout = plan.pods().get(0);
    Report r = new Report();
    int limit = layout.limits().maxOperating();
    int maxPower = (int) (plan.chip().maxPowerWatts() * 10);
    long[][] sum = new long[layout.cabinets()][layout.slotClasses()];
    int[][] count = new int[layout.cabinets()][layout.slotClasses()];
    for (int k = 0; k < 120; k++) {
      fleet.step(START + k * 1000L);
      for (int b = 0; b < fleet.boards(); b++) {
        assertThat(fleet.fill(b, r)).isTrue();
        assertThat(r.chipCount).isEqualTo(layout.chipsPerBoard());
        for (int i = 0; i < r.chipCount; i++) {
          int slot = layout.slotClass(layout.chipIndex(b, i));
          assertThat(r.temperature[i]).isBetween(420, limit - 80);
          assertThat(r.hbmTemperature[i]).isBetween(430, limit + 50);
          assertThat(r.power[i]).isBetween(maxPower / 4, maxPower * 105 / 100);
          assertThat(r.throttleReasons[i]).isZero();
          assertThat(r.health[i]).isEqualTo(Report.HEALTH_OK);
          sum[r.cabinet][slot] += r.temperature[i];
          count[r.cabinet][slot]++;
        }
      }
    }
    for (int slot = 0; slot < layout.slotClasses(); slot++) {
      long all = 0;
      long n = 0;
      for (int c = 0; c < layout.cabinets(); c++) {
        all += sum[c][slot];
        n += count[c][slot];
      }
      for (int c = 0; c < layout.cabinets(); c++) {
        assertThat((double) sum[c][slot] / count[c][slot])
            .isBetween((double) all / n - 20, (double) all / n + 20);
      }
    }
  }

  @Test
  void chipsOfOneSlotClassStayTogether() {
    ClusterPlan plan = plan("atlas-960", 176);
    Fleet fleet = new Fleet(plan, Scenario.quiet(5), START);
    PodLayout layout = plan.pods().get(0);
    Report r = new Report();
    int[] low = new int[layout.slotClasses()];
    int[] high = new int[layout.slotClasses()];
    Arrays.fill(low, Integer.MAX_VALUE);
    for (int k = 0; k < 20; k++) {
      fleet.step(START + k * 1000L);
    }
    for (int b = 0; b < fleet.boards(); b++) {
      fleet.fill(b, r);
      for (int i = 0; i < r.chipCount; i++) {
        int slot = layout.slotClass(layout.chipIndex(b, i));
        low[slot] = Math.min(low[slot], r.temperature[i]);
        high[slot] = Math.max(high[slot], r.temperature[i]);
      }
    }
    for (int slot = 0; slot < low.length; slot++) {
      assertThat(high[slot] - low[slot]).isBetween(10, 120);
    }
  }

  @Test
  void idleChipsDrawIdlePowerAndAreCool() {
    ClusterPlan plan = plan("hgx-h100", 2);
    Fleet fleet = new Fleet(plan, quiet(List.of(), Noise.NONE, 3), START);
    Report r = new Report();
    int idle = (int) (plan.chip().idlePowerWatts() * 10);

    fleet.step(START);

    for (int b = 0; b < fleet.boards(); b++) {
      fleet.fill(b, r);
      for (int i = 0; i < r.chipCount; i++) {
        assertThat(r.power[i]).isBetween(idle * 93 / 100, idle * 107 / 100);
        assertThat(r.utilization[i]).isZero();
        assertThat(r.temperature[i]).isBetween(280, 400);
        assertThat(r.steps[i]).isEqualTo(Report.ABSENT_LONG);
      }
    }
  }

  @Test
  void countersOnlyGrowAndBothEndsOfAMeshLinkCountTheSame() {
    ClusterPlan plan = plan("atlas-950", 2);
    PodLayout layout = plan.pods().get(0);
    Fleet fleet = new Fleet(plan, Scenario.quiet(5), START);
    Report r = new Report();
    Map<Integer, Long> tx = new HashMap<>();
    Map<Integer, Long> rx = new HashMap<>();
    Map<Integer, Long> steps = new HashMap<>();
    for (int k = 0; k < 60; k++) {
      fleet.step(START + k * 1000L);
      for (int b = 0; b < fleet.boards(); b++) {
        fleet.fill(b, r);
        assertThat(r.sequence).isEqualTo(k);
        for (int i = 0; i < r.chipCount; i++) {
          int chip = layout.chipIndex(b, r.chip[i]);
          assertThat(r.steps[i]).isGreaterThanOrEqualTo(steps.getOrDefault(chip, 0L));
          steps.put(chip, r.steps[i]);
        }
        for (int i = 0; i < r.linkCount; i++) {
          int port = layout.portIndex(layout.chipIndex(b, r.linkChip[i]), r.linkPort[i]);
          assertThat(r.txBytes[i]).isGreaterThanOrEqualTo(tx.getOrDefault(port, 0L));
          tx.put(port, r.txBytes[i]);
          rx.put(port, r.rxBytes[i]);
          assertThat(r.linkState[i]).isEqualTo(Report.LINK_UP);
        }
      }
    }
    assertThat(tx).hasSize(layout.ports());
    assertThat(tx.values()).allMatch(bytes -> bytes > 1_000_000_000L);
    for (int port = 0; port < layout.ports(); port++) {
      int peer = layout.peerPort(port);
      if (peer != PodLayout.NO_PORT) {
        assertThat(rx.get(port)).isEqualTo(tx.get(peer));
      }
    }
  }

  @Test
  void linksAreReadEvenlyOverTheBoards() {
    Fleet fleet = new Fleet(plan("atlas-960", 10), Scenario.quiet(5), START);
    Report r = new Report();
    for (int k = 0; k < 10; k++) {
      fleet.step(START + k * 1000L);
      int readings = 0;
      for (int b = 0; b < fleet.boards(); b++) {
        fleet.fill(b, r);
        readings += r.linkCount > 0 ? 1 : 0;
      }
      assertThat(readings).isEqualTo(11);
    }
  }

  @Test
  void samplesAreSpreadOverTheIntervalAndSkewIsBounded() {
    Fleet fleet =
        new Fleet(plan("atlas-960", 20), quiet(List.of(), new Noise(200, 0, 0, 0, 0, 0), 5), START);
    Report r = new Report();
    int[] tenths = new int[10];
    boolean skewed = false;
    fleet.step(START);
    for (int b : fleet.samplingOrder()) {
      fleet.fill(b, r);
      tenths[(int) (fleet.sampleMs(b) - START) / 100]++;
      assertThat(r.timeMs - fleet.sampleMs(b)).isBetween(-200L, 200L);
      skewed |= Math.abs(r.timeMs - fleet.sampleMs(b)) > 150;
    }
    assertThat(skewed).isTrue();
    assertThat(Arrays.stream(tenths).boxed().toList()).allMatch(n -> n >= 18 && n <= 26);
  }

  @Test
  void noiseHappensAtItsRates() {
    Noise noise = new Noise(0, 0.02, 5000, 0.03, 0.04, 0.05);
    Fleet fleet = new Fleet(plan("atlas-960", 20), quiet(List.of(), noise, 5), START);
    Report r = new Report();
    int reports = 0;
    int late = 0;
    int duplicate = 0;
    int missing = 0;
    int blank = 0;
    int chips = 0;
    for (int k = 0; k < 300; k++) {
      fleet.step(START + k * 1000L);
      for (int b = 0; b < fleet.boards(); b++) {
        fleet.fill(b, r);
        reports++;
        assertThat(fleet.lateMs(b)).isBetween(0, 5000);
        late += fleet.lateMs(b) > 0 ? 1 : 0;
        duplicate += fleet.duplicate(b) ? 1 : 0;
        missing += fleet.missing(b) ? 1 : 0;
        for (int i = 0; i < r.chipCount; i++) {
          chips++;
          if (r.temperature[i] == Report.ABSENT
              || r.power[i] == Report.ABSENT
              || r.utilization[i] == Report.ABSENT
              || r.hbmTemperature[i] == Report.ABSENT
              || r.clock[i] == Report.ABSENT) {
            blank++;
          }
        }
      }
    }
    assertThat((double) late / reports).isBetween(0.018, 0.022);
    assertThat((double) duplicate / reports).isBetween(0.028, 0.032);
    assertThat((double) missing / reports).isBetween(0.038, 0.042);
    assertThat((double) blank / chips).isBetween(0.048, 0.052);
  }

  @Test
  void steppingAndFillingAllocateNothing() {
    Fleet fleet = new Fleet(plan("atlas-960", 40), Scenario.quiet(5), START);
    Report r = new Report();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long before = 0;
    int steps = 60;
    for (int k = 0; k < 20 + steps; k++) {
      if (k == 20) {
        before = threads.getThreadAllocatedBytes(thread);
      }
      fleet.step(START + k * 1000L);
      for (int b = 0; b < fleet.boards(); b++) {
        fleet.fill(b, r);
      }
    }
    long bytes = threads.getThreadAllocatedBytes(thread) - before;
    // A few empty lists a step, whatever the number of chips.
    assertThat(bytes / steps).isLessThan(2_000);
  }

  @Test
  void podsStartOneAfterTheOther() {
    ClusterPlan plan = CATALOG.plan("atlas-960", new Overrides(null, 3, 1));
    Fleet fleet = new Fleet(plan, Scenario.quiet(5).withPodEvery(20_000), START);
    Report r = new Report();
    int each = fleet.boards() / 3;
    int[] reports = new int[3];
    for (int k = 0; k < 60; k++) {
      long now = START + k * 1000L;
      fleet.step(now);
      assertThat(fleet.podsUp()).isEqualTo(1 + k / 20);
      long stepsOfFirst = 0;
      for (int b = 0; b < fleet.boards(); b++) {
        assertThat(fleet.sampleMs(b)).isEqualTo(now + fleet.phaseMs(b));
        int pod = b / each;
        if (fleet.fill(b, r)) {
          reports[pod]++;
          assertThat(r.agentStartMs).isEqualTo(START + pod * 20_000L);
          assertThat(r.sequence).isEqualTo(k - pod * 20);
          // The job has run before: the pod is as warm and as far as the first one.
          if (b == 0) {
            stepsOfFirst = r.steps[0];
          }
          assertThat(r.temperature[0]).isGreaterThan(400);
          assertThat(r.steps[0]).isBetween(stepsOfFirst - 1, stepsOfFirst + 1);
        }
      }
    }
    assertThat(reports).containsExactly(60 * each, 40 * each, 20 * each);
  }

  @Test
  void podsStartWithAnInterval() {
    Scenario often = Scenario.quiet(5).withPodEvery(700);
    assertThat(IntStream.range(0, 5).mapToLong(often::podStartsAfterMs))
        .containsExactly(0L, 1_000L, 2_000L, 3_000L, 3_000L);
    assertThat(often.withBeat(60_000, 1).podStartsAfterMs(3)).isEqualTo(60_000);
    assertThat(Scenario.quiet(5).podStartsAfterMs(64)).isZero();
  }

  @Test
  void theSeedBreaksNothingInAPodThatHasOnlyJustStarted() {
    StringBuilder document = new StringBuilder("pod_every: 5s\nfaults:\n");
    for (int second = 0; second <= 60; second += 2) {
      document.append(
          "  - {kind: CHIP_LOST, at: %ds, for: 1s, subject: random}\n".formatted(second));
    }
    ClusterPlan plan = CATALOG.plan("atlas-960", new Overrides(null, 10, 24));
    Fleet fleet = new Fleet(plan, ScenarioReader.read("a.yaml", document.toString(), null), START);

    assertThat(fleet.toldFaults()).hasSize(31);
    assertThat(fleet.toldFaults())
        .filteredOn(f -> f.podIndex() > 0)
        .allMatch(f -> f.startMs() >= fleet.podStartMs(f.podIndex()) + 20_000);
    assertThat(fleet.toldFaults()).anyMatch(f -> f.podIndex() >= 5);
  }

  @Test
  void timeDoesNotGoBack() {
    Fleet fleet = new Fleet(plan("atlas-960", 1), Scenario.quiet(5), START);
    fleet.step(START + 1000);
    assertThatThrownBy(() -> fleet.step(START)).hasMessageContaining("time cannot go back");
  }
}
