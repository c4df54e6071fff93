package io.isotherm.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.Overrides;
import io.isotherm.model.Placement;
import io.isotherm.model.Report;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What happens and is no fault shows in the reports as the document says. */
class OrdinaryTest {
  private static final long START = 1_800_000_000_000L;

  private static Fleet fleet(String ordinary) {
    return fleet(1, ordinary);
  }

  private static Fleet fleet(int pods, String ordinary) {
    String document = "jobs: [{name: train-0}]\nordinary:\n  " + ordinary + "\n";
    return new Fleet(
        Catalog.bundled().plan("hgx-h100", new Overrides(null, pods, 4)),
        ScenarioReader.read("ordinary.yaml", document, null),
        START);
  }

  @Test
  void aLighterShareOfTheDataWandersOverTheBoards() {
    Fleet fleet = fleet("imbalance: 0.2\n  imbalance_for: 20s");
    Report r = new Report();
    TreeSet<Integer> lightest = new TreeSet<>();
    for (int s = 0; s < 200; s++) {
      fleet.step(START + s * 1_000L);
      int least = Integer.MAX_VALUE;
      int most = 0;
      int at = -1;
      for (int b = 0; b < fleet.boards(); b++) {
        fleet.fill(b, r);
        assertThat(r.utilization[0]).isBetween(0, 1_000);
        if (r.tensorActivity[0] < least) {
          least = r.tensorActivity[0];
          at = b;
        }
        most = Math.max(most, r.tensorActivity[0]);
      }
      assertThat(least).isLessThanOrEqualTo(most);
      lightest.add(at);
    }
    assertThat(lightest).hasSizeGreaterThan(5);
  }

  @Test
  void maintenanceIsAnnouncedAndItsBoardIsIdleThenSilentThenBackWithANewAgent() {
    Fleet fleet = fleet("maintenance: {every: 10m, for: 2m, drain: 1m}");
    Placement first = fleet.placements().get(1);
    assertThat(first.job()).isEqualTo("maintenance-1");
    assertThat(first.fromMs()).isEqualTo(START + 600_000);
    assertThat(first.untilMs()).isEqualTo(START + 720_000);
    assertThat(first.members().get(0).role()).isEqualTo("maintenance");
    int board = first.members().get(0).firstBoard();
    Report r = new Report();
    for (int s = 0; s < 800; s++) {
      fleet.step(START + s * 1_000L);
      boolean reports = fleet.fill(board, r);
      assertThat(reports).as("second %d", s).isEqualTo(s < 630 || s >= 690);
      if (reports) {
        boolean works = s < 539 || s > 720;
        if (works || (s > 541 && s < 719)) {
          assertThat(r.utilization[0] > 0).as("second %d", s).isEqualTo(works);
        }
        assertThat(r.agentStartMs >= START + 600_000).isEqualTo(s >= 690);
      }
    }
  }

  @Test
  void aCollectorFallsBehindAndCatchesUpWithoutOvertaking() {
    Fleet fleet = fleet("lag: {every: 5m, for: 2m, by: 30s}");
    int most = 0;
    long arrived = 0;
    for (int s = 0; s < 500; s++) {
      fleet.step(START + s * 1_000L);
      int late = fleet.lateMs(3);
      assertThat(late > 0).as("second %d", s).isEqualTo(s >= 300 && s < 420);
      assertThat(fleet.sampleMs(3) + late).isGreaterThan(arrived);
      arrived = fleet.sampleMs(3) + late;
      most = Math.max(most, late);
    }
    assertThat(most).isBetween(29_000, 30_000);
  }

  @Test
  void collectorsLagOneAfterTheOther() {
    Fleet fleet = fleet(3, "lag: {every: 5m, for: 2m, by: 30s}");
    int boards = fleet.boards() / 3;
    StringBuilder lagging = new StringBuilder();
    for (int minute = 0; minute < 25; minute++) {
      fleet.step(START + minute * 60_000L + 30_000);
      StringBuilder pods = new StringBuilder();
      for (int p = 0; p < 3; p++) {
        pods.append(fleet.lateMs(p * boards) > 0 ? p : "");
      }
      lagging.append(pods.isEmpty() ? "." : pods);
    }
    assertThat(lagging).hasToString(".....11...22...00...11...");
  }

  @Test
  void whatCannotBeIsNamedWithItsPlace() {
    assertThatThrownBy(() -> fleet("lag: {every: 5m, for: 1m, by: 30s}"))
        .isInstanceOf(ScenarioException.class)
        .hasMessageContaining("ordinary.yaml:3")
        .hasMessageContaining("a quarter of 'for'");
    assertThatThrownBy(() -> fleet("maintenance: {every: 5m, for: 6m}"))
        .hasMessageContaining("maintenance must end");
  }

  @Test
  void maintenanceThatEndsBeforeTheWeekDoesIsNoted() {
    assertThat(fleet("maintenance: {every: 1m, for: 10s, drain: 10s}").notes())
        .containsExactly(
            "ordinary.maintenance: after 1,000 times, 16.7 h after the start, there is none any"
                + " more");
    assertThat(fleet("maintenance: {every: 1h, for: 10m}").notes()).isEmpty();
  }
}
