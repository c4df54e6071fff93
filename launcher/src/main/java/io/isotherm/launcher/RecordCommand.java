package io.isotherm.launcher;

import io.isotherm.recording.Manifest;
import io.isotherm.recording.Recorder;
import io.isotherm.recording.Recording;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm record}: what a cluster reports, into a directory. */
@Command(
    name = "record",
    description = {
      "Records a cluster's reports, topology, jobs, truth and incidents into a directory.",
      "Its files are plain Avro, of what comes from now on until Ctrl-C. A recorder that was killed"
          + " goes on where it was when it is started again with the same directory."
    })
final class RecordCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Parameters(
      paramLabel = "DIR",
      description = "A new directory, or one with a recording to go on with.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path directory;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description = "Least event time, RFC 3339 or milliseconds since 1970 (default: now).")
  private @Nullable Instant from;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description = "End at this event time, or at the end of the topic if it is past by 30 s.")
  private @Nullable Instant to;

  @Option(
      names = "--duration",
      paramLabel = "DURATION",
      description = "End after this time, for instance 10m (default: run until Ctrl-C).")
  private @Nullable Duration duration;

  @Option(
      names = "--pack",
      description = {
        "Pack each file of reports when it is ended, in threads beside: between a seventh and"
            + " half of the bytes, for as much processor time again. What is not packed within 15 s"
            + " after Ctrl-C stays plain, and 'recording pack' packs it later."
      })
  private boolean pack;

  @Override
  public Integer call() throws Exception {
    if (from != null && to != null && !from.isBefore(to)) {
      throw new ParameterException(
          spec.commandLine(), "--to: %s is not after --from, %s".formatted(to, from));
    }
    if (from != null && from.isBefore(Instant.EPOCH)) {
      throw new ParameterException(
          spec.commandLine(), "--from: %s is before 1970, and nothing in Kafka is".formatted(from));
    }
    PrintWriter err = spec.commandLine().getErr();
    Recorder recorder =
        new Recorder(
            common.clientConfig(),
            common.schemaIds(),
            directory,
            new Recorder.Range(
                from == null ? null : from.toEpochMilli(),
                to == null ? null : to.toEpochMilli(),
                duration == null ? Long.MAX_VALUE : duration.toMillis()),
            pack,
            Recorder.Pace.DEFAULT);
    long begun = System.nanoTime();
    recorder.run(
        main.stop()::requested,
        p -> {
          err.printf(
              Locale.ROOT,
              "recorded %,d reports, %,d MB, %,.0f reports/s; %s%s%n",
              p.reports(),
              p.bytes() / 1_000_000,
              p.reports() / ((System.nanoTime() - begun) / 1e9),
              p.behind() == null
                  ? "Kafka does not answer"
                  : String.format(Locale.ROOT, "%,d records behind", p.behind()),
              p.toPack() == 0 ? "" : "; files to pack: " + p.toPack());
          err.flush();
        });
    Manifest.Counts counts = Recording.open(directory).manifest().counts();
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%s: %,d reports, %,d chip-samples, %,d bytes%s%n",
            directory,
            counts.records(),
            counts.chipSamples(),
            counts.bytes(),
            counts.chipSamples() == 0
                ? ""
                : String.format(
                    Locale.ROOT,
                    " (%.1f a chip-sample)",
                    (double) counts.bytes() / counts.chipSamples()));
    spec.commandLine().getOut().flush();
    return Main.DONE;
  }
}
