package io.isotherm.bridge;

import static io.isotherm.readings.ReadingField.CLOCK;
import static io.isotherm.readings.ReadingField.ECC_CORRECTED;
import static io.isotherm.readings.ReadingField.ECC_UNCORRECTED;
import static io.isotherm.readings.ReadingField.HBM_USED;
import static io.isotherm.readings.ReadingField.HEALTH;
import static io.isotherm.readings.ReadingField.LINK_CRC_ERRORS;
import static io.isotherm.readings.ReadingField.LINK_RATE;
import static io.isotherm.readings.ReadingField.LINK_RETRIES;
import static io.isotherm.readings.ReadingField.LINK_STATE;
import static io.isotherm.readings.ReadingField.LINK_WAIT;
import static io.isotherm.readings.ReadingField.STEPS;
import static io.isotherm.readings.ReadingField.TEMPERATURE;
import static io.isotherm.readings.ReadingField.TENSOR_ACTIVITY;
import static io.isotherm.readings.ReadingField.THROTTLE_REASONS;
import static io.isotherm.readings.ReadingField.UTILIZATION;

import io.isotherm.avro.IncidentKind;
import io.isotherm.readings.ReadingField;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The readings without which incidents of a kind are not found, whatever happens. What the detector
 * of a kind only uses where it is there, as the power of a slow chip, is not among them.
 */
public final class NeededReadings {
  /**
   * What a kind needs.
   *
   * @param name how it is called
   * @param oneOf readings of which each is enough
   * @param ofOwnPorts whether it is enough only of a chip's own port
   */
  private record Need(String name, Set<ReadingField> oneOf, boolean ofOwnPorts) {
    static Need of(ReadingField... oneOf) {
      return new Need(
          Stream.of(oneOf).map(ReadingField::label).collect(Collectors.joining(" or ")),
          Set.of(oneOf),
          false);
    }

    boolean isMetBy(GivenReadings given) {
      Set<ReadingField> counting = ofOwnPorts ? given.ofOwnPorts() : given.all();
      return oneOf.stream().anyMatch(counting::contains);
    }
  }

  private static final Map<IncidentKind, List<Need>> NEEDS = needs();

  private NeededReadings() {}

  private static Map<IncidentKind, List<Need>> needs() {
    Map<IncidentKind, List<Need>> needs = new EnumMap<>(IncidentKind.class);
    for (IncidentKind kind : IncidentKind.values()) {
      needs.put(kind, of(kind));
    }
    return needs;
  }

  private static List<Need> of(IncidentKind kind) {
    return switch (kind) {
      // That nothing is said, or when, shows by itself; a site is at fault by its other incidents.
      case UNSPECIFIED,
          POD_SILENT,
          CABINET_SILENT,
          BOARD_SILENT,
          BOARD_CLOCK,
          CHIP_SILENT,
          HOST_RESTART,
          SITE_FAULT ->
          List.of();
      // An exporter may know a health that is never so bad.
      case CHIP_FATAL -> List.of(new Need("fatal health", Set.of(HEALTH), false));
      case CHIP_HOT, CABINET_HOT, COOLING_LOOP_HOT -> List.of(Need.of(TEMPERATURE));
      case LINK_DOWN, LINK_FLAP -> List.of(Need.of(LINK_STATE));
      case LINK_DEGRADED -> List.of(Need.of(LINK_CRC_ERRORS, LINK_RETRIES));
      case LINK_NARROW -> List.of(Need.of(LINK_STATE), Need.of(LINK_RATE));
      case SWITCH_FAULT, PLANE_FAULT -> List.of(Need.of(LINK_STATE, LINK_CRC_ERRORS, LINK_RETRIES));
      case CHIP_LINKS -> {
        Need any = Need.of(LINK_STATE, LINK_CRC_ERRORS, LINK_RETRIES);
        yield List.of(new Need(any.name + " of its own ports", any.oneOf, true));
      }
      case CONGESTION -> List.of(Need.of(LINK_STATE), Need.of(LINK_WAIT));
      case CHIP_SLOW, JOB_HANG -> List.of(Need.of(UTILIZATION), Need.of(TENSOR_ACTIVITY));
      case JOB_CRASHED ->
          List.of(Need.of(UTILIZATION), Need.of(TENSOR_ACTIVITY), Need.of(HBM_USED));
      case JOB_SLOW -> List.of(Need.of(UTILIZATION), Need.of(TENSOR_ACTIVITY), Need.of(STEPS));
      case HBM_CORRECTABLE -> List.of(Need.of(ECC_CORRECTED));
      case HBM_UNCORRECTABLE -> List.of(Need.of(ECC_UNCORRECTED));
      case POWER_SAG -> List.of(Need.of(CLOCK), Need.of(THROTTLE_REASONS));
    };
  }

  /** The names of what incidents of a kind need, all of it; empty if they need no reading. */
  static List<String> names(IncidentKind kind) {
    return NEEDS.getOrDefault(kind, List.of()).stream().map(Need::name).toList();
  }

  /**
   * The kinds of incidents that cannot be found with these readings, each with the names of what it
   * lacks.
   */
  public static Map<IncidentKind, List<String>> lacking(GivenReadings given) {
    Map<IncidentKind, List<String>> lacking = new EnumMap<>(IncidentKind.class);
    NEEDS.forEach(
        (kind, needs) -> {
          List<String> lacks = new ArrayList<>();
          for (Need need : needs) {
            if (!need.isMetBy(given)) {
              lacks.add(need.name);
            }
          }
          if (!lacks.isEmpty()) {
            lacking.put(kind, lacks);
          }
        });
    return lacking;
  }
}
