package io.isotherm.schemas;

import io.isotherm.avro.BoardReport;
import org.apache.avro.util.ClassSecurityValidator;

/**
 * Lets Avro make objects of the generated classes. Avro creates no class that a schema names unless
 * the process trusts it; the only switch beside system properties is global to the process, so this
 * adds one package to what is trusted already.
 */
final class TrustedClasses {
  private static final String PACKAGE = BoardReport.class.getPackageName();

  static {
    ClassSecurityValidator.setGlobal(
        ClassSecurityValidator.composite(
            ClassSecurityValidator.getGlobal(), type -> type.getPackageName().equals(PACKAGE)));
  }

  private TrustedClasses() {}

  /** Has an effect the first time only. */
  static void trust() {}
}
