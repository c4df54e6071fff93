package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DetectorSettingsTest {
  /** The sum that it is held against ends at 32,767, so a higher one would never be reached. */
  @ParameterizedTest
  @CsvSource({"1000, 49150", "10000, 49150", "600000, 819"})
  void noMoreCorrectedErrorsCanBeAThresholdThanAreCounted(int windowMs, int most) {
    assertThat(corrected(most, windowMs).correctedPerMinute()).isEqualTo(most);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> corrected(most + 1, windowMs))
        .withMessage(
            "corrected per minute is %d, must be at most %d with windows of %d ms",
            most + 1, most, windowMs);
  }

  @Test
  void everyWindowThatCanBeHasTheUsualThreshold() {
    assertThat(DetectorSettings.DEFAULT.withWindow(600_000, 0).correctedPerMinute()).isEqualTo(12);
  }

  private static DetectorSettings corrected(int perMinute, int windowMs) {
    DetectorSettings d = DetectorSettings.DEFAULT;
    return new DetectorSettings(
        windowMs,
        0,
        windowMs,
        d.hotAbovePeers(),
        d.hotMads(),
        d.hotFloor(),
        d.hotRelease(),
        d.cabinetHotAbovePeers(),
        d.cabinetHotRelease(),
        d.linkErrorsPerSecond(),
        d.openAfterWindows(),
        d.cabinetHotOpenAfterWindows(),
        d.closeAfterWindows(),
        d.linkCloseAfterWindows(),
        d.chipSlowBelowPeers(),
        d.chipSlowMads(),
        perMinute,
        d.powerSagClock(),
        d.flapWithinMinutes(),
        d.flapHoldMinutes(),
        d.linkUnreadMinutes(),
        d.linkDownOpenAfterWindows(),
        d.slowOpenAfterWindows(),
        d.jobHangOpenAfterWindows(),
        d.congestionWait(),
        d.linkNarrowPermille(),
        d.jobSlowBelowOwn());
  }
}
