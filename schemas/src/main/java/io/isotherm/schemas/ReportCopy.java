package io.isotherm.schemas;

import io.isotherm.avro.BoardReport;
import io.isotherm.avro.ChipColumns;
import io.isotherm.avro.ChipDifferences;
import io.isotherm.avro.ChipSample;
import io.isotherm.avro.LinkColumns;
import io.isotherm.avro.LinkSample;
import io.isotherm.avro.LinkState;
import io.isotherm.avro.ReportKind;
import io.isotherm.avro.ReportedHealth;
import io.isotherm.model.Report;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies what Avro read into a {@link Report}, as strictly and in the same words as {@link
 * ReportReader} reads the newest schema by hand.
 */
final class ReportCopy {
  private ReportCopy() {}

  /**
   * Adds a report to a cleared one.
   *
   * @throws UndecodableException if it holds what a report cannot
   */
  static void copy(BoardReport from, Report r) {
    r.tick = from.getKind() == ReportKind.TICK;
    r.pod = from.getPod();
    r.cabinet = from.getCabinet();
    r.board = from.getBoard();
    r.agentStartMs = from.getAgentStartMs();
    r.sequence = from.getSequence();
    r.timeMs = from.getTimeMs();
    ChipColumns chips = from.getChipColumns();
    LinkColumns links = from.getLinkColumns();
    int chipCount = from.getChips().size() + (chips == null ? 0 : chips.getChip().size());
    int linkCount = from.getLinks().size() + (links == null ? 0 : links.getChip().size());
    if (chipCount > Report.MAX_CHIPS || linkCount > Report.MAX_LINKS) {
      throw new UndecodableException(
          "BoardReport: %d chips and %d links, but a report has room for %d and %d"
              .formatted(chipCount, linkCount, Report.MAX_CHIPS, Report.MAX_LINKS));
    }
    for (ChipSample c : from.getChips()) {
      int i = r.addChip(c.getChip());
      r.health[i] = health(c.getHealth());
      r.errorCode[i] = orAbsent("error_code", c.getErrorCode());
      r.temperature[i] = orAbsent("temperature_decicelsius", c.getTemperatureDecicelsius());
      r.hbmTemperature[i] =
          orAbsent("hbm_temperature_decicelsius", c.getHbmTemperatureDecicelsius());
      r.power[i] = orAbsent("power_deciwatts", c.getPowerDeciwatts());
      r.utilization[i] = orAbsent("utilization_permille", c.getUtilizationPermille());
      r.tensorActivity[i] = orAbsent("tensor_activity_permille", c.getTensorActivityPermille());
      r.clock[i] = orAbsent("clock_megahertz", c.getClockMegahertz());
      r.hbmUsed[i] = orAbsent("hbm_used_mebibytes", c.getHbmUsedMebibytes());
      r.throttleReasons[i] = orAbsent("throttle_reasons", c.getThrottleReasons());
      r.eccCorrected[i] = orAbsent("ecc_corrected", c.getEccCorrected());
      r.eccUncorrected[i] = orAbsent("ecc_uncorrected", c.getEccUncorrected());
      r.steps[i] = orAbsent("steps", c.getSteps());
    }
    for (LinkSample l : from.getLinks()) {
      int i = r.addLink(l.getChip(), l.getPort());
      r.linkState[i] = state(l.getState());
      r.linkRate[i] = orAbsent("rate_megabits_per_second", l.getRateMegabitsPerSecond());
      r.txBytes[i] = orAbsent("tx_bytes", l.getTxBytes());
      r.rxBytes[i] = orAbsent("rx_bytes", l.getRxBytes());
      r.crcErrors[i] = orAbsent("crc_errors", l.getCrcErrors());
      r.retries[i] = orAbsent("retries", l.getRetries());
      r.recoveries[i] = orAbsent("recoveries", l.getRecoveries());
      r.waitMicros[i] = orAbsent("wait_microseconds", l.getWaitMicroseconds());
    }
    int inColumns = r.chipCount;
    if (chips != null) {
      try {
        copy(chips, r);
      } catch (UndecodableException e) {
        throw e.within("BoardReport: chip_columns.");
      }
    }
    if (links != null) {
      try {
        copy(links, r);
      } catch (UndecodableException e) {
        throw e.within("BoardReport: link_columns.");
      }
    }
    ChipDifferences differences = from.getChipDifferences();
    if (differences != null) {
      try {
        copy(differences, r, inColumns);
      } catch (UndecodableException e) {
        throw e.within("BoardReport: chip_differences.");
      }
    }
  }

