package io.isotherm.launcher;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;

/**
 * A Kafka of several brokers as an operator has it: each node, broker and controller, a process of
 * its own that can be killed and started again; three replicas of everything, of which two must be
 * in sync.
 */
final class KafkaCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int HEAP_MEBIBYTES = 256;

  private final Path dir;
  private final List<Integer> ports = new ArrayList<>();
  private final List<Integer> controllerPorts = new ArrayList<>();
  private final Process[] nodes;
  private final Admin admin;

  /** Starts nodes 1 to {@code size}, and returns when all are there. */
  KafkaCluster(Path dir, int size) throws IOException {
    this.dir = dir;
    nodes = new Process[size];
    for (int node = 0; node < size; node++) {
      ports.add(freePort());
      controllerPorts.add(freePort());
    }
    String clusterId = Uuid.randomUuid().toString();
    for (int node = 1; node <= size; node++) {
      Path config = Files.writeString(config(node), settings(node));
      try (PrintStream silent =
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
        StorageTool.execute(
            new String[] {"format", "-t", clusterId, "-c", config.toString()}, silent);
      }
      start(node);
    }
    admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers()));
    await().atMost(PATIENCE).until(() -> admin.describeCluster().nodes().get().size() == size);
  }

  /** Where clients connect: all brokers, also those that are away. */
  String bootstrapServers() {
    return ports.stream().map(port -> "localhost:" + port).collect(Collectors.joining(","));
  }

  Admin admin() {
    return admin;
  }

  /** Starts a node with the data that it has. */
  void start(int node) throws IOException {
    nodes[node - 1] =
        ProgramProcess.of(HEAP_MEBIBYTES, "kafka.Kafka", List.of(config(node).toString()))
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(dir.resolve("node-" + node + ".log").toFile()))
            .start();
  }

  /** Kills a node as {@code kill -9} does. */
  void kill(int node) {
    nodes[node - 1].destroyForcibly().onExit().join();
  }

  /** What is known of all topics, Kafka's own among them. */
  Map<String, TopicDescription> topics() throws Exception {
    Set<String> names = admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get();
    return admin.describeTopics(names).allTopicNames().get();
  }

  /** Whether every partition of every topic has so many replicas in sync. */
  boolean inSync(int replicas) throws Exception {
    return topics().values().stream()
        .flatMap(topic -> topic.partitions().stream())
        .map(TopicPartitionInfo::isr)
        .allMatch(isr -> isr.size() == replicas);
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
    for (Process node : nodes) {
      node.destroyForcibly().onExit().join();
    }
  }

  private Path config(int node) {
    return dir.resolve("node-" + node + ".properties");
  }

  private String settings(int node) {
    List<String> voters = new ArrayList<>();
    for (int voter = 1; voter <= ports.size(); voter++) {
      voters.add(voter + "@localhost:" + controllerPorts.get(voter - 1));
    }
    String broker = "PLAINTEXT://localhost:" + ports.get(node - 1);
    return String.join(
        "\n",
        "process.roles=broker,controller",
        "node.id=" + node,
        "controller.quorum.voters=" + String.join(",", voters),
        "listeners=" + broker + ",CONTROLLER://localhost:" + controllerPorts.get(node - 1),
        "advertised.listeners=" + broker,
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names=CONTROLLER",
        "inter.broker.listener.name=PLAINTEXT",
        "log.dirs=" + dir.resolve("node-" + node),
        "auto.create.topics.enable=false",
        "default.replication.factor=3",
        "min.insync.replicas=2",
        "offsets.topic.replication.factor=3",
        "offsets.topic.num.partitions=4",
        "transaction.state.log.replication.factor=3",
        "transaction.state.log.min.isr=2",
        "transaction.state.log.num.partitions=4",
        // For three on one small machine, and no test waits for members that may still come.
        "group.initial.rebalance.delay.ms=0",
        "log.cleaner.dedupe.buffer.size=16777216",
        "log.index.size.max.bytes=1048576");
  }

  /**
   * A free port below those that a system gives to clients: while a node is away nobody else is to
   * get its port.
   */
  private int freePort() throws IOException {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("localhost"))) {
        if (!ports.contains(port) && !controllerPorts.contains(port)) {
          return socket.getLocalPort();
        }
      } catch (IOException e) {
        // Somebody has it.
      }
    }
  }
}
