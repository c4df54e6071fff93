package io.isotherm.recording;

import io.isotherm.model.Report;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A reading of a chip that a table can give. The first unit is what is taken if none is said. */
enum TableField {
  /** Tenths of a degree Celsius. */
  TEMPERATURE(-400, 2_000, celsius()) {
    @Override
    void put(Report r, int i, long v) {
      r.temperature[i] = (int) v;
    }
  },
  /** Tenths of a degree Celsius. */
  HBM_TEMPERATURE(-400, 2_000, celsius()) {
    @Override
    void put(Report r, int i, long v) {
      r.hbmTemperature[i] = (int) v;
    }
  },
  /** Tenths of a watt. */
  POWER(0, 50_000, units("watts", 10, "milliwatts", 0.01, "deciwatts", 1)) {
    @Override
    void put(Report r, int i, long v) {
      r.power[i] = (int) v;
    }
  },
  /** Thousandths. */
  UTILIZATION(0, 1_000, share()) {
    @Override
    void put(Report r, int i, long v) {
      r.utilization[i] = (int) v;
    }
  },
  /** Thousandths. */
  TENSOR_ACTIVITY(0, 1_000, share()) {
    @Override
    void put(Report r, int i, long v) {
      r.tensorActivity[i] = (int) v;
    }
  },
  /** Megahertz. */
  CLOCK(0, 10_000, units("megahertz", 1, "gigahertz", 1_000, "hertz", 1e-6)) {
    @Override
    void put(Report r, int i, long v) {
      r.clock[i] = (int) v;
    }
  },
  /** Mebibytes. */
  HBM_USED(0, 4_194_304, units("mebibytes", 1, "bytes", 1.0 / (1 << 20), "gibibytes", 1_024)) {
    @Override
    void put(Report r, int i, long v) {
      r.hbmUsed[i] = (int) v;
    }
  },
  /** Corrected memory errors since the agent's start. */
  ECC_CORRECTED(0, Long.MAX_VALUE, units("count", 1)) {
    @Override
    void put(Report r, int i, long v) {
      r.eccCorrected[i] = v;
    }
  },
  /** Uncorrected memory errors since the agent's start. */
  ECC_UNCORRECTED(0, Long.MAX_VALUE, units("count", 1)) {
    @Override
    void put(Report r, int i, long v) {
      r.eccUncorrected[i] = v;
    }
  },
  /** Steps of the job since its start. */
  STEPS(0, Long.MAX_VALUE, units("count", 1)) {
    @Override
    void put(Report r, int i, long v) {
      r.steps[i] = v;
    }
  };

  private static final double KELVIN_OFFSET = 2_731.5;

  private final long least;
  private final long most;

  /** In the order in which they are named; never changed. */
  @SuppressWarnings("ImmutableEnumChecker")
  private final Map<String, Double> units;

  TableField(long least, long most, Map<String, Double> units) {
    this.least = least;
    this.most = most;
    this.units = units;
  }

  abstract void put(Report r, int i, long v);

  /** Its name in a mapping. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static Map<String, Double> celsius() {
    return units("celsius", 10, "kelvin", 10, "decicelsius", 1);
  }

  private static Map<String, Double> share() {
    return units("percent", 10, "ratio", 1_000, "permille", 1);
  }

  private static Map<String, Double> units(Object... namesAndFactors) {
    Map<String, Double> units = new LinkedHashMap<>();
    for (int i = 0; i < namesAndFactors.length; i += 2) {
      units.put((String) namesAndFactors[i], ((Number) namesAndFactors[i + 1]).doubleValue());
    }
    return units;
  }

  /** Factors by unit. */
  Map<String, Double> units() {
    return units;
  }

  /**
   * A value in the reading's own unit; {@link Report#ABSENT_LONG} if no chip can have it.
   *
   * @param unit one of {@link #units}; null for the first
   */
  long convert(double value, @Nullable String unit) {
    String of = unit == null ? units.keySet().iterator().next() : unit;
    double own = value * units.getOrDefault(of, 1.0) - (of.equals("kelvin") ? KELVIN_OFFSET : 0);
    // Beyond 2^53 a double no longer holds every count; no counter of a chip comes near.
    return own >= least - 0.5 && own < Math.min(most + 0.5, 0x1p53)
        ? Math.round(own)
        : Report.ABSENT_LONG;
  }

  /** The field of this name; null if there is none. */
  static @Nullable TableField of(String name) {
    return Arrays.stream(values()).filter(f -> f.label().equals(name)).findFirst().orElse(null);
  }

  static List<String> names() {
    return Arrays.stream(values()).map(TableField::label).toList();
  }
}
