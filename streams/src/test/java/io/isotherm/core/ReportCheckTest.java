package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of the links of a report; the rest of the check is in {@link PodMonitorTest}. */
final class ReportCheckTest {
  private final SmallPod pod = new SmallPod();

  private Outcome accept(int... chipAndPort) {
    pod.run(0, 5);
    pod.fill(0, 5);
    for (int i = 0; i < chipAndPort.length; i += 2) {
      int l = pod.report.addLink(chipAndPort[i], chipAndPort[i + 1]);
      pod.report.linkState[l] = Report.LINK_UP;
    }
    return pod.monitor.accept(pod.report, pod.output);
  }

  @Test
  void linksPortByPortAreTurnedAway() {
    assertThat(accept(0, 0, 1, 0, 0, 1, 1, 1)).isEqualTo(Outcome.IMPOSSIBLE);
    assertThat(pod.monitor.detail())
        .isEqualTo(
            "pod-00/cab-000/board-0: the links of chip 0 are in several places, must be listed"
                + " chip by chip");
  }

  @Test
  void aPortThatIsListedTwiceIsTurnedAway() {
    assertThat(accept(0, 0, 0, 1, 0, 1)).isEqualTo(Outcome.IMPOSSIBLE);
    assertThat(pod.monitor.detail())
        .isEqualTo("pod-00/cab-000/board-0: chip 0 port 1 twice, each port must be listed once");
  }

  @Test
  void whatIsTurnedAwayMovesNoCounter() {
    pod.errorsPerSecond.put(0, 500);
    pod.hand =
        (report, board, second) -> {
          if (board == 0 && second == 33) {
            swap(report, 0, report.linkCount - 1);
          }
        };
    pod.run(0, 100);

    // From the reading of second 3 to that of second 83, the newest before the last window closed.
    assertThat(pod.last().links().errorsTotal()).isEqualTo(8 * 5_000);
  }

  private static void swap(Report report, int a, int b) {
    int chip = report.linkChip[a];
    int port = report.linkPort[a];
    report.linkChip[a] = report.linkChip[b];
    report.linkPort[a] = report.linkPort[b];
    report.linkChip[b] = chip;
    report.linkPort[b] = port;
  }

  @Test
  void anyOrderOfChipsAndOfTheirPortsWillDo() {
    assertThat(accept(3, 4, 3, 0, 3, 2, 1, 1, 1, 0, 2, 3)).isEqualTo(Outcome.ACCEPTED);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void itFindsWhatTheObviousWayFinds(long seed) {
    Random random = new Random(seed);
    int accepted = 0;
    for (int round = 0; round < 500; round++) {
      List<Integer> ports = someChipsInTurn(random);
      if (random.nextBoolean() && ports.size() > 1) {
        Collections.swap(ports, random.nextInt(ports.size()), random.nextInt(ports.size()));
      }
      if (random.nextInt(4) == 0 && !ports.isEmpty()) {
        ports.add(random.nextInt(ports.size()), ports.get(random.nextInt(ports.size())));
      }
      Report r = new Report();
      ports.forEach(port -> r.addLink(port / 5, port % 5));

      boolean good = isChipByChip(ports);
      ReportCheck check = new ReportCheck(SmallPod.LAYOUT, new PodState(SmallPod.LAYOUT));
      assertThat(check.shape(r, 0))
          .as("ports %s", ports)
          .isEqualTo(good ? Outcome.ACCEPTED : Outcome.IMPOSSIBLE);
      accepted += good ? 1 : 0;
    }
    assertThat(accepted).isBetween(50, 450);
  }

  /** Ports of a board, by their numbers on it: some of some chips, in any order. */
  private static List<Integer> someChipsInTurn(Random random) {
    List<Integer> chips = new ArrayList<>(List.of(0, 1, 2, 3));
    Collections.shuffle(chips, random);
    List<Integer> all = new ArrayList<>();
    for (int chip : chips.subList(0, random.nextInt(5))) {
      List<Integer> ports = new ArrayList<>(List.of(0, 1, 2, 3, 4));
      Collections.shuffle(ports, random);
      ports.subList(0, 1 + random.nextInt(5)).forEach(port -> all.add(chip * 5 + port));
    }
    return all;
  }

  private static boolean isChipByChip(List<Integer> ports) {
    Set<Integer> done = new HashSet<>();
    int chip = -1;
    for (int port : ports) {
      if (port / 5 != chip) {
        chip = port / 5;
        if (!done.add(chip)) {
          return false;
        }
      }
    }
    return new HashSet<>(ports).size() == ports.size();
  }
}
