package io.isotherm.launcher;

import io.isotherm.recording.Recording;
import io.isotherm.recording.Replayer;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
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

/** {@code isotherm replay}: a recording into a cluster. */
@Command(
    name = "replay",
    description = {
      "Publishes a recording again: topology and jobs, then every report in its order.",
      "Judge what comes with 'isotherm monitor --no-ticks': a recording has its own ticks.",
      "Ctrl-Z pauses it and fg goes on; a pause is not made up for."
    })
final class ReplayCommand implements Callable<Integer> {
  /** What times the reports get. */
  enum Shift {
    NONE,
    NOW
  }

  /** What partition a report goes to. */
  enum Partitions {
    ORIGINAL,
    KEYS
  }

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "RECORDING", description = "Directory of the recording.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path directory;

  @Option(
      names = "--speed",
      paramLabel = "X|max",
      defaultValue = "1",
      description =
          "Seconds of event time in a second, 0.01 to 10000, or max (default: ${DEFAULT-VALUE}).")
  private String speed = "1";

  @Option(
      names = "--shift",
      paramLabel = "none|now",
      defaultValue = "none",
      description =
          "now moves all times so that the recording begins now (default: ${DEFAULT-VALUE}).")
  private Shift shift = Shift.NONE;

  @Option(
      names = "--partitions",
      paramLabel = "original|keys",
      defaultValue = "original",
      description =
          "The partitions that were recorded, or those of the keys (default: ${DEFAULT-VALUE}).")
  private Partitions partitions = Partitions.ORIGINAL;

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      description = "Topic of the reports (default: telemetry.reports, which the monitor reads).")
  private @Nullable String topic;

  @Option(
      names = "--loop",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Passes; each is moved to the end of the one before (default: ${DEFAULT-VALUE}).")
  private int loop;

  @Option(
      names = "--salvage",
      description = {
        "Publish what can be read of a damaged recording, and say what is left out.",
        "Boards whose reports are missing look silent."
      })
  private boolean salvage;

  @Option(
      names = "--into-recorded-topic",
      description = {
        "Allow the very topic and cluster that were recorded, and publish topology and jobs there.",
        "Without it only reports go to that cluster, to another --topic."
      })
  private boolean intoRecordedTopic;

  @Override
  public Integer call() throws Exception {
    if (loop < 1) {
      throw wrong("--loop is %d, must be at least 1".formatted(loop));
    }
    checkTopic();
    Recording recording = salvage ? Recording.salvage(directory) : Recording.open(directory);
    Replayer.Settings settings =
        new Replayer.Settings(
            times(),
            shift == Shift.NOW,
            partitions == Partitions.ORIGINAL,
            topic == null ? Topics.REPORTS.name() : topic,
            intoRecordedTopic,
            loop);
    PrintWriter err = spec.commandLine().getErr();
    Replayer replayer =
        new Replayer(
            recording, settings, common.schemaIds(), common.clientConfig(), main.stop()::requested);
    long total = recording.manifest().counts().records() * loop;
    Set<String> told = new HashSet<>();
    long begun = System.nanoTime();
    Replayer.Progress done =
        replayer.run(
            producer -> {},
            p -> {
              err.printf(
                  Locale.ROOT,
                  "replayed %,d of %,d reports, at %s%s%n",
                  p.reports(),
                  total,
                  Instant.ofEpochMilli(p.positionMs()),
                  p.heldUpMs() == 0 ? "" : ", held up for %,d ms".formatted(p.heldUpMs()));
              recording.leftOut().stream()
                  .filter(told::add)
                  .forEach(line -> err.println("isotherm replay: left out: " + line));
              err.flush();
            });
    double seconds = (System.nanoTime() - begun) / 1e9;
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%,d reports in %.1f s (%,.0f reports/s), to %s%n",
        done.reports(),
        seconds,
        done.reports() / seconds,
        Instant.ofEpochMilli(done.positionMs()));
    if (Double.isFinite(settings.speed()) && done.paceMs() > 0) {
      out.printf(
          Locale.ROOT,
          "first to last in %.1f s, %.1f s of event time: %.3f times the speed of time%n",
          done.paceMs() / 1e3,
          done.eventMs() / 1e3,
          (double) done.eventMs() / done.paceMs());
    }
    out.flush();
    if (!replayer.isWhole()) {
      err.printf(
          Locale.ROOT,
          "isotherm replay: stopped after %,d of %,d reports%n",
          done.reports(),
          total);
      err.flush();
      return Main.FAILED;
    }
    return Main.DONE;
  }

  /** Reports in a topic of anything else would make its readers fail, and stay there. */
  private void checkTopic() {
    if (topic == null || topic.equals(Topics.REPORTS.name())) {
      return;
    }
    if (!Topic.isName(topic)) {
      throw wrong(
          "--topic is '%s', must be 1 to 249 letters, digits, '.', '_' or '-'".formatted(topic));
    }
    if (Topics.ALL.stream().anyMatch(t -> t.name().equals(topic))) {
      throw wrong(
          "--topic is %s, which holds other records than reports; give %s or one of your own"
              .formatted(topic, Topics.REPORTS.name()));
    }
  }

  private double times() {
    if (speed.equals("max")) {
      return Double.POSITIVE_INFINITY;
    }
    try {
      double x = Double.parseDouble(speed);
      if (x >= 0.01 && x <= 10_000) {
        return x;
      }
    } catch (NumberFormatException e) {
      throw wrong("--speed is '%s', must be a number from 0.01 to 10000, or max".formatted(speed));
    }
    throw wrong("--speed is '%s', must be a number from 0.01 to 10000, or max".formatted(speed));
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
