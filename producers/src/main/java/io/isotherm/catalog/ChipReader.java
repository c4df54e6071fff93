package io.isotherm.catalog;

import io.isotherm.catalog.YamlNode.Mapping;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads a chip's profile, from a file of its own or inside a topology file.
 *
 * <p>Name, vendor and maximum power must be given. The thermal limits that real H100 and H200
 * report stand in for unpublished ones, and a fifth of the maximum for unpublished idle power; both
 * are marked as assumed.
 */
final class ChipReader {
  private static final String THERMAL = "not published; as NVIDIA H100 and H200 report";

  /** Idle power of real accelerators is 10 to 30 % of their maximum. */
  private static final double IDLE_SHARE = 0.2;

  private static final double CLOCK_MEGAHERTZ = 1800;

  private ChipReader() {}

  /**
   * Reads one profile.
   *
   * @param id name of the chip on the command line; null if it has none and is named by its file
   * @return null after a mistake
   */
  static @Nullable ChipProfile read(@Nullable String id, Mapping root, List<Mistake> mistakes) {
    int before = mistakes.size();
    Fields f = new Fields(root, mistakes);
    String name = f.requiredText("name");
    String vendor = f.requiredText("vendor");
    String available = f.text("available");
    List<String> aliases = f.texts("aliases");
    Value fp16 = orUnpublished(f.value("fp16", "TFLOPS", 0, 1e7, false), "TFLOPS");
    Value fp8 = orUnpublished(f.value("fp8", "TFLOPS", 0, 1e7, false), "TFLOPS");
    Value fp4 = orUnpublished(f.value("fp4", "TFLOPS", 0, 1e7, false), "TFLOPS");
    Value memory = orUnpublished(f.value("memory", "GB", 0, 1e6, false), "GB");
    Value memoryBandwidth =
        orUnpublished(f.value("memory_bandwidth", "TB/s", 0, 1e4, false), "TB/s");
    Value fabric = orUnpublished(f.value("fabric", "GB/s", 0, 1e6, false), "GB/s");
    Value ports = orUnpublished(f.value("ports", "", 0, 1024, true), "");
    Value maxPower = f.value("max_power", "W", 1, 1e5, false);
    if (maxPower == null || maxPower.number() == null) {
      if (mistakes.size() == before) {
        f.mistakeAt("max_power", "field 'max_power' is missing: a number in W, or an assumed one");
      }
      return null;
    }
    double watts = maxPower.required();
    Value idlePower =
        orAssumed(
            f.value("idle_power", "W", 0, 1e5, false),
            Value.assumed(watts * IDLE_SHARE, "W", "not published; a fifth of the maximum"));
    Value maxOperating =
        orAssumed(f.value("max_operating", "°C", 1, 200, false), Value.assumed(87, "°C", THERMAL));
    Value slowdown =
        orAssumed(f.value("slowdown", "°C", 1, 200, false), Value.assumed(89, "°C", THERMAL));
    Value shutdown =
        orAssumed(f.value("shutdown", "°C", 1, 200, false), Value.assumed(95, "°C", THERMAL));
    Value clock =
        orAssumed(
            f.value("clock", "MHz", 1, 1e5, false),
            Value.assumed(CLOCK_MEGAHERTZ, "MHz", "not published; a round number"));
    f.finish();
    if (mistakes.size() > before) {
      return null;
    }
    try {
      return new ChipProfile(
          id == null ? name.toLowerCase(Locale.ROOT).replace(' ', '-') : id,
          name,
          vendor,
          available == null ? "not stated" : available,
          aliases,
          fp16,
          fp8,
          fp4,
          memory,
          memoryBandwidth,
          fabric,
          ports,
          maxPower,
          idlePower,
          maxOperating,
          slowdown,
          shutdown,
          clock);
    } catch (IllegalArgumentException e) {
      f.mistake(root, "%s", e.getMessage());
      return null;
    }
  }

  private static Value orUnpublished(@Nullable Value value, String unit) {
    return value == null ? Value.unpublished(unit) : value;
  }

  private static Value orAssumed(@Nullable Value value, Value assumed) {
    return value == null || value.number() == null ? assumed : value;
  }
}
