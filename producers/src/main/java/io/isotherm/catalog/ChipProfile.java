package io.isotherm.catalog;

import io.isotherm.model.ChipLimits;
import io.isotherm.model.Report;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What is known of a chip, every number with its confidence and source.
 *
 * @param id name on the command line, for instance {@code ascend-960}
 * @param name name for people, for instance {@code Ascend 960}
 * @param vendor name of the vendor
 * @param available when it was or will be on the market
 * @param aliases other names on the command line
 * @param fp16 dense FP16 or BF16 peak in TFLOPS; 0 if not supported
 * @param fp8 dense FP8 peak in TFLOPS; 0 if not supported
 * @param fp4 dense FP4 peak in TFLOPS; 0 if not supported
 * @param memory size of the memory in GB, as the vendor counts
 * @param memoryBandwidth bandwidth of the memory in TB/s
 * @param fabric scale-up bandwidth of all ports, both directions together, in GB/s
 * @param ports fabric ports; 0 without a scale-up fabric
 * @param maxPower highest power of normal operation in W; never unpublished
 * @param idlePower power without load in W; never unpublished
 * @param maxOperating highest core temperature of normal operation in °C; never unpublished
 * @param slowdown core temperature at which the chip slows down in °C; never unpublished
 * @param shutdown core temperature at which the chip turns off in °C; never unpublished
 * @param clock clock under load in MHz; never unpublished
 */
public record ChipProfile(
    String id,
    String name,
    String vendor,
    String available,
    List<String> aliases,
    Value fp16,
    Value fp8,
    Value fp4,
    Value memory,
    Value memoryBandwidth,
    Value fabric,
    Value ports,
    Value maxPower,
    Value idlePower,
    Value maxOperating,
    Value slowdown,
    Value shutdown,
    Value clock) {

  /**
   * Copies the aliases.
   *
   * @throws IllegalArgumentException if the thermal limits do not ascend, or idle power is not
   *     below maximum power
   * @throws IllegalStateException if a value that must have a number is unpublished
   */
  public ChipProfile {
    aliases = List.copyOf(aliases);
    if (idlePower.required() >= maxPower.required()) {
      throw new IllegalArgumentException(
          "idle power of %s is %s, must be below its maximum of %s"
              .formatted(name, idlePower.text(), maxPower.text()));
    }
    clock.required();
    if (maxOperating.required() > slowdown.required()
        || slowdown.required() > shutdown.required()) {
      throw new IllegalArgumentException(
          "thermal limits of %s must ascend: max operating %s, slowdown %s, shutdown %s"
              .formatted(name, maxOperating.text(), slowdown.text(), shutdown.text()));
    }
  }

  /**
   * What judging this chip's telemetry needs, in the model's units.
   *
   * @param wiredPorts ports of the chip that are wired in its pod
   */
  public ChipLimits limits(int wiredPorts) {
    return new ChipLimits(
        name,
        tenths(maxOperating),
        tenths(slowdown),
        tenths(shutdown),
        thermalAssumed(),
        portMegabitsPerSecond(wiredPorts).orElse(Report.ABSENT));
  }

  /** True if any thermal limit is an assumption. */
  public boolean thermalAssumed() {
    return maxOperating.confidence() == Confidence.ASSUMED
        || slowdown.confidence() == Confidence.ASSUMED
        || shutdown.confidence() == Confidence.ASSUMED;
  }

  /** Highest power of normal operation, in watts. */
  public double maxPowerWatts() {
    return maxPower.required();
  }

  /** Power without load, in watts. */
  public double idlePowerWatts() {
    return idlePower.required();
  }

  /** Highest core temperature of normal operation, in degrees Celsius. */
  public double maxOperatingCelsius() {
    return maxOperating.required();
  }

  /** Core temperature at which the chip slows down, in degrees Celsius. */
  public double slowdownCelsius() {
    return slowdown.required();
  }

  /** Clock under load, in megahertz. */
  public int clockMegahertz() {
    return (int) Math.round(clock.required());
  }

  /** Size of the memory in mebibytes; vendors' GB of memory are gibibytes. */
  public OptionalInt memoryMebibytes() {
    OptionalDouble gb = memory.optional();
    return gb.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of((int) Math.round(gb.getAsDouble() * 1024));
  }

  /** Dense FP16 or BF16 peak in gigaflops; empty if not published or not supported. */
  public OptionalLong fp16Gigaflops() {
    return gigaflops(fp16);
  }

  /** Dense FP8 peak in gigaflops; empty if not published or not supported. */
  public OptionalLong fp8Gigaflops() {
    return gigaflops(fp8);
  }

  /**
   * Nominal speed of one port, one direction, in megabits per second: the fabric's bandwidth is
   * given for both directions of all ports.
   *
   * @param wiredPorts ports to share the bandwidth when the chip's own number is not published
   * @return empty if the bandwidth is not published or there are no ports
   */
  public OptionalInt portMegabitsPerSecond(int wiredPorts) {
    double n = ports.optional().orElse(wiredPorts);
    OptionalDouble gigabytes = fabric.optional();
    if (gigabytes.isEmpty() || n < 1) {
      return OptionalInt.empty();
    }
    return OptionalInt.of((int) Math.round(gigabytes.getAsDouble() * 8000 / 2 / n));
  }

  /** Every value by its name in files, in their order there. */
  public Map<String, Value> values() {
    Map<String, Value> m = new LinkedHashMap<>();
    m.put("fp16", fp16);
    m.put("fp8", fp8);
    m.put("fp4", fp4);
    m.put("memory", memory);
    m.put("memory_bandwidth", memoryBandwidth);
    m.put("fabric", fabric);
    m.put("ports", ports);
    m.put("max_power", maxPower);
    m.put("idle_power", idlePower);
    m.put("max_operating", maxOperating);
    m.put("slowdown", slowdown);
    m.put("shutdown", shutdown);
    m.put("clock", clock);
    return m;
  }

  private static int tenths(Value celsius) {
    return (int) Math.round(celsius.required() * 10);
  }

  private static OptionalLong gigaflops(Value teraflops) {
    OptionalDouble t = teraflops.optional();
    return t.isEmpty() || t.getAsDouble() == 0
        ? OptionalLong.empty()
        : OptionalLong.of(Math.round(t.getAsDouble() * 1000));
  }
}
