package io.isotherm.launcher;

import io.isotherm.avro.JobPlacement;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import io.isotherm.bridge.ByHost;
import io.isotherm.export.HostNames;
import io.isotherm.jobs.ByHand;
import io.isotherm.jobs.JobTopic;
import io.isotherm.model.Placement;
import io.isotherm.producers.ClusterTopics;
import io.isotherm.producers.NewestValues;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import io.isotherm.schemas.UnusableKafkaException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code isotherm maintenance}: says by hand that somebody works on parts. */
@Command(
    name = "maintenance",
    description = {
      "Announces that somebody works on parts, which raise nothing meanwhile.",
      "It holds until the time that --for gives is over, or --end ends it. Without a part it lists"
          + " what is announced, by hand and by jobs."
    })
final class MaintenanceCommand implements Callable<Integer> {
  private static final Duration SHORTEST = Duration.ofSeconds(10);
  private static final Duration LONGEST = Duration.ofDays(90);

  /** How long Kafka may take to answer; what waits for it ends then by itself. */
  private static final Duration REACH = Duration.ofSeconds(20);

  /** From which distance to the clock on the newest window is of another time. */
  private static final Duration OTHER_TIME = Duration.ofHours(1);

  /** Records among which the newest window is looked for. */
  private static final long NEWEST_WINDOWS = 100;

  private static final DateTimeFormatter LOCAL =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommonOptions common;

  @Mixin private final HostsOption hosts = new HostsOption();

  @Parameters(
      paramLabel = "PART",
      arity = "0..*",
      description =
          "Paths of pods, cabinets or boards, for instance pod-07/cab-017/board-5, or names of hosts"
              + " that --hosts knows.")
  private List<String> names = List.of();

  @ArgGroup private @Nullable What what;

  /** What is to be done. */
  static final class What {
    @Option(
        names = "--for",
        paramLabel = "DURATION",
        required = true,
        description =
            "Announce it for this time from now on, 10s to 90d, for instance 4h; in place of what was"
                + " announced by hand of the same part.")
    private @Nullable Duration time;

    @Option(
        names = "--end",
        required = true,
        description = "End what was announced by hand of these parts.")
    private boolean end;

