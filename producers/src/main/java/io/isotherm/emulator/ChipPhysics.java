package io.isotherm.emulator;

import io.isotherm.catalog.ChipProfile;
import io.isotherm.model.Report;

/**
 * What the physics takes from a chip's profile, in integers.
 *
 * @param idlePower power without load, in tenths of a watt
 * @param maxPower highest power of normal operation, in tenths of a watt
 * @param maxOperating highest temperature of normal operation, in thousandths of a degree Celsius
 * @param slowdown temperature at which the chip slows down, in thousandths of a degree Celsius
 * @param clock clock under load, in megahertz
 * @param memory size of the memory in mebibytes; {@link Report#ABSENT} if not published
 */
record ChipPhysics(
    int idlePower, int maxPower, int maxOperating, int slowdown, int clock, int memory) {

  /** Takes the numbers from a profile. */
  static ChipPhysics of(ChipProfile profile) {
    return new ChipPhysics(
        (int) Math.round(profile.idlePowerWatts() * 10),
        (int) Math.round(profile.maxPowerWatts() * 10),
        (int) Math.round(profile.maxOperatingCelsius() * 1000),
        (int) Math.round(profile.slowdownCelsius() * 1000),
        profile.clockMegahertz(),
        profile.memoryMebibytes().orElse(Report.ABSENT));
  }
}
