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
 * @param portMegabits speed of a port, one direction, in megabits per second; {@link Report#ABSENT}
 *     if not published
 */
record ChipPhysics(
    int idlePower,
    int maxPower,
    int maxOperating,
    int slowdown,
    int clock,
    int memory,
    int portMegabits) {

  /** Speed that traffic is computed with where the port's speed is not published. */
  private static final int ASSUMED_PORT_MEGABITS = 200_000;

  /** Takes the numbers from a profile, for pods with so many wired ports a chip. */
  static ChipPhysics of(ChipProfile profile, int wiredPorts) {
    return new ChipPhysics(
        (int) Math.round(profile.idlePowerWatts() * 10),
        (int) Math.round(profile.maxPowerWatts() * 10),
        (int) Math.round(profile.maxOperatingCelsius() * 1000),
        (int) Math.round(profile.slowdownCelsius() * 1000),
        profile.clockMegahertz(),
        profile.memoryMebibytes().orElse(Report.ABSENT),
        profile.portMegabitsPerSecond(wiredPorts).orElse(Report.ABSENT));
  }

  /** Speed of a port for computing traffic, in megabits per second. */
  int trafficMegabits() {
    return portMegabits == Report.ABSENT ? ASSUMED_PORT_MEGABITS : portMegabits;
  }
}
