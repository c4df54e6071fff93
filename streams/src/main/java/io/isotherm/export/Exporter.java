package io.isotherm.export;

import io.isotherm.schemas.BundledRegistry;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.UnusableKafkaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Serves the results of the monitors over HTTP, from their topics. */
public final class Exporter implements AutoCloseable {
  /** Port unless told otherwise. */
  public static final int DEFAULT_PORT = 9464;

  /** Series of a cluster of one pod unless told otherwise. */
  public static final int DEFAULT_SERIES_BUDGET = 1000;

  private static final String REGISTRY = "/registry";
  private static final Duration REACH_TIMEOUT = Duration.ofSeconds(10);

  private final ResultReader reader;
  private final ProcessMeters meters;
  private final HttpEndpoint endpoint;

  private Exporter(ResultReader reader, ProcessMeters meters, HttpEndpoint endpoint) {
    this.reader = reader;
    this.meters = meters;
    this.endpoint = endpoint;
  }

  /**
   * Asks the brokers whether they are there, opens the port and begins to read.
   *
   * @param clientConfig settings of the Kafka client, the brokers among them
   * @param at what to listen on; port 0 is any free one
   * @param seriesBudget series of a cluster of one pod
   * @param version version of Isotherm, to show
   * @param hosts which hosts boards are
   * @throws IOException if the brokers do not answer or the port cannot be opened; the message says
   *     what to do
   */
  public static Exporter start(
      Map<String, Object> clientConfig,
      SchemaIds ids,
      InetSocketAddress at,
      int seriesBudget,
      String version,
      HostNames hosts)
      throws IOException {
    Map<String, Object> config = new TreeMap<>(clientConfig);
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    config.put(ConsumerConfig.CLIENT_ID_CONFIG, "isotherm-export");
    String brokers = String.valueOf(config.get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG));
    KafkaConsumer<byte[], byte[]> consumer = connect(config);
    ProcessMeters meters = new ProcessMeters();
    meters.watch(consumer);
    InstantSource clock = InstantSource.system();
    ClusterMetrics metrics = new ClusterMetrics(seriesBudget, version, hosts);
    Rehearsal rehearsal = new Rehearsal(view -> metrics.collect(view, clock.millis()).reply(""));
    ResultReader reader = new ResultReader(consumer, brokers, ids, clock, rehearsal);
    try {
      HttpEndpoint.Builder routes =
          routes(reader, metrics, hosts, clock)
              .at(ProcessMeters.PATH, "meters of this process", meters::answer);
      if (ids instanceof SchemaHistory history) {
        // With a registry the ids in the topics are the registry's, and these would mislead.
        registry(routes, history);
      }
      HttpEndpoint endpoint = routes.start(at);
      reader.start();
      return new Exporter(reader, meters, endpoint);
    } catch (IOException e) {
      meters.close();
      consumer.close();
      throw e;
    }
  }

  /** The meters of this process, for other parts that run in it. */
  public ProcessMeters meters() {
    return meters;
  }

  private static KafkaConsumer<byte[], byte[]> connect(Map<String, Object> config)
      throws IOException {
    @Nullable KafkaConsumer<byte[], byte[]> consumer = null;
    try {
      consumer =
          new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      consumer.listTopics(REACH_TIMEOUT);
      return consumer;
    } catch (KafkaException e) {
      if (consumer != null) {
        consumer.close(CloseOptions.timeout(Duration.ZERO));
      }
      throw new IOException(new UnusableKafkaException(config, REACH_TIMEOUT, e).getMessage(), e);
    }
  }

  static void registry(HttpEndpoint.Builder routes, SchemaHistory history) {
    BundledRegistry registry = new BundledRegistry(history);
    routes.anyMethodBelow(
        REGISTRY,
        "the bundled schemas as a schema registry, read only",
        call -> {
          BundledRegistry.Answer answer =
              registry.answer(
                  call.method(), call.rawPath().substring(REGISTRY.length()), call.body());
          return new Reply(
              answer.status(),
              BundledRegistry.CONTENT_TYPE,
              answer.body().getBytes(StandardCharsets.UTF_8));
        });
  }

  static HttpEndpoint.Builder routes(
      ResultReader reader, ClusterMetrics metrics, HostNames hosts, InstantSource clock) {
    ClusterApi api = new ClusterApi(hosts);
    Reply console = Reply.html(console());
    return HttpEndpoint.titled("Isotherm")
        .at("/", "the console", call -> console)
        .at(
            "/metrics",
            "results of the cluster for Prometheus",
            call ->
                nothingShown(reader)
                    .map(why -> Reply.text(503, why))
                    .orElseGet(
                        () -> metrics.collect(reader.view(), clock.millis()).reply(call.accept())))
        .at(
            "/live",
            "whether this process reads",
            call -> reader.failure().map(f -> Reply.text(503, f)).orElse(Reply.text(200, "live")))
        .at(
            "/ready",
            "whether the results are fresh",
            call ->
                notReady(reader, clock.millis())
                    .map(reason -> Reply.text(503, reason))
                    .orElse(Reply.text(200, "ready")))
        .at(
            "/api/v1/status",
            "the cluster as JSON",
            c -> {
              long now = clock.millis();
              return api.status(reader.view(), notReady(reader, now), now);
            })
        .below(
            "/api/v1/pods",
            "pods as JSON; one with its chips below",
            c -> c.tail().isEmpty() ? api.pods(reader.view()) : api.pod(reader.view(), c.tail()))
        .at(
            "/api/v1/incidents",
            "open incidents as JSON; with ?all the resolved too",
            c -> api.incidents(reader.view(), c.query().containsKey("all")));
  }

  private static Optional<String> notReady(ResultReader reader, long nowMs) {
    return reader
        .failure()
        .or(reader::trouble)
        .or(reader::unread)
        .or(() -> reader.view().notReady(nowMs));
  }

  /**
   * Why there is nothing to show yet. A page without incidents would say that all is well, and
   * counters that climb from nothing would look like a burst.
   */
  private static Optional<String> nothingShown(ResultReader reader) {
    return reader.unread().isEmpty()
        ? Optional.empty()
        : reader.failure().or(reader::trouble).or(reader::unread);
  }

  private static String console() {
    try (InputStream in = Exporter.class.getResourceAsStream("console.html")) {
      if (in == null) {
        throw new IllegalStateException("resource console.html is missing from this build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read resource console.html", e);
    }
  }

  /** The port that is open. */
  public int port() {
    return endpoint.port();
  }

  /** Why it cannot go on, in one line; null while it can. */
  public @Nullable String failure() {
    return reader.failure().orElse(null);
  }

  /** Waits until it has read what there is and shows it, or the time is over. */
  public void awaitResults(Duration atMost) throws InterruptedException {
    reader.awaitView(atMost);
  }

  /** Closes the port and stops reading. */
  @Override
  public void close() {
    endpoint.close();
    meters.close();
    reader.close();
  }
}
