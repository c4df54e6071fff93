package io.isotherm.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.Overrides;
import io.isotherm.core.DetectorSettings;
import io.isotherm.emulator.ScenarioReader;
import io.isotherm.score.Matching.Case;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ScoringTest {
  private static ScoreSettings settings(
      String scenario, int cabinets, int seeds, int seconds, boolean throughBytes, int threads) {
    return new ScoreSettings(
        Catalog.bundled().plan("atlas-960", new Overrides(null, 1, cabinets)),
        ScenarioReader.load(scenario),
        1,
        seeds,
        seconds * 1_000L,
        DetectorSettings.DEFAULT,
        throughBytes,
        threads,
        "test");
  }

  private static Score run(ScoreSettings settings) throws InterruptedException {
    return Scoring.run(
            settings, List.of(settings.detectors()), (seed, ms, reports) -> {}, () -> false)
        .get(0);
  }

  @Test
  void theResultIsTheSameWhateverTheThreadsAndWhetherThroughBytesOrNot()
      throws InterruptedException {
    ScoreSettings alone = settings("demo", 10, 3, 150, false, 1);
    Score one = run(alone);
    assertThat(one.overall().found()).isGreaterThan(10);
    assertThat(one.reports()).isGreaterThan(40_000);

    assertThat(run(settings("demo", 10, 3, 150, false, 3))).isEqualTo(one);
    ScoreSettings encoded = settings("demo", 10, 3, 150, true, 2);
    assertThat(run(encoded)).isEqualTo(one);
    assertThat(new ScoreReport(alone, one, null, List.of()).json().toString())
        .isEqualTo(new ScoreReport(alone, run(encoded), null, List.of()).json().toString());
  }

  @Test
  void aVariantIsScoredAsIfItWereAlone() throws InterruptedException {
    ScoreSettings settings = settings("demo", 10, 1, 150, false, 1);
    DetectorSettings slow =
        DetectorFile.with(DetectorSettings.DEFAULT, Map.of("open_after_windows", 4));
    List<Score> both =
        Scoring.run(
            settings,
            List.of(DetectorSettings.DEFAULT, slow),
            (seed, ms, reports) -> {},
            () -> false);

    assertThat(both.get(0)).isEqualTo(run(settings));
    assertThat(both.get(1))
        .isEqualTo(
            Scoring.run(settings, List.of(slow), (seed, ms, reports) -> {}, () -> false).get(0))
        .isNotEqualTo(both.get(0));
  }

  @Test
  void hardFaultsOfTheDemoAreFoundAtTheirPartWithTheirName() throws InterruptedException {
    Score score = run(settings("demo", 24, 2, 180, false, 2));
    Measures hard = score.of(Expectation.Group.HARD);

    assertThat(hard.faults()).isEqualTo(8);
    assertThat(hard.recall()).isEqualTo(1.0);
    assertThat(hard.subjectAccuracy()).isEqualTo(1.0);
    assertThat(hard.kindAccuracy()).isEqualTo(1.0);
    assertThat(hard.delaySeconds(0.95)).isLessThanOrEqualTo(40);
    assertThat(score.overall().precision()).isGreaterThanOrEqualTo(0.97);
    assertThat(score.runs())
        .flatMap(r -> r.matching().cases())
        .filteredOn(c -> c.excluded() == null)
        .filteredOn(c -> !c.perfect())
        .extracting(Case::fault)
        .isEmpty();
  }

  @Test
  void aHealthyFleetRaisesNothing() throws InterruptedException {
    Score score = run(settings("healthy", 10, 1, 600, false, 1));

    assertThat(score.overall().faults()).isZero();
    assertThat(score.overall().falseIncidents()).isZero();
    assertThat(score.podDays()).isEqualTo(600 / 86_400.0);
  }
}