  private static void copy(ChipColumns from, Report r) {
    int n = from.getChip().size();
    int i = r.reserveChips(n);
    copyInts("chip", from.getChip(), r.chip, i, n);
    copyInts("health", from.getHealth(), r.health, i, n);
    copyLongs("error_code", from.getErrorCode(), r.errorCode, i, n);
    copyInts("temperature_decicelsius", from.getTemperatureDecicelsius(), r.temperature, i, n);
    copyInts(
        "hbm_temperature_decicelsius", from.getHbmTemperatureDecicelsius(), r.hbmTemperature, i, n);
    copyInts("power_deciwatts", from.getPowerDeciwatts(), r.power, i, n);
    copyInts("utilization_permille", from.getUtilizationPermille(), r.utilization, i, n);
    copyInts("tensor_activity_permille", from.getTensorActivityPermille(), r.tensorActivity, i, n);
    copyInts("clock_megahertz", from.getClockMegahertz(), r.clock, i, n);
    copyInts("hbm_used_mebibytes", from.getHbmUsedMebibytes(), r.hbmUsed, i, n);
    copyInts("throttle_reasons", from.getThrottleReasons(), r.throttleReasons, i, n);
    copyLongs("ecc_corrected", from.getEccCorrected(), r.eccCorrected, i, n);
    copyLongs("ecc_uncorrected", from.getEccUncorrected(), r.eccUncorrected, i, n);
    copyLongs("steps", from.getSteps(), r.steps, i, n);
    for (int k = i; k < i + n; k++) {
      ReportReader.checkState("health", r.health[k], ReportReader.MAX_HEALTH);
    }
  }

  private static void copy(ChipDifferences from, Report r, int i) {
    int n = r.chipCount - i;
    addUp("temperature_decicelsius", from.getTemperatureDecicelsius(), r.temperature, i, n);
    addUp(
        "hbm_temperature_decicelsius", from.getHbmTemperatureDecicelsius(), r.hbmTemperature, i, n);
  }

  private static void addUp(String what, List<Integer> from, int[] column, int first, int n) {
    if (from.isEmpty()) {
      return;
    }
    ReportReader.checkEntries(what, from.size(), n);
    int sum = 0;
    for (int k = 0; k < n; k++) {
      sum += from.get(k);
      column[first + k] = sum;
    }
  }

  private static void copy(LinkColumns from, Report r) {
    int n = from.getChip().size();
    int i = r.reserveLinks(n);
    copyInts("chip", from.getChip(), r.linkChip, i, n);
    ReportReader.checkEntries("port", from.getPort().size(), n);
    copyInts("port", from.getPort(), r.linkPort, i, n);
    copyInts("state", from.getState(), r.linkState, i, n);
    copyInts("rate_megabits_per_second", from.getRateMegabitsPerSecond(), r.linkRate, i, n);
    copyLongs("tx_bytes", from.getTxBytes(), r.txBytes, i, n);
    copyLongs("rx_bytes", from.getRxBytes(), r.rxBytes, i, n);
    copyLongs("crc_errors", from.getCrcErrors(), r.crcErrors, i, n);
    copyLongs("retries", from.getRetries(), r.retries, i, n);
    copyLongs("recoveries", from.getRecoveries(), r.recoveries, i, n);
    copyLongs("wait_microseconds", from.getWaitMicroseconds(), r.waitMicros, i, n);
    for (int k = i; k < i + n; k++) {
      ReportReader.checkState("state", r.linkState[k], ReportReader.MAX_STATE);
    }
  }

  private static void copyInts(String what, List<Integer> from, int[] column, int first, int n) {
    if (from.isEmpty()) {
      Arrays.fill(column, first, first + n, Report.ABSENT);
      return;
    }
    if (from.size() != 1) {
      ReportReader.checkEntries(what, from.size(), n);
    }
    for (int k = 0; k < n; k++) {
      column[first + k] = from.get(from.size() == 1 ? 0 : k);
    }
  }

  private static void copyLongs(String what, List<Long> from, long[] column, int first, int n) {
    if (from.isEmpty()) {
      Arrays.fill(column, first, first + n, Report.ABSENT_LONG);
      return;
    }
    if (from.size() != 1) {
      ReportReader.checkEntries(what, from.size(), n);
    }
    for (int k = 0; k < n; k++) {
      column[first + k] = from.get(from.size() == 1 ? 0 : k);
    }
  }

  private static int health(@Nullable ReportedHealth health) {
    return health == null
        ? Report.ABSENT
        : switch (health) {
          case UNSPECIFIED -> 0;
          case OK -> Report.HEALTH_OK;
          case WARNING -> Report.HEALTH_WARNING;
          case FATAL -> Report.HEALTH_FATAL;
        };
  }

  private static int state(@Nullable LinkState state) {
    return state == null
        ? Report.ABSENT
        : switch (state) {
          case UNSPECIFIED -> 0;
          case UP -> Report.LINK_UP;
          case DOWN -> Report.LINK_DOWN;
        };
  }

  private static int orAbsent(String what, @Nullable Integer value) {
    if (value == null) {
      return Report.ABSENT;
    }
    if (value == Report.ABSENT) {
      throw reserved(what, value);
    }
    return value;
  }

  private static long orAbsent(String what, @Nullable Long value) {
    if (value == null) {
      return Report.ABSENT_LONG;
    }
    if (value == Report.ABSENT_LONG) {
      throw reserved(what, value);
    }
    return value;
  }

  private static UndecodableException reserved(String what, long value) {
    return new UndecodableException(
        "BoardReport: %s: %d cannot be a reading; absence is null".formatted(what, value));
  }
}
