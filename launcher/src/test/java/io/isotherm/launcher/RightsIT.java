package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.isotherm.core.DetectorSettings;
import io.isotherm.export.Exporter;
import io.isotherm.export.HostNames;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import io.isotherm.topology.MonitorApp;
import io.isotherm.topology.MonitorSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What needs rights in Kafka runs with those of the table in docs/schemas.md, and no others. */
@Timeout(300)
final class RightsIT {
  private static final SchemaIds IDS = SchemaHistory.bundled();
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String MODULE =
      "org.apache.kafka.common.security.plain.PlainLoginModule required username=%s password=%s%s;";
  private static final List<String> COMMANDS =
      List.of(
          "monitor",
          "export",
          "emulate",
          "bridge",
          "jobs",
          "maintenance",
          "incidents",
          "look",
          "record",
          "replay");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  /** A broker that knows a user for each command, who may nothing by himself, and one for all. */
  private static EmbeddedBroker broker() throws IOException {
    StringBuilder users = new StringBuilder(" user_admin=admin");
    COMMANDS.forEach(c -> users.append(" user_%s=%s".formatted(c, c)));
    return EmbeddedBroker.start(
        0,
        "--port",
        null,
        Map.of(
            "listener.security.protocol.map",
            "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
            "sasl.enabled.mechanisms",
            "PLAIN",
            "sasl.mechanism.inter.broker.protocol",
            "PLAIN",
            "listener.name.plaintext.plain.sasl.jaas.config",
            MODULE.formatted("admin", "admin", users),
            "authorizer.class.name",
            "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users",
            "User:admin;User:ANONYMOUS"));
  }

  private static Map<String, Object> client(EmbeddedBroker broker, String user) {
    return new HashMap<>(
        Map.of(
            "bootstrap.servers",
            broker.bootstrapServer(),
            "security.protocol",
            "SASL_PLAINTEXT",
            "sasl.mechanism",
            "PLAIN",
            "sasl.jaas.config",
            MODULE.formatted(user, user, "")));
  }

  /** A file for {@code --command-config}. */
  private String settings(EmbeddedBroker broker, String user) throws IOException {
    StringBuilder lines = new StringBuilder();
    client(broker, user).forEach((name, value) -> lines.append(name + "=" + value + "\n"));
    return Files.writeString(dir.resolve(user + ".properties"), lines).toString();
  }

  private static AclBinding right(
      String user, ResourceType type, String name, PatternType pattern, AclOperation what) {
    return new AclBinding(
        new ResourcePattern(type, name, pattern),
        new AccessControlEntry("User:" + user, "*", what, AclPermissionType.ALLOW));
  }

  private static List<String> names(String cell) {
    return CODE.matcher(cell)
        .results()
        .map((MatchResult m) -> m.group(1))
        .filter(name -> !name.startsWith("--"))
        .toList();
  }

  /** The rights of the table: a command, what it reads, what it writes. */
  private static List<AclBinding> told() throws IOException {
    List<AclBinding> rights = new ArrayList<>();
    Path table = Path.of(System.getProperty("isotherm.root", ".."), "docs", "schemas.md");
    List<String> lines = Files.readAllLines(table);
    for (String line : lines.subList(lines.indexOf("## Rights"), lines.size())) {
      String[] cells = line.split("\\|", -1);
      if (cells.length == 5 && !names(cells[1]).isEmpty()) {
        String user = names(cells[1]).get(0);
        for (String topic : names(cells[2])) {
          rights.add(
              right(user, ResourceType.TOPIC, topic, PatternType.LITERAL, AclOperation.READ));
        }
        for (String topic : names(cells[3])) {
          rights.add(
              right(user, ResourceType.TOPIC, topic, PatternType.LITERAL, AclOperation.WRITE));
        }
      }
    }
    String id = MonitorSettings.DEFAULT_APPLICATION_ID;
    rights.add(right("monitor", ResourceType.GROUP, id, PatternType.LITERAL, AclOperation.READ));
    for (AclOperation what : List.of(AclOperation.CREATE, AclOperation.READ, AclOperation.WRITE)) {
      rights.add(right("monitor", ResourceType.TOPIC, id + "-", PatternType.PREFIXED, what));
    }
    rights.add(
        right(
            "monitor",
            ResourceType.TRANSACTIONAL_ID,
            id + "-",
            PatternType.PREFIXED,
            AclOperation.WRITE));
    return rights;
  }

  private static long written(Admin admin, Topic<?, ?> topic) throws Exception {
    TopicPartition partition = new TopicPartition(topic.name(), 0);
    return admin
        .listOffsets(Map.of(partition, OffsetSpec.latest()))
        .partitionResult(partition)
        .get()
        .offset();
  }

