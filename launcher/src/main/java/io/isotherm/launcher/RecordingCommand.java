package io.isotherm.launcher;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.avro.Incident;
import io.isotherm.backtest.RecordedCluster;
import io.isotherm.core.IncidentDigest;
import io.isotherm.recording.Cut;
import io.isotherm.recording.Manifest;
import io.isotherm.recording.Manifest.Counts;
import io.isotherm.recording.Merge;
import io.isotherm.recording.Packing;
import io.isotherm.recording.Recording;
import io.isotherm.recording.Side;
import io.isotherm.topology.Results;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm recording}: looks into recordings, checks, cuts, joins and packs them. */
@Command(
    name = "recording",
    description = "Looks into recordings, checks, cuts, joins and packs them.",
    subcommands = {
      RecordingCommand.Info.class,
      RecordingCommand.Verify.class,
      RecordingCommand.CutOut.class,
      RecordingCommand.Join.class,
      RecordingCommand.Rescue.class,
      RecordingCommand.Pack.class,
      RecordingCommand.Unpack.class
    })
final class RecordingCommand implements Runnable {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  /** Whether a subcommand is asked to end. */
  private boolean stopped() {
    return main.stop().requested();
  }

  /** {@code isotherm recording info}. */
  @Command(name = "info", description = "Says what is in a recording.")
  static final class Info implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "RECORDING", description = "Directory of the recording.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path directory;

    @Mixin private final FormOption form = new FormOption();

