package io.isotherm.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.isotherm.model.PodLayout;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TopologyFileTest {
  private static final Catalog CATALOG = Catalog.bundled();

  private static final String GOOD =
      """
      name: my-cluster
      chip: h200
      pods: 2
      cabinets: 3
      boards_per_cabinet: 4
      chips_per_board: 8
      slot_classes: [0, 0, 0, 0, 1, 1, 1, 1]
      ports:
        - label: mesh
          ports: 3
          wiring: mesh
        - label: rail
          ports: 2
          wiring: switch
          scope: pod
          switches: 2
      """;

  @Test
  void aPlainFileIsAPlanWithOneLoopAndFeedForEachCabinet() {
    Preset preset = CATALOG.parse("my.yaml", GOOD);
    ClusterPlan plan = CATALOG.plan(preset, Overrides.NONE);
    PodLayout pod = plan.pods().get(1);

    assertThat(plan.cluster()).isEqualTo("my-cluster");
    assertThat(plan.chip().name()).isEqualTo("NVIDIA H200 SXM");
    assertThat(plan.chips()).isEqualTo(2 * 3 * 4 * 8);
    assertThat(pod.portsPerChip()).isEqualTo(5);
    assertThat(pod.coolingLoops()).isEqualTo(3);
    assertThat(pod.cabinetsPerPowerFeed()).isEqualTo(1);
    assertThat(pod.slotClass(5)).isEqualTo(1);
    assertThat(pod.switchPath(pod.portIndex(0, 4))).isEqualTo("pod-01/plane-1/switch-00");
    assertThat(preset.pods().confidence()).isEqualTo(Confidence.STATED);
    assertThat(preset.cabinetsPerCoolingLoop().confidence()).isEqualTo(Confidence.ASSUMED);
  }

  @Test
  void aFileMayBeLong() {
    String comment = "# as long as a file that names the hosts of every board\n".repeat(80_000);
    assertThat(comment).hasSizeGreaterThan(4_000_000);
    assertThat(CATALOG.parse("my.yaml", comment + GOOD).name()).isEqualTo("my-cluster");
  }

  @Test
  void aCardOnARailIsBesideThePortsOfTheChip() {
    String railed =
        GOOD.replace("ports: 3", "ports: 7").replace("scope: pod", "scope: rail\n    speed: 400")
            + """
              - label: NVLink
                ports: 11
                wiring: switch
                scope: board
                switches: 4
            """;

    ClusterPlan plan = CATALOG.plan(CATALOG.parse("my.yaml", railed), Overrides.NONE);
    PodLayout pod = plan.pods().get(1);

    // All 18 ports of an H200 itself, and two of a card.
    assertThat(pod.portsPerChip()).isEqualTo(20);
    assertThat(pod.ownPortsPerChip()).isEqualTo(18);
    assertThat(pod.portMegabits(6)).isEqualTo(200_000);
    assertThat(pod.portMegabits(7)).isEqualTo(400_000);
    assertThat(pod.portMegabits(19)).isEqualTo(200_000);
    assertThat(pod.switchPath(pod.portIndex(2, 8))).isEqualTo("pod-01/rail-10/switch-00");
  }

  @Test
  void aFileMayDescribeItsOwnChip() {
    String own =
        """
        name: lab
        chip:
          name: Lab Chip 1
          vendor: Us
          max_power: 300
          memory: {value: 64, unit: GB, confidence: secondary, source: "a rumour"}
        pods: 1
        cabinets: 1
        boards_per_cabinet: 1
        chips_per_board: 2
        ports: []
        """;

    ChipProfile chip = CATALOG.parse("lab.yaml", own).chip();

    assertThat(chip.id()).isEqualTo("lab-chip-1");
    assertThat(chip.maxPower().confidence()).isEqualTo(Confidence.STATED);
    assertThat(chip.memory().source()).isEqualTo("a rumour");
    assertThat(chip.memoryMebibytes()).hasValue(65_536);
    assertThat(chip.idlePower()).satisfies(v -> assertThat(v.number()).isEqualTo(60));
    assertThat(chip.idlePower().confidence()).isEqualTo(Confidence.ASSUMED);
    assertThat(chip.thermalAssumed()).isTrue();
    assertThat(chip.fp8().confidence()).isEqualTo(Confidence.UNPUBLISHED);
    assertThat(chip.portMegabitsPerSecond(4)).isEmpty();
  }

  /** What to replace in the good file, by what, and the mistakes that must be named. */
  static Stream<Arguments> mistakes() {
    return Stream.of(
        bad("pods: 2", "pods: 0", "3:7: 'pods' is 0, must be 1 to 10,000"),
        bad(
            "pods: 2\ncabinets: 3",
            "pods: 10000\ncabinets: 1000",
            "3:7: my-cluster: more than 100000000 chips"),
        bad("pods: 2", "pods: many", "3:7: 'pods' is 'many', expected a number"),
        bad("pods: 2", "pods: 1.5", "3:7: 'pods' is 1.5, expected a whole number"),
        bad("pods: 2", "pods: [2]", "3:7: 'pods' is a list, expected a number"),
        bad("pods: 2", "pods:", "3:6: 'pods' is nothing, expected a number"),
        bad("pods: 2", "pods: .inf", "3:11: not YAML: Malformed numeric value '.inf'"),
        bad(
            "pods: 2",
            "pots: 2",
            "1:1: field 'pods' is missing",
            "3:1: unknown field 'pots'; did you mean 'pods'?"),
        bad("pods: 2", "pods: 2\npods: 3", "4:1: field 'pods' stands twice"),
        bad("pods: 2", "pods: {value: 2, unit: W}", "3:24: unit of 'pods' is 'W', expected none"),
        bad(
            "pods: 2",
            "pods: {value: 2, confidence: sure}",
            "3:30: confidence is 'sure', expected one of vendor, device, paper, secondary,"
                + " arithmetic, assumed, unpublished, stated"),
        bad(
            "pods: 2",
            "pods: {value: 2, low: 3, high: 4}",
            "3:7: 'pods': a value must lie in its range, low to high"),
        bad("pods: 2", "pods: {value: null}", "3:7: 'pods' must have a number"),
        bad(
            "pods: 2",
            "pods: {valu: 2}",
            "3:7: 'pods' has no field 'value'",
            "3:8: unknown field 'valu'; did you mean 'value'?"),
        bad("chip: h200", "chip: h20", "2:7: unknown chip 'h20'; did you mean 'h200'?"),
        bad("chip: h200", "chip: [h200]", "2:7: 'chip' is a list, expected a text"),
        bad("chip: h200", "chip: {name: X}", "2:7: field 'vendor' is missing"),
        bad(
            "chip: h200",
            "chip: hanguang-800",
            "9:3: my-cluster wires 5 ports of every chip, but Hanguang 800 has 0"),
        bad("name: my-cluster", "name: my/cluster", "1:7: name 'my/cluster' has a '/'"),
        bad("0, 1, 1, 1, 1]", "0, 1]", "7:15: 5 slot classes for 8 chips of a board"),
        bad("1, 1]", "1, 64]", "7:37: 'slot class' is 64, must be 0 to 63"),
        bad(
            "[0, 0, 0, 0, 1, 1, 1, 1]",
            "front",
            "7:15: 'slot_classes' is 'front', expected a list of one slot class"),
        bad(
            "ports: 3",
            "ports: 4",
            "10:12: 4 ports make meshes of 5 chips, but 8 chips of a board are no whole number"),
        bad(
            "wiring: mesh",
            "wiring: meshh",
            "11:13: wiring is 'meshh', expected one of mesh, switch; did you mean 'mesh'?"),
        bad("wiring: mesh", "scope: board", "9:5: field 'wiring' is missing: mesh or switch"),
        bad("wiring: mesh", "wiring: mesh\n    scope: pod", "12:12: a mesh lies inside a board"),
        bad("wiring: mesh", "wiring: mesh\n    switches: 1", "12:15: a mesh has no switches"),
        bad(
            "wiring: mesh",
            "wiring: mesh\n    speed: 400",
            "12:12: a mesh is of ports of the chip, whose speed follows from its fabric"),
        bad(
            "scope: pod",
            "scope: rail\n    speed: 0",
            "16:12: 'speed' is 0, must be 0.001 to 1,000,000"),
        bad(
            "scope: pod",
            "scope: rail\n    speed: {value: 50, unit: GB/s}",
            "16:30: unit of 'speed' is 'GB/s', expected 'Gb/s'"),
        bad(
            "scope: pod",
            "scope: rails",
            "15:12: scope is 'rails', expected one of board, cabinet, pod, rail; did you mean"
                + " 'rail'?"),
        bad("    scope: pod\n", "", "12:5: field 'scope' is missing: board, cabinet, pod or rail"),
        bad(
            "    switches: 2\n",
            "",
            "12:5: field 'switches' is missing: switches per board, cabinet, plane or rail"),
        bad(
            "    scope: pod\n    switches: 2",
            "    scope: cabinet\n    switches: 3",
            "16:15: 3 switches of a cabinet for 2 ports of a chip: no port leads to the others"),
        bad("switches: 2", "switches: *two", "16:15: an alias (*name); write the value itself"),
        bad("pods: 2", "pods: \"2", "not YAML"),
        bad("pods: 2", "\tpods: 2", "not YAML"),
        bad(GOOD, "", "1:1: the file is empty"),
        bad(GOOD, "just words", "1:1: the file is 'just words', expected fields such as"),
        bad(GOOD, GOOD + "---\nname: x\n", "a second document; expected only one"));
  }

  private static Arguments bad(String from, String to, String... expected) {
    return Arguments.of(from, to, List.of(expected));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void everyMistakeIsNamedWithItsPlace(String from, String to, List<String> expected) {
    String text = GOOD.replaceFirst(Pattern.quote(from), to.replace("\\", "\\\\"));

    TopologyFileException e =
        catchThrowableOfType(TopologyFileException.class, () -> CATALOG.parse("my.yaml", text));

    assertThat(e).as("accepted: %s", text).isNotNull();
    List<String> found = e.mistakes().stream().map(Mistake::toString).toList();
    for (String x : expected) {
      assertThat(found).anyMatch(m -> m.contains(x));
    }
    assertThat(found).allMatch(m -> m.lines().count() == 1);
    assertThat(e.file()).isEqualTo("my.yaml");
    assertThat(e).hasMessageStartingWith("my.yaml:" + found.get(0));
  }

  @Test
  void allMistakesAreNamedAtOnceInTheOrderOfTheFile() {
    String text = GOOD.replace("pods: 2", "pods: 0").replace("h200", "h20").replace("s: 3", "s: x");

    TopologyFileException e =
        catchThrowableOfType(TopologyFileException.class, () -> CATALOG.parse("my.yaml", text));

    assertThat(e.mistakes()).extracting(Mistake::line).containsExactly(2, 3, 4, 10);
    assertThat(e).hasMessageEndingWith(" (and 3 more)");
  }

  @Test
  void noCutOrScratchedFileIsAnythingButAPlanOrNamedMistakes() {
    for (int cut = 0; cut < GOOD.length(); cut++) {
      for (String scratch : Arrays.asList("", "{", "&a *a", ": ", "\u0000", "- ")) {
        String text =
            GOOD.substring(0, cut) + scratch + (scratch.isEmpty() ? "" : GOOD.substring(cut));
        try {
          assertThat(CATALOG.plan(CATALOG.parse("x", text), Overrides.NONE).chips()).isPositive();
        } catch (TopologyFileException e) {
          assertThat(e.mistakes()).isNotEmpty();
          assertThat(e.mistakes()).allMatch(m -> m.line() >= 1 && m.column() >= 1);
        }
      }
    }
  }
}
