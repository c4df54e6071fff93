package io.isotherm.model;

/**
 * What judging a chip's telemetry needs to know of its model.
 *
 * @param model name of the chip, for instance {@code Ascend 960}
 * @param maxOperating highest core temperature of normal operation, in tenths of a degree Celsius
 * @param slowdown core temperature at which the chip slows down, in tenths of a degree Celsius
 * @param shutdown core temperature at which the chip turns off, in tenths of a degree Celsius
 * @param assumed true if the vendor publishes no thermal limits
 * @param portMegabits nominal speed of a fabric port, one direction, in megabits per second, or
 *     {@link Report#ABSENT} if it is not published
 */
public record ChipLimits(
    String model, int maxOperating, int slowdown, int shutdown, boolean assumed, int portMegabits) {

  /**
   * @throws IllegalArgumentException if the limits do not ascend
   */
  public ChipLimits {
    if (maxOperating > slowdown || slowdown > shutdown) {
      throw new IllegalArgumentException(
          "thermal limits of %s must ascend: max operating %d, slowdown %d, shutdown %d"
              .formatted(model, maxOperating, slowdown, shutdown));
    }
  }
}
