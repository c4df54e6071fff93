package io.isotherm.schemas;

import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/** Versions of {@code BoardReport}, as far as reading them differs. */
public enum ReportForm {
  /** The newest version. */
  NEWEST,

  /** The version before, whose bytes are those of the newest without its last field. */
  BEFORE_DIFFERENCES,

  /** Any other one, which only Avro reads. */
  OTHER;

  private static final int BEFORE_DIFFERENCES_VERSION = 2;

  /** The form of what was written with a schema. */
  public static ReportForm of(Schema written) {
    String form = SchemaNormalization.toParsingForm(written);
    if (form.equals(Known.NEWEST)) {
      return NEWEST;
    }
    return form.equals(Known.BEFORE_DIFFERENCES) ? BEFORE_DIFFERENCES : OTHER;
  }

  private static final class Known {
    static final String NEWEST = SchemaNormalization.toParsingForm(Topics.REPORTS.valueSchema());
    static final String BEFORE_DIFFERENCES = version(BEFORE_DIFFERENCES_VERSION);

    private static String version(int version) {
      List<SchemaHistory.Entry> all = SchemaHistory.bundled().versions(Topics.REPORTS.subject());
      return SchemaNormalization.toParsingForm(all.get(version - 1).schema());
    }
  }
}
