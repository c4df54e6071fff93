package io.isotherm.launcher;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * How a command ended, and what it said.
 *
 * @param code its exit code
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error
 */
record Ended(int code, String out, String err) {
  /** Runs a command of {@code isotherm} in this process. */
  static Ended isotherm(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.commandLine(new StopSignal())
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(args);
    return new Ended(code, out.toString(), err.toString());
  }
}
