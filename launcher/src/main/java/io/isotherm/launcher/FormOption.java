package io.isotherm.launcher;

import picocli.CommandLine.Option;

/** The option that says whether people or programs read a result. */
final class FormOption {
  private enum Form {
    TABLE,
    JSON
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      defaultValue = "table",
      description = "Form of the result: table or json (default: ${DEFAULT-VALUE}).")
  private Form form = Form.TABLE;

  boolean json() {
    return form == Form.JSON;
  }
}
