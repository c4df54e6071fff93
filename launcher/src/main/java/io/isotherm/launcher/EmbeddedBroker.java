package io.isotherm.launcher;

import io.isotherm.export.PortFailure;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kafka broker in this process: one node that is broker and controller, on the loopback
 * interface, small in threads, files and disk. Topics are not made by use.
 */
final class EmbeddedBroker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
  private static final String HOST = "localhost";
  private static final int NODE = 1;

  /** How the names of temporary directories for data begin. */
  private static final String TEMPORARY = "isotherm-broker-";

  /** Unchanged for so long, temporary data are of no broker that runs: it writes every minute. */
  private static final Duration ABANDONED_AFTER = Duration.ofMinutes(10);

  /** Ports that brokers of this process were given. */
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  /** Bounds the disk: a partition keeps this much and at most one more segment. */
  private static final long RETENTION_BYTES = 64L << 20;

  private static final int SEGMENT_BYTES = 16 << 20;

  private final KafkaRaftServer server;
  private final int port;
  private final Path dataDir;
  private final boolean temporary;

  private EmbeddedBroker(KafkaRaftServer server, int port, Path dataDir, boolean temporary) {
    this.server = server;
    this.port = port;
    this.dataDir = dataDir;
    this.temporary = temporary;
  }

  /**
   * Starts a broker, whose port the option {@code --port} gives, and returns when clients can use
   * it.
   *
   * @param port port to listen on, 0 for a free one
   * @param dataDir where the data are kept, and found again; null for a temporary directory that is
   *     deleted when the broker is closed
   * @throws IOException if the port or the directory cannot be used; the message says so
   */
  static EmbeddedBroker start(int port, @Nullable Path dataDir) throws IOException {
    return start(port, "--port", dataDir);
  }

  /**
   * Starts a broker and returns when clients can use it.
   *
   * @param port port to listen on, 0 for a free one
   * @param option the option that gives the port
   * @param dataDir where the data are kept, and found again; null for a temporary directory that is
   *     deleted when the broker is closed
   * @throws IOException if the port or the directory cannot be used; the message says so
   */
  static EmbeddedBroker start(int port, String option, @Nullable Path dataDir) throws IOException {
    return start(port, option, dataDir, Map.of());
  }

  /**
   * As {@link #start(int, String, Path)}, with more of the broker's settings, or others.
   *
   * @throws IOException if the port or the directory cannot be used; the message says so
   */
  static EmbeddedBroker start(
      int port, String option, @Nullable Path dataDir, Map<String, String> more)
      throws IOException {
    int brokerPort = port == 0 ? freePort() : port;
    GIVEN.add(brokerPort);
    checkFree(brokerPort, option);
    boolean temporary = dataDir == null;
    Path dir =
        dataDir == null ? createTemporary() : Files.createDirectories(dataDir.toAbsolutePath());
    try {
      checkUnused(dir);
      int controllerPort = freePort();
      format(dir);
      Map<String, String> config = config(brokerPort, controllerPort, dir);
      config.putAll(more);
      KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(config, false), Time.SYSTEM);
      server.startup();
      LOG.info("Kafka broker on {}:{}, data in {}", HOST, brokerPort, dir);
      return new EmbeddedBroker(server, brokerPort, dir, temporary);
    } catch (RuntimeException | IOException e) {
      if (temporary) {
        delete(dir);
      }
      throw e;
    }
  }

  /** Where clients connect. */
  String bootstrapServer() {
    return HOST + ":" + port;
  }

  /** Where the data are. */
  Path dataDir() {
    return dataDir;
  }

  /** Stops the broker, waits for it, and deletes its data if they are temporary. */
  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
    if (temporary) {
      try {
        delete(dataDir);
      } catch (IOException e) {
        LOG.warn("cannot delete the broker's data in {}: {}", dataDir, e.toString());
      }
    }
  }

  private static void format(Path dir) throws IOException {
    if (Files.exists(dir.resolve("meta.properties"))) {
      return;
    }
    try (PrintStream silent =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
      new Formatter()
          .setPrintStream(silent)
          .setNodeId(NODE)
          .setClusterId(Uuid.randomUuid().toString())
          .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
          .setControllerListenerName("CONTROLLER")
          .setMetadataLogDirectory(dir.toString())
          .addDirectory(dir.toString())
          .run();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("cannot format the broker's directory %s".formatted(dir), e);
    }
  }

  private static Map<String, String> config(int brokerPort, int controllerPort, Path dir) {
    Map<String, String> config = new HashMap<>();
    config.put("process.roles", "broker,controller");
    config.put("node.id", String.valueOf(NODE));
    config.put("controller.quorum.voters", NODE + "@" + HOST + ":" + controllerPort);
    config.put(
        "listeners",
        "PLAINTEXT://%s:%d,CONTROLLER://%s:%d".formatted(HOST, brokerPort, HOST, controllerPort));
    config.put("advertised.listeners", "PLAINTEXT://%s:%d".formatted(HOST, brokerPort));
    config.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    config.put("controller.listener.names", "CONTROLLER");
    config.put("inter.broker.listener.name", "PLAINTEXT");
    config.put("log.dirs", dir.toString());
    config.put("auto.create.topics.enable", String.valueOf(false));

    config.put("default.replication.factor", String.valueOf(1));
    config.put("offsets.topic.replication.factor", String.valueOf(1));
    config.put("offsets.topic.num.partitions", String.valueOf(4));
    config.put("transaction.state.log.replication.factor", String.valueOf(1));
    config.put("transaction.state.log.min.isr", String.valueOf(1));
    config.put("transaction.state.log.num.partitions", String.valueOf(4));
    config.put("share.coordinator.state.topic.replication.factor", String.valueOf(1));
    config.put("share.coordinator.state.topic.min.isr", String.valueOf(1));
    config.put("share.coordinator.state.topic.num.partitions", String.valueOf(1));
    config.put("group.initial.rebalance.delay.ms", String.valueOf(0));

    config.put("num.network.threads", String.valueOf(2));
    config.put("num.io.threads", String.valueOf(3));
    config.put("num.replica.fetchers", String.valueOf(1));
    config.put("background.threads", String.valueOf(2));
    config.put("num.recovery.threads.per.data.dir", String.valueOf(1));
    config.put("log.cleaner.dedupe.buffer.size", String.valueOf(16L << 20));

    config.put("log.segment.bytes", String.valueOf(SEGMENT_BYTES));
    config.put("log.retention.bytes", String.valueOf(RETENTION_BYTES));
    config.put("log.retention.check.interval.ms", String.valueOf(30_000L));
    config.put("log.segment.delete.delay.ms", String.valueOf(5_000L));
    config.put("log.preallocate", String.valueOf(false));
    config.put("log.index.size.max.bytes", String.valueOf(1 << 20));
    config.put("offsets.topic.segment.bytes", String.valueOf(4 << 20));
    config.put("transaction.state.log.segment.bytes", String.valueOf(4 << 20));
    config.put("metadata.log.segment.bytes", String.valueOf(8 << 20));
    config.put("metadata.max.retention.bytes", String.valueOf(32L << 20));
    return config;
  }

  /** A free port. The system may name one twice before somebody listens there; this does not. */
  private static int freePort() throws IOException {
    int port;
    do {
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
        port = socket.getLocalPort();
      }
    } while (!GIVEN.add(port));
    return port;
  }

  /**
   * Kafka itself ends the whole process with a long stack trace when its port is taken, so ask
   * before.
   */
  private static void checkFree(int port, String option) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(HOST, port));
    } catch (IOException e) {
      throw PortFailure.of(port, e, option);
    }
  }

  /** Likewise: Kafka says that a lock cannot be had, with a stack trace, and whose it is not. */
  private static void checkUnused(Path dir) throws IOException {
    try (FileChannel file =
            FileChannel.open(
                dir.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = file.tryLock()) {
      if (lock != null) {
        return;
      }
    } catch (OverlappingFileLockException e) {
      // A broker of this very process has it.
    }
    throw new IOException(
        "another broker has its data in %s; stop it or give another --data-dir".formatted(dir));
  }

  /** Makes a temporary directory for data, where those that nobody uses any more are deleted. */
  private static Path createTemporary() throws IOException {
    Path dir = Files.createTempDirectory(TEMPORARY);
    Path parent = dir.toAbsolutePath().getParent();
    if (parent != null) {
      deleteAbandoned(parent, Files.getOwner(dir), Instant.now());
    }
    return dir;
  }

  /**
   * Deletes the temporary data of brokers whose processes were killed. Those of one that runs are
   * locked, and change every minute.
   *
   * @param parent directory of temporary directories
   * @param owner whose data are deleted, and nobody else's
   */
  static void deleteAbandoned(Path parent, UserPrincipal owner, Instant now) {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(parent, TEMPORARY + "*")) {
      for (Path dir : all) {
        deleteIfAbandoned(dir, owner, now);
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.debug("cannot look for data of brokers that were killed: {}", e.toString());
    }
  }

  private static void deleteIfAbandoned(Path dir, UserPrincipal owner, Instant now) {
    try {
      if (Files.isDirectory(dir, LinkOption.NOFOLLOW_LINKS)
          && Files.getOwner(dir, LinkOption.NOFOLLOW_LINKS).equals(owner)
          && Files.getLastModifiedTime(dir).toInstant().isBefore(now.minus(ABANDONED_AFTER))) {
        checkUnused(dir);
        delete(dir);
        LOG.info("deleted {}, which a broker that was killed has left", dir);
      }
    } catch (IOException e) {
      LOG.debug("{} stays: {}", dir, e.toString());
    }
  }

  private static void delete(Path dir) throws IOException {
    Files.walkFileTree(
        dir,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path d, @Nullable IOException e)
              throws IOException {
            Files.deleteIfExists(d);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