    @Option(
        names = "--list",
        required = true,
        description = "List what is announced; the same as no part.")
    private boolean list;
  }

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description =
          "What it is for, which the list then says (default: what was said of the part before, if that is not over).")
  private @Nullable String reason;

  @Override
  public Integer call() throws Exception {
    checkUsage();
    ByHost<String> boards = hosts.boards();
    HostNames hostNames = hosts.names();
    Map<String, Object> config = common.clientConfig();
    SchemaIds ids = common.schemaIds();
    Duration time = what == null ? null : what.time;
    try (PartitionReader reader = new PartitionReader(config, () -> false);
        NewestValues<PodTopology> pods = new NewestValues<>(Topics.PODS, ids, config)) {
      reader.require(Topics.PODS.name());
      ClusterParts parts = new ClusterParts(pods.read(), boards);
      Map<String, Part> wanted = wanted(parts);
      if (time == null) {
        reader.require(Topics.JOBS.name());
      } else {
        ClusterTopics.create(config, List.of(Topics.JOBS));
      }
      long now = System.currentTimeMillis();
      MaintenanceList list = new MaintenanceList(parts, hostNames, now);
      if (wanted.isEmpty()) {
        list(list, ids, config);
        return Main.DONE;
      }
      try (JobTopic jobs = new JobTopic(ids, config)) {
        Map<String, Placement> known = jobs.read();
        if (time != null) {
          announce(jobs, known, wanted, new BoardSet(parts), now, now + time.toMillis());
          noteOtherTime(reader, ids, now);
        } else if (what != null && what.end) {
          end(jobs, known, wanted, new BoardSet(parts), list, now);
        }
      }
      return Main.DONE;
    } catch (ApiException e) {
      // What the schema registry cannot is none of these.
      throw new UnusableKafkaException(config, REACH, e);
    }
  }

  private void checkUsage() {
    boolean list = what == null || what.list;
    if (list && !names.isEmpty()) {
      throw wrong(
          what == null
              ? "how long? Give --for, for instance --for 4h, or --end"
              : "--list takes no part");
    }
    if (!list && names.isEmpty()) {
      throw wrong("which part? Give for instance pod-07/cab-017/board-5");
    }
    Duration time = what == null ? null : what.time;
    if (time != null && (time.compareTo(SHORTEST) < 0 || time.compareTo(LONGEST) > 0)) {
      throw wrong("--for must be 10s to 90d");
    }
    if (reason != null && time == null) {
      throw wrong("--reason goes with --for");
    }
  }

  private ParameterException wrong(String why) {
    return new ParameterException(spec.commandLine(), why);
  }

  /** The parts by their paths. */
  private Map<String, Part> wanted(ClusterParts parts) {
    Map<String, Part> wanted = new TreeMap<>();
    for (String name : names) {
      Part part;
      try {
        part = parts.find(name);
      } catch (IllegalArgumentException e) {
        throw wrong(String.valueOf(e.getMessage()));
      }
      if (part.level() == Part.Level.CHIP) {
        throw wrong(
            "'%s' is on a board: maintenance is of whole boards, here %s"
                .formatted(name, part.pod().boardPath(part.firstBoard())));
      }
      wanted.put(part.path(), part);
    }
    return wanted;
  }

  /** Prints what is announced, with no more than the right to read it. */
  private void list(MaintenanceList list, SchemaIds ids, Map<String, Object> config) {
    try (NewestValues<JobPlacement> jobs = new NewestValues<>(Topics.JOBS, ids, config)) {
      say(list.table(JobTopic.placements(jobs).values(), job -> JobTopic.reason(jobs, job)));
    }
  }

  private static Placement.Member member(Part part) {
    return new Placement.Member(
        part.pod().pod(), part.firstBoard(), part.boards(), Placement.MAINTENANCE, 0);
  }

  private void announce(
      JobTopic jobs,
      Map<String, Placement> known,
      Map<String, Part> wanted,
      BoardSet boards,
      long now,
      long until)
      throws InterruptedException {
    Map<String, Placement.Member> members = new TreeMap<>();
    wanted.forEach((path, part) -> members.put(path, member(part)));
    jobs.publish(
        ByHand.announce(known, members, now, until),
        job -> {
          Placement before = known.get(job);
          return said()
              .or(
                  () ->
                      before != null && before.untilMs() > now
                          ? jobs.reason(job)
                          : Optional.empty());
        });
    members.values().forEach(boards::add);
    say(
        "In maintenance until %s (%s local time): %s; %d boards, %d chips. To end it: isotherm maintenance %s --end%s%n"
            .formatted(
                IncidentHistory.time(until),
                LOCAL.format(Instant.ofEpochMilli(until)),
                String.join(", ", wanted.keySet()),
                boards.boards(),
                boards.chips(),
                String.join(" ", wanted.keySet()),
                common.words()));
    known.forEach(
        (job, p) -> {
          int shared = p.untilMs() <= now ? 0 : boards.in(p, false);
          if (shared > 0) {
            note("%d of these boards work for %s, and stay in it".formatted(shared, job));
          }
        });
  }

  /** Says so if what is judged now is of another time, as it is in a replay. */
  private void noteOtherTime(PartitionReader reader, SchemaIds ids, long now) {
    String topic = Topics.POD_HEALTH.name();
    long[] judged = {Long.MIN_VALUE};
    try {
      if (reader.partitions(topic) == 0) {
        return;
      }
      Deserializer<PodHealth> values = Topics.POD_HEALTH.valueSerde(ids).deserializer();
      reader.readLast(
          new TopicPartition(topic, 0),
          NEWEST_WINDOWS,
          record -> {
            PodHealth h = LookCommand.decoded(() -> values.deserialize(topic, record.value()));
            if (h != null) {
              judged[0] = Math.max(judged[0], h.getWindowStartMs() + h.getWindowMs());
            }
          });
    } catch (UnusableKafkaException e) {
      // It is announced, and there may be no right to read this.
      return;
    }
    if (judged[0] != Long.MIN_VALUE && Math.abs(now - judged[0]) > OTHER_TIME.toMillis()) {
      note(
          "the newest window is of %s; maintenance holds by the clock, so it hides nothing of a replay that has times of its own"
              .formatted(IncidentHistory.time(judged[0])));
    }
  }

  private void end(
      JobTopic jobs,
      Map<String, Placement> known,
      Map<String, Part> wanted,
      BoardSet boards,
      MaintenanceList list,
      long now)
      throws InterruptedException {
    for (String path : wanted.keySet()) {
      if (ByHand.announced(known, path, now) == null) {
        throw wrong(
            "nothing is announced by hand of %s as such; --list says what is announced"
                .formatted(path));
      }
    }
    jobs.publish(ByHand.end(known, wanted.keySet(), now), jobs::reason);
    wanted.values().forEach(part -> boards.add(member(part)));
    say("Maintenance ends now: %s%n".formatted(String.join(", ", wanted.keySet())));
    wanted.keySet().forEach(path -> known.remove(ByHand.name(path)));
    known.forEach(
        (job, p) -> {
          int shared = p.untilMs() <= now ? 0 : boards.in(p, true);
          if (shared > 0) {
            note(
                "%d of these boards are still in maintenance, by %s"
                    .formatted(shared, list.called(p)));
          }
        });
  }

  /** What is given as reason, in one line. */
  private Optional<String> said() {
    return Optional.ofNullable(reason)
        .map(text -> text.replaceAll("[\\s\\p{Cntrl}]+", " ").strip())
        .filter(text -> !text.isEmpty());
  }

  private void say(String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(text);
    out.flush();
  }

  private void note(String text) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("note: " + text);
    err.flush();
  }
}
