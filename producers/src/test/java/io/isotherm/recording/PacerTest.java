package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pacing, with a clock that only moves when it is slept or worked. */
final class PacerTest {
  private static final long SECOND = 1_000_000_000L;

  private final AtomicBoolean stopped = new AtomicBoolean();
  private long now = 77;
  private int sleeps;

  private Pacer pacer(double speed) {
    return new Pacer(
        speed,
        () -> now,
        nanos -> {
          // A real sleep is up to a millisecond longer.
          now += nanos + 1_000_000L * (sleeps++ % 2);
          if (sleeps > 10_000_000) {
            throw new IllegalStateException("it waits for ever");
          }
        },
        stopped::get);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 1, 10, 100})
  void theSpeedHoldsOverTenMinutesWithinOnePercent(double speed) throws InterruptedException {
    Pacer pacer = pacer(speed);
    long begin = now;
    long lastMs = (long) (600_000 * speed);
    for (long t = 0; t <= lastMs; t += 7) {
      pacer.await(1_700_000_000_000L + t);
      // What a report costs, now and then with a pause of the collector.
      now += t % 70_000 == 0 ? 80_000_000 : 2_000;
    }

    assertThat((double) (now - begin)).isCloseTo(600.0 * SECOND, Percentage.withPercentage(1));
    assertThat(pacer.heldUpNanos()).isZero();
  }

  /** By the median over many reports, which what else the machine does cannot move. */
  @Test
  void theSpeedHoldsByARealClockWithinOnePercent() throws InterruptedException {
    double speed = 100;
    Pacer pacer = new Pacer(speed, System::nanoTime, LockSupport::parkNanos, stopped::get);
    List<Double> slowness = new ArrayList<>();
    long begin = System.nanoTime();
    for (long t = 0; t <= 300_000; t += 100) {
      assertThat(pacer.await(t)).isTrue();
      if (t > 150_000) {
        long took = System.nanoTime() - begin - pacer.heldUpNanos();
        slowness.add(took / (t * 1e6 / speed));
      }
    }
    Collections.sort(slowness);

    assertThat(slowness.get(0)).isGreaterThanOrEqualTo(1);
    assertThat(slowness.get(slowness.size() / 2)).isLessThan(1.01);
    assertThat(pacer.eventMs()).isEqualTo(300_000);
    assertThat(pacer.paceNanos()).isGreaterThanOrEqualTo(3 * SECOND);
  }

  @Test
  void nothingIsEverEarly() throws InterruptedException {
    Pacer pacer = pacer(10);
    long begin = now;
    for (long t = 0; t < 60_000; t += 13) {
      pacer.await(t);
      assertThat((now - begin) / 1e6).isGreaterThanOrEqualTo(t / 10.0 - 1e-3);
    }
  }

  @Test
  void aStoppedProcessDoesNotRushAfterwards() throws InterruptedException {
    Pacer pacer = pacer(1);
    pacer.await(0);
    pacer.await(10_000);
    now += 3_600 * SECOND;
    pacer.await(10_001);
    long resumed = now;
    pacer.await(20_000);

    assertThat((double) (now - resumed)).isCloseTo(9.999 * SECOND, Percentage.withPercentage(1));
    assertThat((double) pacer.paceNanos()).isCloseTo(20.0 * SECOND, Percentage.withPercentage(1));
    assertThat(pacer.heldUpNanos()).isGreaterThanOrEqualTo(3_600 * SECOND);
  }

  @Test
  void aStopEndsTheWait() throws InterruptedException {
    Pacer pacer = pacer(1);
    assertThat(pacer.await(0)).isTrue();
    stopped.set(true);
    assertThat(pacer.await(1_000_000)).isFalse();
  }

  @Test
  void asFastAsItGoesNeverSleeps() throws InterruptedException {
    Pacer pacer = pacer(Pacer.MAX);
    for (long t = 0; t < 1_000_000_000; t += 1_000_000) {
      assertThat(pacer.await(t)).isTrue();
    }
    assertThat(sleeps).isZero();
  }
}