    @Override
    public Integer call() throws IOException {
      Recording recording = Recording.open(directory);
      Map<String, Object> all = describe(recording);
      PrintWriter out = spec.commandLine().getOut();
      if (form.json()) {
        out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(all));
      } else {
        all.forEach((what, value) -> out.printf(Locale.ROOT, "%-20s %s%n", what, value));
      }
      out.flush();
      return Main.DONE;
    }

    private static Map<String, Object> describe(Recording recording) {
      Manifest m = recording.manifest();
      Counts c = m.counts();
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("form", m.packed() ? "packed" : "plain");
      all.put("complete", m.complete());
      all.put("kafka_cluster", m.kafkaCluster() == null ? "none" : m.kafkaCluster());
      all.put("topic", m.topic());
      all.put("partitions", m.nextOffsets().size());
      TreeSet<String> pods = new TreeSet<>();
      recording.side(Side.TOPOLOGY).forEach(t -> pods.add(t.getPod()));
      all.put("pods", pods.size());
      all.put("from", c.firstMs() == null ? "none" : Instant.ofEpochMilli(c.firstMs()).toString());
      all.put("to", c.lastMs() == null ? "none" : Instant.ofEpochMilli(c.lastMs()).toString());
      all.put("records", c.records());
      all.put("ticks", c.ticks());
      all.put("chip_samples", c.chipSamples());
      all.put("link_samples", c.linkSamples());
      all.put("undecodable", m.skipped());
      if (!m.leftOut().isEmpty()) {
        all.put("left_out", m.leftOut());
      }
      all.put("files", m.reports().size());
      all.put("bytes", c.bytes());
      if (c.chipSamples() > 0) {
        all.put("bytes_per_chip_sample", Math.round(100.0 * c.bytes() / c.chipSamples()) / 100.0);
      }
      all.put("faults", RecordedCluster.faults(recording).size());
      all.put("incidents", incidents(recording));
      return all;
    }
  }

  /** How many incidents were recorded, and the digest of all their events. */
  private static Map<String, Object> incidents(Recording recording) {
    IncidentDigest digest = new IncidentDigest();
    Set<String> ids = new HashSet<>();
    for (Incident incident : recording.side(Side.INCIDENTS)) {
      ids.add(incident.getId());
      digest.add(Results.event(incident));
    }
    Map<String, Object> of = new LinkedHashMap<>();
    of.put("count", ids.size());
    of.put("sha256", digest.sha256Hex());
    return of;
  }

  /** {@code isotherm recording verify}. */
  @Command(
      name = "verify",
      description = "Reads a whole recording and names every damaged or missing file.")
  static final class Verify implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private RecordingCommand parent;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "RECORDING", description = "Directory of the recording.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path directory;

    @Override
    public Integer call() {
      Recording recording = Recording.open(directory).until(parent::stopped);
      PrintWriter err = spec.commandLine().getErr();
      int files = recording.manifest().reports().size();
      int[] done = {0};
      List<String> damages =
          recording.verify(
              file -> {
                err.printf("read %d of %d files%n", ++done[0], files);
                err.flush();
              });
      for (String damage : damages) {
        err.println("isotherm recording verify: " + damage);
      }
      err.flush();
      if (!damages.isEmpty()) {
        return Main.FAILED;
      }
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%s: %,d records in %d files, all well%n",
              directory,
              recording.manifest().counts().records(),
              files);
      spec.commandLine().getOut().flush();
      return Main.DONE;
    }
  }

  /** {@code isotherm recording cut}. */
  @Command(
      name = "cut",
      description = "Writes a part of a recording as a recording of its own, in the same order.")
  static final class CutOut implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private RecordingCommand parent;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "RECORDING", description = "Directory of the recording.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path directory;

    @Parameters(index = "1", paramLabel = "DIR", description = "New directory for the part.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path into;

    @Option(
        names = "--from",
        paramLabel = "TIME",
        converter = TimeConverter.class,
        description = "Least event time, inclusive (default: the beginning).")
    private @Nullable Instant from;

    @Option(
        names = "--to",
        paramLabel = "TIME",
        converter = TimeConverter.class,
        description = "Event time to end at, exclusive (default: the end).")
    private @Nullable Instant to;

    @Option(
        names = "--subject",
        paramLabel = "PATH",
        description =
            "Only this pod, cabinet or board, for instance pod-00/cab-003 (default: all).")
    private @Nullable String subject;

    @Override
    public Integer call() throws IOException {
      Cut cut;
      try {
        cut =
            Cut.of(
                from == null ? Long.MIN_VALUE : from.toEpochMilli(),
                to == null ? Long.MAX_VALUE : to.toEpochMilli(),
                subject);
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
      }
      long records = cut.write(Recording.open(directory).until(parent::stopped), into);
      spec.commandLine().getOut().printf(Locale.ROOT, "%s: %,d records%n", into, records);
      spec.commandLine().getOut().flush();
      return Main.DONE;
    }
  }

  /** {@code isotherm recording salvage}. */
  @Command(
      name = "salvage",
      description = {
        "Writes what can still be read of a damaged recording as a recording of its own.",
        "It says what is missing; 'info' and 'backtest' say it again."
      })
  static final class Rescue implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private RecordingCommand parent;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "RECORDING", description = "Directory of the damaged recording.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path directory;

    @Option(
        names = "--into",
        paramLabel = "DIR",
        required = true,
        description = "New directory for what is left.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path into;

    @Override
    public Integer call() throws IOException {
      Recording damaged = Recording.salvage(directory).until(parent::stopped);
      long records = Cut.EVERYTHING.write(damaged, into);
      PrintWriter err = spec.commandLine().getErr();
      damaged.leftOut().forEach(line -> err.println("isotherm recording salvage: " + line));
      err.flush();
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          Locale.ROOT,
          "%s: %,d of %,d records%n",
          into,
          records,
          damaged.manifest().counts().records());
      out.flush();
      return Main.DONE;
    }
  }

  /** {@code isotherm recording merge}. */
  @Command(
      name = "merge",
      description = {
        "Joins recordings: of other pods side by side, of the same pods one after the other.",
        "The reports of a pod must not overlap in time; cut them first if they do."
      })
  static final class Join implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private RecordingCommand parent;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(
        paramLabel = "RECORDING",
        arity = "2..*",
        description = "Directories of the recordings, in any order.")
    private List<Path> directories = List.of();

    @Option(
        names = "--into",
        paramLabel = "DIR",
        required = true,
        description = "New directory for the whole.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path into;

    @Override
    public Integer call() throws IOException {
      Merge.Joined joined = Merge.of(directories, parent::stopped).write(into);
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%s: %,d records of %,d pods from %d recordings%n",
              into,
              joined.records(),
              joined.pods(),
              directories.size());
      spec.commandLine().getOut().flush();
      return Main.DONE;
    }
  }

  /** {@code isotherm recording pack}. */
  @Command(
      name = "pack",
      description = {
        "Writes a recording in packed form: a fraction of the bytes, for archives.",
        "Whatever reads a recording reads it as it is; 'unpack' gives it back plain."
      })
  static final class Pack implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private RecordingCommand parent;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "RECORDING", description = "Directory of the plain recording.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path directory;

    @Option(
        names = "--into",
        paramLabel = "DIR",
        required = true,
        description = "New directory for the packed form.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path into;

    @Override
    public Integer call() throws IOException {
      say(spec, into, Packing.pack(directory, into, files(spec, directory), parent::stopped));
      return Main.DONE;
    }
  }

  /** {@code isotherm recording unpack}. */
  @Command(
      name = "unpack",
      description = {
        "Writes a packed recording in plain form.",
        "It has the same reports in the same order, a record for each, as any Avro tool reads them."
      })
  static final class Unpack implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private RecordingCommand parent;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "RECORDING", description = "Directory of the packed recording.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path directory;

    @Option(
        names = "--into",
        paramLabel = "DIR",
        required = true,
        description = "New directory for the plain form.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path into;

    @Override
    public Integer call() throws IOException {
      say(spec, into, Packing.unpack(directory, into, files(spec, directory), parent::stopped));
      return Main.DONE;
    }
  }

  /** Tells of every file of reports that is done. */
  private static Consumer<String> files(CommandSpec spec, Path directory) {
    int files = Recording.open(directory).manifest().reports().size();
    PrintWriter err = spec.commandLine().getErr();
    int[] done = {0};
    return file -> {
      err.printf("wrote %d of %d files%n", ++done[0], files);
      err.flush();
    };
  }

  private static void say(CommandSpec spec, Path into, Manifest written) {
    Counts c = written.counts();
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, "%s: %,d records in %,d bytes", into, c.records(), c.bytes());
    if (c.chipSamples() > 0) {
      out.printf(Locale.ROOT, ", %.2f a chip-sample", (double) c.bytes() / c.chipSamples());
    }
    out.println();
    out.flush();
  }
}
