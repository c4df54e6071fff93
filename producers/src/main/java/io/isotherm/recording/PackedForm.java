package io.isotherm.recording;

import io.isotherm.model.Report;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import org.apache.avro.Schema;

/** The packed form of reports: its schema, and what is in which column. */
final class PackedForm {
  static final Schema SCHEMA = load();

  /** Readings of the report itself, by their index in {@link #HEAD}. */
  static final int AGENT_START = 0;

  static final int SEQUENCE = 1;
  static final int TIME = 2;

  /** In these the value that is absence elsewhere is an ordinary one, and comes out as itself. */
  static final List<Field> HEAD =
      List.of(
          Field.longs("agent_start_ms", Prediction.LAST),
          Field.longs("sequence", Prediction.TREND),
          Field.longs("time_ms", Prediction.TREND));

  /** Readings of a chip in the order of the schema. */
  static final List<Field> CHIP =
      List.of(
          Field.states("chip_health", Report.HEALTH_FATAL),
          Field.longs("chip_error_code", Prediction.LAST),
          Field.ints("chip_temperature_decicelsius", Prediction.LAST),
          Field.ints("chip_hbm_temperature_decicelsius", Prediction.LAST),
          Field.ints("chip_power_deciwatts", Prediction.SHARE),
          Field.ints("chip_utilization_permille", Prediction.NEIGHBOUR),
          Field.ints("chip_tensor_activity_permille", Prediction.NEIGHBOUR),
          Field.ints("chip_clock_megahertz", Prediction.LAST),
          Field.ints("chip_hbm_used_mebibytes", Prediction.LAST),
          Field.ints("chip_throttle_reasons", Prediction.LAST),
          Field.longs("chip_ecc_corrected", Prediction.LAST),
          Field.longs("chip_ecc_uncorrected", Prediction.LAST),
          Field.longs("chip_steps", Prediction.NEIGHBOUR));

  /** Readings of a link in the order of the schema. */
  static final List<Field> LINK =
      List.of(
          Field.states("link_state", Report.LINK_DOWN),
          Field.ints("link_rate_megabits_per_second", Prediction.LAST),
          Field.longs("link_tx_bytes", Prediction.SHARE),
          Field.longs("link_rx_bytes", Prediction.SHARE),
          Field.longs("link_crc_errors", Prediction.LAST),
          Field.longs("link_retries", Prediction.LAST),
          Field.longs("link_recoveries", Prediction.LAST),
          Field.longs("link_wait_microseconds", Prediction.NEIGHBOUR));

  /** Whether this is the schema of packed reports, in any version. */
  static boolean is(Schema written) {
    return written.getFullName().equals(SCHEMA.getFullName());
  }

  /** In the columns of lists: no chips or links. */
  static final int NO_LIST = 1;

  /** In the columns of lists: the first list. */
  static final int FIRST_LIST = 2;

  static final String KIND_REPORT = "REPORT";
  static final String KIND_TICK = "TICK";

  private PackedForm() {}

  /** Schema of a field. */
  static Schema of(String field) {
    return SCHEMA.getField(field).schema();
  }

  /** Schema of what an array field has. */
  static Schema items(String field) {
    return of(field).getElementType();
  }

  /**
   * A column.
   *
   * @param name name in the schema
   * @param absent stands for a reading that was not given, as in a {@link Report}
   * @param least least value
   * @param most greatest value
   * @param prediction for as long as nothing is known of the readings
   */
  record Field(String name, long absent, long least, long most, Prediction prediction) {
    private static Field longs(String name, Prediction prediction) {
      return new Field(
          name, Report.ABSENT_LONG, Report.ABSENT_LONG + 1, Long.MAX_VALUE, prediction);
    }

    private static Field ints(String name, Prediction prediction) {
      return new Field(name, Report.ABSENT, Report.ABSENT + 1, Integer.MAX_VALUE, prediction);
    }

    private static Field states(String name, int most) {
      return new Field(name, Report.ABSENT, 0, most, Prediction.LAST);
    }
  }

  private static Schema load() {
    try (InputStream in = PackedForm.class.getResourceAsStream("PackedReports.avsc")) {
      return new Schema.Parser().parse(Objects.requireNonNull(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
