package io.isotherm.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.Preset;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DemoStoryTest {
  private static final long START = 1_767_225_600_000L;
  private static final Catalog CATALOG = Catalog.bundled();

  static Stream<String> presets() {
    return CATALOG.presets().stream().map(Preset::name);
  }

  private static Fault the(List<Fault> faults, FaultKind kind) {
    return faults.stream().filter(f -> f.kind() == kind).findFirst().orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("presets")
  void everyFaultFindsACabinetOfItsOwnOnEveryPreset(String preset) {
    ClusterPlan plan = CATALOG.plan(preset, new Overrides(null, 1, null));
    Fleet fleet = new Fleet(plan, ScenarioReader.load("demo"), START);
    boolean fabric = plan.pods().get(0).portsPerChip() > 0;

    assertThat(fleet.toldFaults()).hasSize(fabric ? 7 : 5);
    assertThat(fleet.notes()).hasSize(fabric ? 0 : 2);
    Set<Integer> cabinets = new HashSet<>();
    for (Fault f : fleet.toldFaults()) {
      PodLayout layout = plan.pods().get(f.podIndex());
      int end = Subjects.endCabinet(layout, f.kind(), f.target());
      for (int c = Subjects.firstCabinet(layout, f.kind(), f.target()); c < end; c++) {
        assertThat(cabinets.add(c)).isTrue();
      }
    }
  }

  @Test
  void everyFaultShowsItsSymptomsAndOnlyThere() {
    ClusterPlan plan = CATALOG.plan("atlas-960", new Overrides(null, 1, 24));
    PodLayout layout = plan.pods().get(0);
    Fleet fleet = new Fleet(plan, ScenarioReader.load("demo"), START);
    List<Fault> faults = fleet.toldFaults();
    Fault throttle = the(faults, FaultKind.THERMAL_THROTTLE);
    Fault chipLost = the(faults, FaultKind.CHIP_LOST);
    Fault boardLost = the(faults, FaultKind.BOARD_LOST);
    Fault dark = the(faults, FaultKind.CABINET_DARK);
    Fault cooling = the(faults, FaultKind.COOLING_LOOP_DEGRADED);
    Fault linkDown = the(faults, FaultKind.LINK_DOWN);
    Fault linkBad = the(faults, FaultKind.LINK_DEGRADED);
    int limit = layout.limits().maxOperating();
    Report r = new Report();
    Set<Integer> downPorts = new HashSet<>();
    Set<Integer> badPorts = new HashSet<>();
    Map<Integer, Long> errors = new HashMap<>();
    Set<Integer> hotChips = new HashSet<>();
    Set<Integer> silent = new HashSet<>();
    Set<Integer> lost = new HashSet<>();
    List<TruthEvent> truth = new ArrayList<>();
    long loopSum = 0;
    long loopCount = 0;
    long otherSum = 0;
    long otherCount = 0;
    int hottest = 0;
    long[] throttledSum = new long[3];
    long[] throttledCount = new long[3];
    for (int k = 0; k < 180; k++) {
      fleet.step(START + k * 1000L);
      truth.addAll(fleet.takeTruth());
      for (int b = 0; b < fleet.boards(); b++) {
        if (!fleet.fill(b, r)) {
          silent.add(b);
          continue;
        }
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < r.chipCount; i++) {
          int chip = layout.chipIndex(b, r.chip[i]);
          seen.add(chip);
          hottest = Math.max(hottest, r.temperature[i]);
          if (r.temperature[i] >= limit) {
            hotChips.add(chip);
          }
          if (k >= 90 && k < 120 && chip == throttle.target()) {
            if (r.temperature[i] != Report.ABSENT) {
              assertThat(r.temperature[i]).isBetween(limit - 20, layout.limits().shutdown() - 1);
              throttledSum[(k - 90) / 10] += r.temperature[i];
              throttledCount[(k - 90) / 10]++;
            }
            if (r.clock[i] != Report.ABSENT) {
              assertThat(r.clock[i]).isLessThan(plan.chip().clockMegahertz() * 9 / 10);
            }
            if (r.power[i] != Report.ABSENT) {
              assertThat(r.power[i]).isLessThan((int) (plan.chip().maxPowerWatts() * 9));
            }
            assertThat(r.throttleReasons[i] & Report.THROTTLE_THERMAL).isNotZero();
          }
          if (k == 100 && r.temperature[i] != Report.ABSENT) {
            boolean warm =
                layout.coolingLoopOfCabinet(layout.cabinetOfBoard(b)) == cooling.target();
            loopSum += warm ? r.temperature[i] : 0;
            loopCount += warm ? 1 : 0;
            otherSum += warm ? 0 : r.temperature[i];
            otherCount += warm ? 0 : 1;
          }
        }
        for (int i = 0; i < layout.chipsPerBoard(); i++) {
          if (!seen.contains(layout.chipIndex(b, i))) {
            lost.add(layout.chipIndex(b, i));
          }
        }
        for (int i = 0; i < r.linkCount; i++) {
          int port = layout.portIndex(layout.chipIndex(b, r.linkChip[i]), r.linkPort[i]);
          if (r.linkState[i] == Report.LINK_DOWN) {
            downPorts.add(port);
          }
          Long before = errors.put(port, r.crcErrors[i]);
          if (before != null && r.crcErrors[i] - before >= 100) {
            badPorts.add(port);
          }
        }
      }
    }

    assertThat(lost).containsExactly(chipLost.target());
    assertThat(silent)
        .isEqualTo(
            Stream.concat(
                    Stream.of(boardLost.target()),
                    Stream.iterate(layout.boardIndex(dark.target(), 0), b -> b + 1)
                        .limit(layout.boardsPerCabinet()))
                .collect(Collectors.toSet()));
    assertThat(hotChips).containsExactly(throttle.target());
    assertThat((double) loopSum / loopCount - (double) otherSum / otherCount).isGreaterThan(80);
    Set<Integer> expectedDown = new HashSet<>(ends(layout, linkDown.target()));
    for (int p = 0; p < layout.portsPerChip(); p++) {
      int peer = layout.peerPort(layout.portIndex(chipLost.target(), p));
      if (peer != PodLayout.NO_PORT) {
        expectedDown.add(peer);
      }
    }
    assertThat(downPorts).isEqualTo(expectedDown);
    assertThat(badPorts).isEqualTo(ends(layout, linkBad.target()));
    assertThat(truth.stream().filter(t -> !t.ended())).hasSize(7);
    assertThat(truth.stream().filter(TruthEvent::ended)).hasSize(6);
    for (int w = 0; w < throttledSum.length; w++) {
      assertThat((double) throttledSum[w] / throttledCount[w])
          .isBetween((double) limit, plan.chip().slowdownCelsius() * 10);
    }
    assertThat(hottest).isLessThan(layout.limits().shutdown());
  }

  private static Set<Integer> ends(PodLayout layout, int port) {
    int peer = layout.peerPort(port);
    return peer == PodLayout.NO_PORT ? Set.of(port) : new HashSet<>(Arrays.asList(port, peer));
  }

  @Test
  void bundledScenariosAreValid() {
    for (String name : ScenarioReader.BUNDLED) {
      assertThat(ScenarioReader.load(name).name()).isEqualTo(name);
    }
  }

  @Test
  void aMistakeIsNamedWithLineAndColumn() {
    String unknown = "jobs: []\nfaults:\n  - {kindd: CHIP_LOST, at: 1s, subject: random}\n";
    assertThatThrownBy(() -> ScenarioReader.read("a.yaml", unknown, null))
        .isInstanceOf(ScenarioException.class)
        .hasMessage("a.yaml:3:6: unknown field 'kindd'; did you mean 'kind'?");
    assertThatThrownBy(() -> ScenarioReader.read("a.yaml", "seed: 1\ninterval: 1\n", null))
        .hasMessage("a.yaml:2:11: 'interval' is '1', expected a time such as 40s or 5m");
    assertThatThrownBy(() -> ScenarioReader.read("a.yaml", "noise: {late: 2}\n", null))
        .hasMessageStartingWith("a.yaml:1:15: 'late' is '2', must be");
  }

  @ParameterizedTest
  @ValueSource(strings = {"at: 300000000000d", "at: 3651d", "at: 1s, for: 106751991167d"})
  void noTimeIsLongerThanTenYears(String times) {
    String document = "faults:\n  - {kind: CHIP_LOST, %s, subject: random}\n".formatted(times);
    assertThatThrownBy(() -> ScenarioReader.read("a.yaml", document, null))
        .isInstanceOf(ScenarioException.class)
        .hasMessageStartingWith("a.yaml:2:")
        .hasMessageEndingWith("ms or more and at most 315360000000 ms");
  }

  @Test
  void twoJobsOfOneNameAreAMistake() {
    String document = "jobs:\n  - {name: a, share: 0.5}\n  - {name: a, share: 0.5}\n";
    assertThatThrownBy(() -> ScenarioReader.read("a.yaml", document, null))
        .isInstanceOf(ScenarioException.class)
        .hasMessage("a.yaml:3:5: a second job is called 'a'");
  }

  @Test
  void aJobThatHasNoBoardIsNoted() {
    ClusterPlan plan = CATALOG.plan("hgx-h100", new Overrides(null, 1, 1));
    Fleet fleet = new Fleet(plan, ScenarioReader.load("healthy"), START);
    assertThat(fleet.notes())
        .containsExactly("job serve-0 left out: its share of the boards of a pod is less than one");
    assertThat(fleet.placements()).noneMatch(p -> p.job().equals("serve-0"));
  }

  @Test
  void aSubjectThatIsNotInTheClusterIsNamedWithItsPlace() {
    Scenario s =
        ScenarioReader.read(
            "a.yaml",
            "faults:\n  - {kind: BOARD_LOST, at: 1s, subject: pod-00/cab-999/board-0}\n",
            null);
    ClusterPlan plan = CATALOG.plan("atlas-960", new Overrides(null, 1, 2));
    assertThatThrownBy(() -> new Fleet(plan, s, START))
        .isInstanceOf(ScenarioException.class)
        .hasMessage("a.yaml:2:41: there is no cab-999 in pod-00, which has 2 of them");
  }
}
