package io.isotherm.launcher;

import static io.isotherm.model.Placement.MAINTENANCE;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.avro.JobPlacement;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import io.isotherm.bridge.ByHost;
import io.isotherm.core.IncidentEvent;
import io.isotherm.export.HostNames;
import io.isotherm.jobs.JobTopic;
import io.isotherm.model.Placement;
import io.isotherm.model.Report;
import io.isotherm.producers.NewestValues;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import io.isotherm.schemas.UndecodableException;
import io.isotherm.schemas.UnusableKafkaException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm look}: what is known of a part or a job now. */
@Command(
    name = "look",
    description = {
      "Shows what is known now of a pod, a cabinet, a board or a chip: its state, what works there,"
          + " open incidents, and of a board what its chips and links report. Of a job: where it"
          + " works, open incidents that hit it, and on which of its boards something is wrong."
    })
final class LookCommand implements Callable<Integer> {
  /** How far back the reports are read in which a board that is well is found. */
  private static final Duration NEWEST = Duration.ofSeconds(15);

  /** Reports of one partition that are read at most to find when a silent board was heard last. */
  private static final long MOST_REPORTS = 1_000_000;

  /** Windows of pods that are read at most to find the newest of one. */
  private static final long MOST_WINDOWS = 5_000;

  /** Jobs that are named at most when there is none of a name. */
  private static final int MOST_JOBS = 10;

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

