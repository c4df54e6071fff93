package io.isotherm.launcher;

import io.isotherm.core.IncidentEvent;
import io.isotherm.core.IncidentKind;
import io.isotherm.export.HostNames;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm incidents}: what was found in the last hours or weeks, and where again. */
@Command(
    name = "incidents",
    description = {
      "Lists the incidents of the last day, or of another range of time, from Kafka, which keeps"
          + " those of 90 days; with --by, which parts had the most."
    })
final class IncidentsCommand implements Callable<Integer> {
  private static final Duration DAY = Duration.ofDays(1);

  /** Form of the result. */
  enum Form {
    TABLE,
    JSONL
  }

  /** Since when. */
  static final class Since {
    @Option(
        names = "--last",
        paramLabel = "DURATION",
        required = true,
        description =
            "Incidents that were open in this time up to now, for instance 30d (default: 1d).")
    private @Nullable Duration last;

    @Option(
        names = "--from",
        paramLabel = "TIME",
        required = true,
        converter = TimeConverter.class,
        description =
            "Incidents that were open at this event time or later, RFC 3339 or milliseconds since"
                + " 1970.")
    private @Nullable Instant from;

    long fromMs(long nowMs) {
      return from != null ? from.toEpochMilli() : nowMs - (last == null ? DAY : last).toMillis();
    }
  }

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommonOptions common;

  @Mixin private final HostsOption hosts = new HostsOption();

  @ArgGroup private @Nullable Since since;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description = "Only those that were opened before this event time (default: all).")
  private @Nullable Instant to;

  @Option(
      names = "--under",
      paramLabel = "PATH",
      description =
          "Only those of this part and of what is in it, for instance pod-07/cab-017, or those that"
              + " hit the work of job/NAME.")
  private @Nullable String under;

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      split = ",",
      description = "Only those of this kind; several with commas between, for instance link_down.")
  private List<IncidentKind> kinds = List.of();

  @Option(names = "--open", description = "Only those that are not resolved.")
  private boolean open;

  @Option(
      names = "--by",
      paramLabel = "WHAT",
      description =
          "Count them by pod, cabinet, board, chip or kind, the most first. Those of a larger part"
              + " count for none of its parts.")
  private IncidentHistory.@Nullable By by;

  @Option(
      names = "--follow",
      description =
          "Go on with each further event of them as it happens, until Ctrl-C: opened, updated,"
              + " resolved. Not with --to or --by.")
  private boolean follow;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      defaultValue = "table",
      description = "Form of the result: table or jsonl (default: ${DEFAULT-VALUE}).")
  private Form form = Form.TABLE;

  @Override
  public Integer call() {
    long now = System.currentTimeMillis();
    long from = (since == null ? new Since() : since).fromMs(now);
    long until = to == null ? Long.MAX_VALUE : to.toEpochMilli();
    if (from >= until) {
      throw new ParameterException(
          spec.commandLine(),
          "--to: %s is not after the begin, %s".formatted(to, Instant.ofEpochMilli(from)));
    }
    if (follow && (to != null || by != null)) {
      throw new ParameterException(
          spec.commandLine(), "--follow: goes on, so it takes neither --to nor --by");
    }
    Set<IncidentKind> wanted = EnumSet.noneOf(IncidentKind.class);
    wanted.addAll(kinds);
    IncidentHistory.Wanted which;
    try {
      String part = under == null ? null : under.replaceAll("/+$", "");
      which = new IncidentHistory.Wanted(from, until, part, wanted, open);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--under: " + e.getMessage(), e);
    }
    HostNames names = hosts.names();
    PrintWriter err = spec.commandLine().getErr();
    IncidentTopic topic = new IncidentTopic(common.clientConfig(), common.schemaIds());
    PrintWriter out = spec.commandLine().getOut();
    if (follow) {
      // Whoever reads may have seen enough, as head has.
      topic.follow(
          () -> main.stop().requested() || out.checkError(),
          progress(err),
          all -> new IncidentHistory(all, which, names, now).events().forEach(e -> print(e, names)),
          e -> {
            if (which.has(e)) {
              print(e, names);
            }
          });
      return Main.DONE;
    }
    IncidentHistory history =
        new IncidentHistory(topic.read(main.stop()::requested, progress(err)), which, names, now);
    out.print(form == Form.TABLE ? history.table(by) : history.jsonLines(by));
    out.flush();
    return Main.DONE;
  }

  private void print(IncidentEvent e, HostNames names) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(
        form == Form.TABLE ? IncidentHistory.lines(e, names) : IncidentHistory.jsonLine(e, names));
    out.flush();
  }

  /** Says how many events were read. */
  static LongConsumer progress(PrintWriter err) {
    return records -> {
      err.printf(Locale.ROOT, "read %,d events of incidents%n", records);
      err.flush();
    };
  }
}
