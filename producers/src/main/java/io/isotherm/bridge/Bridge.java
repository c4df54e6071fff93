package io.isotherm.bridge;

import io.isotherm.avro.PodTopology;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.producers.ClusterTopics;
import io.isotherm.producers.ReportProducerConfig;
import io.isotherm.readings.ReadingField;
import io.isotherm.schemas.Refusals;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks real exporters, round after round, and publishes a report of each board that answers.
 *
 * <p>The bridge is the agent: event time is its clock when the last exporter of a board has
 * answered, and reports are numbered by {@link RoundClock}. Boards are asked one after the other
 * through an interval, so that the load is even; one that has not answered when its turn comes
 * again is passed over. A board of which no exporter gives readings has no report, and so is
 * silent.
 */
public final class Bridge implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Bridge.class);

  /** Time between the announcement of the pods and the first report. */
  private static final long LEAD_MS = 2_000;

  /** Time until pods that could not be announced are tried again. */
  private static final long AGAIN_MS = 60_000;

  /** Boards whose exporters are asked at once in a check. */
  private static final int CHECKED_AT_ONCE = 64;

  /** How often a check that waits looks whether it is to stop. */
  private static final long LOOK_MS = 500;

  /** How long it may take to end: what is on its way is waited for so long, twice. */
  private static final Duration END = Duration.ofSeconds(5);

  private final ClusterPlan plan;
  private final List<Path> files;
  private final Duration interval;
  private final Duration timeout;
  private final SchemaIds ids;
  private final Map<String, Object> clientConfig;
  private final Consumer<Producer<?, ?>> opened;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final AtomicLong sendErrors = new AtomicLong();
  private final AtomicLong skippedRounds = new AtomicLong();
  private final Refusals refusals =
      new Refusals(log, "records", "they are lost", ReportProducerConfig.PATIENCE);
  private final Map<Long, Agent> agents = new HashMap<>();

  /** When pods were announced, by the clock that only goes forward, in nanoseconds. */
  private final Map<Integer, Long> announced = new HashMap<>();

  private long triedToAnnounce;
  private Map<Path, FileTime> read = Map.of();
  private volatile List<BridgedBoard> boards;
  private volatile BridgeStatus status;
  private volatile @Nullable Throwable failure;

  // What follows belongs to the thread that makes reports.
  private final Report report = new Report();
  private final Outages outages = new Outages();
  private final Set<String> silent = new HashSet<>();
  private long scrapes;
  private long failedScrapes;
  private long reports;

  /** What is known of a board from round to round, while the same exporters speak of it. */
  private static final class Agent {
    final List<String> asked;
    final long agentMs;
    final LinkNews links = new LinkNews();

    /** Whether a round has begun that is not over. */
    volatile boolean busy;

    Agent(BridgedBoard board) {
      asked = board.asked();
      agentMs = board.agentMs();
    }
  }

  /**
   * @param plan what the pods are made of
   * @param files which exporters speak of which boards, in the form of Prometheus' {@code
   *     file_sd_configs}; read again when they change
   * @param interval time between two reports of a board
   * @param timeout how long an exporter may take to answer
   * @param clientConfig settings for Kafka's clients, bootstrap servers among them
   * @param opened is shown the producer as soon as there is one, to measure it
   * @throws BridgeException if a file cannot be used; the message says which, where and why
   */
  public Bridge(
      ClusterPlan plan,
      List<Path> files,
      Duration interval,
      Duration timeout,
      SchemaIds ids,
      Map<String, Object> clientConfig,
      Consumer<Producer<?, ?>> opened) {
    this.plan = plan;
    this.files = List.copyOf(files);
    this.interval = interval;
    this.timeout = timeout;
    this.ids = ids;
    this.clientConfig = Map.copyOf(clientConfig);
    this.opened = opened;
    triedToAnnounce = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(AGAIN_MS);
    read = changes();
    boards = Targets.read(this.files, plan);
    status = new BridgeStatus(boards.size(), 0, urls().size(), 0, 0, 0, 0, 0, 0);
  }

  /** How it is doing. Safe to ask from any thread. */
  public BridgeStatus status() {
    return status;
  }

  /** Boards of the pods that have exporters of which no exporter speaks: they count as silent. */
  public long boardsWithoutExporter() {
    return pods().stream().mapToLong(p -> plan.pods().get(p).boards()).sum() - boards.size();
  }

  /** Those boards by their paths, consecutive ones of a pod together, in order. */
  public List<String> pathsWithoutExporter() {
    Map<Integer, BitSet> known = new TreeMap<>();
    boards.forEach(b -> known.computeIfAbsent(b.pod(), pod -> new BitSet()).set(b.board()));
    List<String> paths = new ArrayList<>();
    known.forEach(
        (number, of) -> {
          PodLayout pod = plan.pods().get(number);
          for (int from = of.nextClearBit(0); from < pod.boards(); ) {
            int next = of.nextSetBit(from);
            int end = next < 0 ? pod.boards() : next;
            paths.add(pod.boardRange(from, end - from));
            from = of.nextClearBit(end);
          }
        });
    return paths;
  }

  /** Pods of the plan of which no exporter speaks: nothing is said of them. */
  public List<String> podsWithoutExporter() {
    Collection<Integer> known = pods();
    return IntStream.range(0, plan.pods().size())
        .filter(pod -> !known.contains(pod))
        .mapToObj(pod -> plan.pods().get(pod).pod())
        .toList();
  }

  /** Ends {@link #run}. Safe to call from any thread, also more than once. */
  public void stop() {
    stop.countDown();
  }

  /** The same as {@link #stop}. */
  @Override
  public void close() {
    stop();
  }

  /**
   * Creates the topics that are missing, announces the pods that are new, and reports until it is
   * closed.
   *
   * @param durationMs time to report for in milliseconds; {@link Long#MAX_VALUE} for no end
   * @throws KafkaException if Kafka cannot be reached; the message says what to do
   */
  public void run(long durationMs) throws InterruptedException {
    ClusterTopics.create(clientConfig, List.of(Topics.REPORTS, Topics.PODS));
    ExecutorService maker = Executors.newSingleThreadExecutor(task -> new Thread(task, "reports"));
    try (Producer<byte[], byte[]> producer =
            new KafkaProducer<>(
                ReportProducerConfig.live(clientConfig),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        Scraper scraper = new Scraper(timeout)) {
      opened.accept(producer);
      announce(producer, pods());
      try {
        if (waitFor(LEAD_MS)) {
          rounds(scraper, new Publisher(producer), maker, durationMs);
        }
      } finally {
        end(maker, producer);
      }
    }
    Throwable t = failure;
    if (t != null) {
      throw new IllegalStateException("no more reports can be made: " + t, t);
    }
  }

  /** Ends within ten seconds, also without Kafka. */
  private void end(ExecutorService maker, Producer<byte[], byte[]> producer)
      throws InterruptedException {
    maker.shutdown();
    if (!maker.awaitTermination(END.toMillis(), TimeUnit.MILLISECONDS)) {
      maker.shutdownNow();
    }
    producer.close(END);
    if (maker.isTerminated()) {
      publishStatus();
    }
  }

  private void announce(Producer<byte[], byte[]> producer, Collection<Integer> pods)
      throws InterruptedException {
    long nowMs = System.currentTimeMillis();
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (PodTopology topology : Announcement.of(plan, pods, nowMs + LEAD_MS, ids, clientConfig)) {
      sent.add(
          producer.send(
              new ProducerRecord<>(
                  Topics.PODS.name(),
                  null,
                  nowMs,
                  key(topology.getPod()),
                  Topics.PODS
                      .valueSerde(ids)
                      .serializer()
                      .serialize(Topics.PODS.name(), topology))));
    }
    producer.flush();
    for (Future<RecordMetadata> record : sent) {
      try {
        var unused = record.get();
      } catch (ExecutionException e) {
        throw new KafkaException(
            "cannot announce pods in %s: %s".formatted(Topics.PODS.name(), e.getCause()), e);
      }
    }
    pods.forEach(pod -> announced.put(pod, System.nanoTime()));
  }

  private static byte[] key(String pod) {
    return Topics.PODS.keySerde().serializer().serialize("", pod);
  }

  private void rounds(Scraper scraper, Publisher to, ExecutorService maker, long durationMs)
      throws InterruptedException {
    long every = interval.toMillis();
    long begun = System.nanoTime();
    RoundClock clock = new RoundClock(every);
    while (true) {
      RoundClock.Round round = clock.next(System.currentTimeMillis());
      if (!waitFor(round.inMs()) || millisSince(begun) >= durationMs) {
        return;
      }
      long roundBegun = System.nanoTime();
      readAgain();
      announceNew(to.producer);
      List<BridgedBoard> all = boards.stream().filter(b -> isKnown(b.pod())).toList();
      for (int i = 0; i < all.size(); i++) {
        if (!waitFor(every * i / all.size() - millisSince(roundBegun))) {
          return;
        }
        ask(all.get(i), round, scraper, to, maker);
      }
      maker.execute(this::endOfRound);
    }
  }

  private void ask(
      BridgedBoard board,
      RoundClock.Round round,
      Scraper scraper,
      Publisher to,
      ExecutorService maker) {
    Agent agent = agentOf(board);
    if (agent.busy) {
      skippedRounds.incrementAndGet();
      return;
    }
    agent.busy = true;
    var unused =
        scraper
            .scrape(board)
            .thenAcceptAsync(answers -> finish(board, agent, round, answers, to), maker)
            .whenComplete((done, thrown) -> failed(thrown));
  }

  /** Other exporters have other counters, so a board that gets some has another agent. */
  private Agent agentOf(BridgedBoard board) {
    Agent known = agents.get(place(board));
    if (known != null && known.asked.equals(board.asked())) {
      return known;
    }
    Agent agent = new Agent(board);
    agents.put(place(board), agent);
    return agent;
  }

  /** Out of memory, for instance, ends the bridge and not only a report. */
  private void failed(@Nullable Throwable thrown) {
    Throwable t = thrown instanceof CompletionException e ? e.getCause() : thrown;
    if (t != null && !(t instanceof RejectedExecutionException)) {
      failure = t;
      stop();
    }
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }

  private static long place(BridgedBoard board) {
    return (long) board.pod() << 32 | board.board();
  }

  /** Takes files of targets that have changed; one that cannot be used changes nothing. */
  private void readAgain() {
    Map<Path, FileTime> now = changes();
    if (now.equals(read)) {
      return;
    }
    read = now;
    try {
      boards = Targets.read(files, plan);
      log.info("{} boards with {} exporters now", boards.size(), urls().size());
    } catch (RuntimeException e) {
      log.error("the targets stay what they were: {}", e.getMessage());
    }
  }

  /** Announces pods that have got their first target; tries again once a minute. */
  private void announceNew(Producer<byte[], byte[]> producer) throws InterruptedException {
    Collection<Integer> missing = pods();
    missing.removeAll(announced.keySet());
    if (missing.isEmpty() || millisSince(triedToAnnounce) < AGAIN_MS) {
      return;
    }
    try {
      announce(producer, missing);
    } catch (KafkaException e) {
      log.error("cannot announce new pods, and will try again: {}", e.getMessage());
      triedToAnnounce = System.nanoTime();
    }
  }

  /** Whether monitors must know a pod by now. */
  private boolean isKnown(int pod) {
    Long since = announced.get(pod);
    return since != null && millisSince(since) >= LEAD_MS;
  }

  private Map<Path, FileTime> changes() {
    Map<Path, FileTime> times = new HashMap<>();
    for (Path file : files) {
      try {
        times.put(file, Files.getLastModifiedTime(file));
      } catch (IOException e) {
        // A file that is being replaced is there in the next round.
        times.put(file, read.getOrDefault(file, FileTime.fromMillis(0)));
      }
    }
    return times;
  }

  /** Numbers of the pods that have exporters. */
  private Collection<Integer> pods() {
    Set<Integer> pods = new TreeSet<>();
    boards.forEach(board -> pods.add(board.pod()));
    return pods;
  }

  private Set<URI> urls() {
    Set<URI> urls = new HashSet<>();
    boards.forEach(board -> board.exporters().forEach(e -> urls.add(e.url())));
    return urls;
  }

  private void finish(
      BridgedBoard board,
      Agent agent,
      RoundClock.Round round,
      Scraper.Answers answers,
      Publisher to) {
    try {
      BoardReadings readings = new BoardReadings();
      List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> links = new ArrayList<>();
      PodLayout layout = plan.pods().get(board.pod());
      for (Scraper.Answer answer : answers.all()) {
        BoardReadings own = new BoardReadings();
        String why = Answers.take(answer, layout, answers.timeMs(), own);
        outages.answered(board, answer.exporter().url(), why);
        scrapes += why == null ? 1 : 0;
        failedScrapes += why == null ? 0 : 1;
        readings.addAll(own);
        links.add(own.links());
      }
      outages.complained(board, readings.complaints());
      if (readings.isEmpty()) {
        silent.add(board.path());
        return;
      }
      silent.remove(board.path());
      SortedMap<PartOfBoard, Map<ReadingField, Long>> news =
          agent.links.tell(links, TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
      // One that tells of nothing says that the board lives.
      report.clear();
      readings.fillChips(report);
      if (news != null) {
        BoardReadings.fillLinks(report, news);
      }
      to.send(board, layout, agent.agentMs, round, answers.timeMs());
    } catch (RuntimeException e) {
      log.error("no report of {}", board.path(), e);
    } finally {
      agent.busy = false;
    }
  }

  private void publishStatus() {
    Set<URI> urls = urls();
    outages.keep(urls);
    silent.retainAll(boards.stream().map(BridgedBoard::path).toList());
    status =
        new BridgeStatus(
            boards.size(),
            silent.size(),
            urls.size(),
            outages.failing(),
            scrapes,
            failedScrapes,
            skippedRounds.get(),
            reports,
            sendErrors.get());
  }

  /** Makes records of reports. */
  private final class Publisher {
    private final Producer<byte[], byte[]> producer;
    private final ReportWriter writer = new ReportWriter(ids);

    Publisher(Producer<byte[], byte[]> producer) {
      this.producer = producer;
    }

    void send(
        BridgedBoard board, PodLayout layout, long agentMs, RoundClock.Round round, long nowMs) {
      report.pod = layout.pod();
      report.cabinet = layout.cabinetOfBoard(board.board());
      report.board = board.board() % layout.boardsPerCabinet();
      report.agentStartMs = agentMs + round.agentStartMs();
      report.sequence = round.number();
      report.timeMs = nowMs;
      Bridge.this.send(
          producer,
          new ProducerRecord<>(
              Topics.REPORTS.name(), null, nowMs, key(report.pod), writer.toBytes(report)));
    }
  }

  private void send(Producer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record) {
    try {
      var unused = producer.send(record, this::taken);
      reports++;
    } catch (TimeoutException | InterruptException e) {
      taken(null, e);
    } catch (KafkaException e) {
      // What is wrong now stays wrong: this producer sends nothing any more.
      failed(e);
    }
  }

  private void taken(@Nullable RecordMetadata metadata, @Nullable Exception why) {
    if (why != null) {
      sendErrors.incrementAndGet();
    }
    refusals.took(why);
  }

  private void endOfRound() {
    outages.endOfRound();
    refusals.endOfRound(System.nanoTime());
    publishStatus();
  }

  /** Waits; false if it is to stop. */
  private boolean waitFor(long ms) throws InterruptedException {
    return ms <= 0 ? stop.getCount() > 0 : !stop.await(ms, TimeUnit.MILLISECONDS);
  }

  /**
   * What exporters answer now, for who wants to see it before anything is published.
   *
   * @param to gets the answers as they come, board by board
   * @param stopped whether to stop, also while an answer is waited for; looked at every 500 ms or
   *     more often
   * @return whether all answers were waited for
   * @throws BridgeException if a file cannot be used; the message says which, where and why
   */
  public static boolean check(
      ClusterPlan plan,
      List<Path> files,
      Duration timeout,
      Consumer<CheckedExporter> to,
      BooleanSupplier stopped) {
    List<BridgedBoard> boards = Targets.read(files, plan);
    try (Scraper scraper = new Scraper(timeout)) {
      for (int from = 0; from < boards.size(); from += CHECKED_AT_ONCE) {
        if (stopped.getAsBoolean()) {
          return false;
        }
        List<BridgedBoard> some =
            boards.subList(from, Math.min(boards.size(), from + CHECKED_AT_ONCE));
        List<CompletableFuture<Scraper.Answers>> all = some.stream().map(scraper::scrape).toList();
        for (int i = 0; i < some.size(); i++) {
          PodLayout layout = plan.pods().get(some.get(i).pod());
          Scraper.@Nullable Answers answers = null;
          while (answers == null) {
            if (stopped.getAsBoolean()) {
              return false;
            }
            answers =
                all.get(i).copy().completeOnTimeout(null, LOOK_MS, TimeUnit.MILLISECONDS).join();
          }
          for (Scraper.Answer answer : answers.all()) {
            to.accept(Answers.check(some.get(i), answer, layout, answers.timeMs()));
          }
        }
      }
    }
    return true;
  }
}
