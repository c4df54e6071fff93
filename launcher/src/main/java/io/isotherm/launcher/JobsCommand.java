package io.isotherm.launcher;

import io.isotherm.bridge.BridgeException;
import io.isotherm.catalog.CatalogException;
import io.isotherm.export.HttpEndpoint;
import io.isotherm.export.ProcessMeters;
import io.isotherm.jobs.JobFeed;
import io.isotherm.jobs.JobList;
import io.isotherm.schemas.SchemaIds;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm jobs}: a scheduler's running jobs into {@code topology.jobs}. */
@Command(
    name = "jobs",
    description = {
      "Tells monitors which boards work for which job, until Ctrl-C.",
      "A scheduler lists its running jobs. So chips are compared with those of their job, and a job"
          + " that hangs or crashes is found.",
      "HOSTS are files that say which host is which board: those of bridge, or others of that form;"
          + " docs/jobs.md has examples for Slurm and Kubernetes."
    })
final class JobsCommand implements Callable<Integer> {
  /** Of the names of its meters. */
  private static final String PREFIX = "isotherm.jobs.";

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommonOptions common;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private PodsOptions cluster;

  @Parameters(
      paramLabel = "HOSTS",
      arity = "1..*",
      description = "Files that say which hosts are which boards (YAML or JSON).")
  private List<Path> hosts = List.of();

  @ArgGroup private @Nullable Where where;

  /** Where the list of jobs comes from. */
  static final class Where {
    @Option(
        names = "--list",
        paramLabel = "FILE",
        required = true,
        description = "Take the running jobs from this file, which is read at every look.")
    private @Nullable Path list;

    @Option(
        names = "--command",
        paramLabel = "COMMAND",
        required = true,
        description =
            "Take them from what this command of the shell prints (default: squeue of all running"
                + " jobs).")
    private @Nullable String command;
  }

  @Option(
      names = "--source",
      paramLabel = "NAME",
      defaultValue = "slurm",
      description =
          "What the names of the jobs begin with; those of this name that are not listed any more"
              + " have ended (default: ${DEFAULT-VALUE}).")
  private String source = "slurm";

  @Option(
      names = "--fewest-boards",
      paramLabel = "N",
      defaultValue = "2",
      description =
          "Boards that a job must have for itself to be told of (default: ${DEFAULT-VALUE}).")
  private int fewestBoards = 2;

  @Option(
      names = "--every",
      paramLabel = "TIME",
      defaultValue = "5s",
      description = "Time between two looks, 1s to 1h (default: ${DEFAULT-VALUE}).")
  private Duration every = Duration.ofSeconds(5);

  @Option(names = "--once", description = "Look once, publish what has changed, and end.")
  private boolean once;

  @Option(
      names = "--check",
      description =
          "Look once, show which boards each job has and what is left out, and publish nothing.")
  private boolean check;

  @Mixin private final MetersOptions own = new MetersOptions(9468);

  @Override
  public Integer call() throws Exception {
    if (every.toMillis() < 1_000 || every.toMillis() > 3_600_000) {
      throw wrong("--every must be 1s to 1h", null);
    }
    HttpAddress http = own.address();
    JobFeed.Settings settings;
    try {
      settings = new JobFeed.Settings(source, fewestBoards);
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()), e);
    }
    try (JobFeed feed = new JobFeed(cluster.plan(), hosts, list(), settings)) {
      if (check) {
        return check(feed);
      }
      return once ? once(feed) : run(feed, http);
    } catch (BridgeException | CatalogException e) {
      throw wrong(String.valueOf(e.getMessage()), e);
    }
  }

  private JobList list() {
    if (where != null && where.list != null) {
      return JobList.ofFile(where.list);
    }
    return JobList.ofCommand(
        where != null && where.command != null ? where.command : JobList.SQUEUE);
  }

  private ParameterException wrong(String what, @Nullable Exception cause) {
    return new ParameterException(spec.commandLine(), what, cause);
  }

  private int check(JobFeed feed) throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    feed.check().forEach(out::println);
    out.flush();
    return Main.DONE;
  }

  private int once(JobFeed feed) throws Exception {
    SchemaIds ids = common.schemaIds();
    main.stop()
        .awaitWork(
            "jobs", () -> feed.run(null, ids, common.clientConfig(), opened -> {}), feed::stop);
    return Main.DONE;
  }

  private int run(JobFeed feed, HttpAddress http) throws Exception {
    SchemaIds ids = common.schemaIds();
    PrintWriter err = spec.commandLine().getErr();
    try (ProcessMeters meters = new ProcessMeters();
        HttpEndpoint endpoint = MetersOptions.serve("Isotherm jobs", meters, http)) {
      meters.watch(registry -> bind(feed, registry));
      err.println(http.url(endpoint.port(), ProcessMeters.PATH));
      err.flush();
      main.stop()
          .awaitWork(
              "jobs", () -> feed.run(every, ids, common.clientConfig(), meters::watch), feed::stop);
    }
    return Main.DONE;
  }

  private void bind(JobFeed feed, MeterRegistry registry) {
    Gauge.builder(PREFIX + "last.taken.timestamp", feed, f -> f.status().takenMs() / 1_000.0)
        .baseUnit("seconds")
        .description("When the list of jobs was taken last; before the first time, the start.")
        .register(registry);
    Gauge.builder(PREFIX + "interval", every, e -> e.toMillis() / 1_000.0)
        .baseUnit("seconds")
        .description("Time between two looks at the list of jobs.")
        .strongReference(true)
        .register(registry);
    looks(feed, registry, "ok", JobFeed.Status::taken);
    looks(feed, registry, "failed", JobFeed.Status::failed);
  }

  private static void looks(
      JobFeed feed, MeterRegistry registry, String result, ToDoubleFunction<JobFeed.Status> of) {
    FunctionCounter.builder(PREFIX + "looks", feed, f -> of.applyAsDouble(f.status()))
        .description("Looks at the list of jobs by what came of them.")
        .tags("result", result)
        .register(registry);
  }
}