  private static String get(Exporter exporter) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://localhost:%d/metrics".formatted(exporter.port())))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** Reports of a pod that nobody has announced, a job on it, and maintenance of it. */
  private void bridgeAndTellOfAJob(EmbeddedBroker broker) throws IOException {
    byte[] answer = "DCGM_FI_DEV_GPU_TEMP{gpu=\"0\"} 61\n".getBytes(StandardCharsets.UTF_8);
    HttpServer exporter =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    exporter.createContext(
        "/metrics",
        exchange -> {
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    exporter.start();
    try {
      String targets =
          Files.writeString(
                  dir.resolve("targets.yaml"),
                  """
                  - targets: ["127.0.0.1:%d"]
                    labels: {board: pod-01/cab-000/board-0, exporter: dcgm, host: gpu-001}
                  """
                      .formatted(exporter.getAddress().getPort()))
              .toString();
      Ended bridged =
          Ended.isotherm(
              "bridge",
              targets,
              "--preset",
              "hgx-h100",
              "--pods",
              "2",
              "--interval",
              "1s",
              "--duration",
              "3s",
              "--metrics-port",
              "0",
              "--command-config",
              settings(broker, "bridge"));
      assertThat(bridged.code()).as(bridged.out() + bridged.err()).isZero();
      assertThat(bridged.out()).doesNotStartWith("0 reports");
      Ended told =
          Ended.isotherm(
              "jobs",
              targets,
              "--preset",
              "hgx-h100",
              "--pods",
              "2",
              "--fewest-boards",
              "1",
              "--command",
              "printf 'JOBID|NODELIST\\n7|gpu-001\\n'",
              "--once",
              "--command-config",
              settings(broker, "jobs"));
      assertThat(told.code()).as(told.out() + told.err()).isZero();
      Ended announced =
          Ended.isotherm(
              "maintenance",
              "pod-01",
              "--for",
              "1h",
              "--command-config",
              settings(broker, "maintenance"));
      assertThat(announced.code()).as(announced.out() + announced.err()).isZero();
    } finally {
      exporter.stop(0);
    }
  }

  @Test
  void theRightsOfTheTableAreEnoughWhereTopicsAreThere() throws Exception {
    List<AclBinding> rights = told();
    long begunMs = System.currentTimeMillis();
    try (EmbeddedBroker broker = broker();
        Admin admin = Admin.create(client(broker, "admin"))) {
      NewTopics.create(admin, Topics.ALL.stream().map(Topic::newTopic).toList());
      admin.createAcls(rights).all().get();
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  admin.describeAcls(AclBindingFilter.ANY).values().get().size() >= rights.size());

      Ended emulated =
          Ended.isotherm(
              "emulate",
              "--preset",
              "atlas-960",
              "--pods",
              "1",
              "--cabinets",
              "1",
              "--duration",
              "8s",
              "--metrics-port",
              "0",
              "--command-config",
              settings(broker, "emulate"));
      assertThat(emulated.code()).as(emulated.err()).isZero();

      try (MonitorApp monitor =
              new MonitorApp(
                  new MonitorSettings(
                      client(broker, "monitor"),
                      MonitorSettings.DEFAULT_APPLICATION_ID,
                      1,
                      DetectorSettings.DEFAULT.withWindow(2_000, 1_000),
                      true),
                  IDS);
          Exporter exporter =
              Exporter.start(
                  client(broker, "export"),
                  IDS,
                  new InetSocketAddress(0),
                  Exporter.DEFAULT_SERIES_BUDGET,
                  "test",
                  HostNames.NONE)) {
        assertThat(monitor.start(() -> false)).isTrue();
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    monitor.failure() != null
                        || (written(admin, Topics.POD_HEALTH) > 0
                            && written(admin, Topics.CLUSTER_HEALTH) > 0));
        assertThat(monitor.failure()).isNull();
        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> assertThat(get(exporter)).contains("isotherm_chips{pod="));
      }

      bridgeAndTellOfAJob(broker);
      Ended listed = Ended.isotherm("incidents", "--command-config", settings(broker, "incidents"));
      assertThat(listed.code()).as(listed.err()).isZero();
      Ended looked =
          Ended.isotherm(
              "look",
              "pod-00/cab-000/board-0",
              "--wait",
              "1s",
              "--command-config",
              settings(broker, "look"));
      assertThat(looked.code()).as(looked.err()).isZero();
      assertThat(looked.out()).contains("; window until ").containsPattern("report   of ");
      String recording = dir.resolve("recording").toString();
      Ended recorded =
          Ended.isotherm(
              "record",
              recording,
              "--from",
              Long.toString(begunMs),
              "--duration",
              "3s",
              "--command-config",
              settings(broker, "record"));
      assertThat(recorded.code()).as(recorded.err()).isZero();
      Ended replayed =
          Ended.isotherm(
              "replay",
              recording,
              "--into-recorded-topic",
              "--speed",
              "max",
              "--command-config",
              settings(broker, "replay"));
      assertThat(replayed.code()).as(replayed.err()).isZero();
    }
  }

  @Test
  void aTopicThatIsMissingAndMayNotBeMadeIsNamed() throws Exception {
    try (EmbeddedBroker broker = broker();
        Admin admin = Admin.create(client(broker, "admin"))) {
      for (String command : List.of("monitor", "emulate")) {
        Ended ended =
            Ended.isotherm(
                command, "--metrics-port", "0", "--command-config", settings(broker, command));

        assertThat(ended.code()).isEqualTo(Main.FAILED);
        assertThat(ended.err())
            .contains(
                ": topic telemetry.reports is not there, or not for this user to see, who may not"
                    + " create it; give this user the right");
      }
      assertThat(admin.listTopics().names().get()).isEmpty();
    }
  }
}
