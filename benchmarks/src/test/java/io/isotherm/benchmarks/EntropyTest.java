package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.isotherm.model.ChipLimits;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class EntropyTest {
  @Test
  void oneValueNeedsNothing() {
    Entropy entropy = new Entropy();
    for (int i = 0; i < 100; i++) {
      entropy.add(42);
    }

    assertThat(entropy.bits()).isZero();
    assertThat(new Entropy().bits()).isZero();
  }

  @Test
  void valuesThatComeEquallyOftenNeedTheLogarithmOfTheirNumber() {
    Entropy entropy = new Entropy();
    // More than the table holds at first.
    for (int i = 0; i < 3 * 4_096; i++) {
      entropy.add(i % 4_096 - 2_048);
    }

    assertThat(entropy.bits() / entropy.total()).isCloseTo(12, within(1e-9));
  }

  @Test
  void anyCountsGiveWhatTheFormulaSays() {
    SplittableRandom random = new SplittableRandom(7);
    Entropy entropy = new Entropy();
    Map<Long, Integer> counts = new HashMap<>();
    int n = 20_000;
    for (int i = 0; i < n; i++) {
      long value = random.nextLong(1L << random.nextInt(1, 40));
      entropy.add(value);
      counts.merge(value, 1, Integer::sum);
    }
    double bits = 0;
    for (int count : counts.values()) {
      bits += count * Math.log((double) n / count) / Math.log(2);
    }

    assertThat(entropy.bits()).isCloseTo(bits, within(1e-6));
  }

  @Test
  void onlyWhatChangesByDifferentStepsNeedsBytes() {
    PodLayout layout =
        new PodLayout(
            "pod-00",
            1,
            1,
            1,
            0,
            List.of(),
            new int[] {0},
            1,
            1,
            new ChipLimits("Test chip", 870, 890, 950, true, Report.ABSENT));
    DeltaEntropy entropy = new DeltaEntropy(List.of(layout));
    Report r = new Report();
    int temperature = 500;
    for (int i = 0; i <= 256; i++) {
      r.clear();
      r.pod = "pod-00";
      r.addChip(0);
      // Up and down by one, equally often: one bit. Steps of a counter are always the same: none.
      temperature += i % 2 == 0 ? 1 : -1;
      r.temperature[0] = temperature;
      r.steps[0] = 17L * i;
      r.power[0] = 4_000;
      entropy.accept(r);
    }

    assertThat(entropy.bytesPerChipSample(257, 0)).isCloseTo(1.0 / 8, within(1e-9));
  }
}