  @Parameters(
      paramLabel = "PART",
      description =
          "Path of the part, for instance pod-07/cab-017/board-5, the name of a host that --hosts"
              + " knows, or job/NAME. Of a port its chip is shown.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private String name;

  @Option(
      names = "--wait",
      paramLabel = "DURATION",
      defaultValue = "10s",
      description =
          "Of a board that has not reported just now wait this long for a report, 0s to 10m"
              + " (default: ${DEFAULT-VALUE}).")
  private Duration wait = Duration.ofSeconds(10);

  @Mixin private final FormOption form = new FormOption();

  @Override
  public Integer call() {
    if (wait.compareTo(Duration.ofMinutes(10)) > 0) {
      throw wrong("--wait must be 0s to 10m");
    }
    ByHost<String> boards = hosts.boards();
    HostNames hostNames = hosts.names();
    Map<String, Object> config = common.clientConfig();
    SchemaIds ids = common.schemaIds();
    String text;
    try (PartitionReader reader = new PartitionReader(config, main.stop()::requested)) {
      reader.require(Topics.PODS.name());
      if (name.startsWith(Placement.PATH)) {
        JobLook look = lookAtJob(reader, config, ids, hostNames);
        text = form.json() ? json(JobJson.of(look)) : JobText.of(look);
      } else {
        PartLook look = look(reader, config, ids, boards, hostNames);
        text = form.json() ? json(PartJson.of(look)) : PartText.of(look);
      }
    } catch (ApiException e) {
      // What the schema registry cannot is none of these.
      throw new UnusableKafkaException(config, PartitionReader.REACH, e);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(text);
    out.flush();
    return Main.DONE;
  }

  private static String json(ObjectNode node) {
    return node.toPrettyString() + "\n";
  }

  private JobLook lookAtJob(
      PartitionReader reader, Map<String, Object> config, SchemaIds ids, HostNames hostNames) {
    String job = name.substring(Placement.PATH.length());
    reader.require(Topics.JOBS.name());
    Placement placement;
    Optional<String> reason;
    try (NewestValues<JobPlacement> newest = new NewestValues<>(Topics.JOBS, ids, config)) {
      placement = placed(job, JobTopic.placements(newest));
      reason = JobTopic.reason(newest, job);
    }
    ClusterParts parts;
    try (NewestValues<PodTopology> pods = new NewestValues<>(Topics.PODS, ids, config)) {
      parts = new ClusterParts(pods.read(), null);
    }
    Collection<IncidentEvent> incidents = incidents(reader, config, ids);
    Map<String, PodHealth> health = health(reader, ids, Set.copyOf(JobLook.podsOf(placement)));
    return JobLook.of(
        placement, System.currentTimeMillis(), hostNames, reason, parts::pod, health, incidents);
  }

  /** The placement of a job that is placed now. */
  private Placement placed(String job, Map<String, Placement> all) {
    long nowMs = System.currentTimeMillis();
    Placement placement = all.get(job);
    if (placement != null && placement.untilMs() > nowMs) {
      return placement;
    }
    if (placement != null) {
      throw wrong(
          "job '%s' works nowhere since %s; what hit it: isotherm incidents --last 7d --under %s"
              .formatted(job, IncidentHistory.time(placement.untilMs()), name));
    }
    List<String> jobs =
        all.values().stream()
            .filter(p -> p.untilMs() > nowMs)
            .filter(p -> p.members().stream().anyMatch(m -> !m.role().equals(MAINTENANCE)))
            .map(Placement::job)
            .toList();
    String some = String.join(", ", jobs.subList(0, Math.min(MOST_JOBS, jobs.size())));
    throw wrong(
        "there is no job '%s': %s"
            .formatted(
                job,
                jobs.isEmpty()
                    ? "no job is placed"
                    : "%d %s placed: %s%s"
                        .formatted(
                            jobs.size(),
                            jobs.size() == 1 ? "is" : "are",
                            some,
                            jobs.size() > MOST_JOBS ? ", ..." : "")));
  }

  private Collection<IncidentEvent> incidents(
      PartitionReader reader, Map<String, Object> config, SchemaIds ids) {
    if (reader.partitions(Topics.INCIDENTS.name()) == 0) {
      return List.of();
    }
    PrintWriter err = spec.commandLine().getErr();
    return new IncidentTopic(config, ids)
        .read(main.stop()::requested, IncidentsCommand.progress(err));
  }

  private PartLook look(
      PartitionReader reader,
      Map<String, Object> config,
      SchemaIds ids,
      @Nullable ByHost<String> boards,
      HostNames hostNames) {
    Part part;
    try (NewestValues<PodTopology> pods = new NewestValues<>(Topics.PODS, ids, config)) {
      part = new ClusterParts(pods.read(), boards).find(name);
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
    List<PartLook.Work> work = List.of();
    if (reader.partitions(Topics.JOBS.name()) > 0) {
      try (NewestValues<JobPlacement> newest = new NewestValues<>(Topics.JOBS, ids, config)) {
        work =
            PartLook.work(
                part,
                JobTopic.placements(newest).values(),
                job -> JobTopic.reason(newest, job),
                System.currentTimeMillis());
      }
    }
    List<IncidentEvent> open = PartLook.open(part, work, incidents(reader, config, ids));
    BoardReadings readings = null;
    Duration searched = Duration.ZERO;
    if (part.level() == Part.Level.BOARD || part.level() == Part.Level.CHIP) {
      readings = new BoardReadings();
      searched = read(reader, ids, part, readings);
    }
    // Last, as it is the shortest to read: what it says is as young as the readings.
    String pod = part.pod().pod();
    PodHealth health = health(reader, ids, Set.of(pod)).get(pod);
    return new PartLook(
        part, System.currentTimeMillis(), hostNames, health, work, open, readings, searched);
  }

  private ParameterException wrong(String why) {
    return new ParameterException(spec.commandLine(), why);
  }

  /** The newest window of each pod that has one. */
  private static Map<String, PodHealth> health(
      PartitionReader reader, SchemaIds ids, Set<String> pods) {
    String topic = Topics.POD_HEALTH.name();
    Map<String, PodHealth> newest = new HashMap<>();
    if (reader.partitions(topic) == 0) {
      return newest;
    }
    Deserializer<PodHealth> values = Topics.POD_HEALTH.valueSerde(ids).deserializer();
    // What is older is read later.
    Map<String, Long> offsets = new HashMap<>();
    reader.readBack(
        new TopicPartition(topic, 0),
        System.currentTimeMillis(),
        MOST_WINDOWS,
        record -> {
          if (pods.contains(record.key())
              && record.offset() > offsets.getOrDefault(record.key(), -1L)) {
            PodHealth health = decoded(() -> values.deserialize(topic, record.value()));
            if (health != null) {
              newest.put(record.key(), health);
              offsets.put(record.key(), record.offset());
            }
          }
        },
        () -> newest.size() == pods.size());
    return newest;
  }

  /** What is read from a record. */
  interface Decoding<T> {
    @Nullable T decode();
  }

  /** What is read from a record; null if it cannot be. */
  static <T> @Nullable T decoded(Decoding<T> decoding) {
    try {
      return decoding.decode();
    } catch (UndecodableException e) {
      return null;
    } catch (KafkaException e) {
      // Of the schema registry, and not of Kafka.
      throw new IllegalStateException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Takes the reports of a board.
   *
   * @return how far back it was looked for them
   */
  private Duration read(PartitionReader reader, SchemaIds ids, Part part, BoardReadings into) {
    int partitions = reader.partitions(Topics.REPORTS.name());
    if (partitions == 0) {
      return Duration.ZERO;
    }
    // As Kafka's Java producer chooses it, and as all agents must.
    byte[] key = part.pod().pod().getBytes(StandardCharsets.UTF_8);
    TopicPartition partition =
        new TopicPartition(
            Topics.REPORTS.name(), Utils.toPositive(Utils.murmur2(key)) % partitions);
    BoardReports reports = new BoardReports(part, new ReportReader(ids), into);
    long begun = System.currentTimeMillis();
    reader.readFrom(partition, begun - NEWEST.toMillis(), reports);
    reader.readOn(reports, into::complete, wait);
    Duration back =
        reader.readBack(partition, begun, MOST_REPORTS, reports, () -> into.newest() != null);
    return back.compareTo(NEWEST) > 0 ? back : NEWEST;
  }

  /** Takes the reports of a board from among others. */
  private static final class BoardReports implements Consumer<ConsumerRecord<String, byte[]>> {
    private final Part part;
    private final ReportReader reader;
    private final BoardReadings into;
    private Report next = new Report();

    BoardReports(Part part, ReportReader reader, BoardReadings into) {
      this.part = part;
      this.reader = reader;
      this.into = into;
    }

    @Override
    public void accept(ConsumerRecord<String, byte[]> record) {
      if (!part.pod().pod().equals(record.key())) {
        return;
      }
      Report report =
          decoded(
              () -> {
                reader.read(record.value(), next);
                return next;
              });
      if (report != null
          && !report.tick
          && part.pod().hasBoard(report.cabinet, report.board)
          && part.pod().boardIndex(report.cabinet, report.board) == part.firstBoard()) {
        into.take(report);
        next = new Report();
      }
    }
  }
}
