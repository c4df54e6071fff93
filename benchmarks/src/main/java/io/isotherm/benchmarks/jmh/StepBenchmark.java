package io.isotherm.benchmarks.jmh;

import io.isotherm.core.IncidentEvent;
import io.isotherm.core.PodMonitor;
import io.isotherm.core.PodWindow;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The steps from a report's bytes to a durable window.
 *
 * <p>Every report is decoded into the same object as in the monitor, so a step that needs one is
 * measured together with decoding, and what it costs is the difference. Nine of a window's ten
 * seconds are measured; the first closes the window before.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class StepBenchmark {
  private static final int SAMPLES = PodReports.CHIPS * (PodReports.SECONDS - 1);

  /** Reports to read. */
  @State(Scope.Thread)
  public static class Input {
    /** Chips a report. */
    @Param({"1", "8", "64"})
    public int chips;

    @SuppressWarnings("NullAway.Init") // JMH calls the set-up
    PodReports reports;

    final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());

    /** Makes them. */
    @Setup(Level.Trial)
    public void make() {
      reports = new PodReports(chips, Path.of(System.getProperty("isotherm.root", ".")));
    }
  }

  /** A monitor that has taken reports for some windows. */
  public abstract static class Monitored implements PodMonitor.Output {
    @SuppressWarnings("NullAway.Init") // begin comes first
    PodMonitor monitor;

    @SuppressWarnings("NullAway.Init") // begin comes first
    PodReports reports;

    long windows;

    void begin(Input input) {
      reports = input.reports;
      monitor = reports.monitor();
      for (int i = 0; i < 3; i++) {
        accept(0, PodReports.SECONDS);
        reports.nextWindow();
      }
    }

    void accept(int from, int to) {
      for (int second = from; second < to; second++) {
        for (byte[] bytes : reports.second(second)) {
          take(bytes);
        }
      }
    }

    void take(byte[] bytes) {
      reports.read(bytes);
      monitor.accept(reports.report, this);
    }

    List<byte[]> writeDirtyPages() {
      List<byte[]> pages = new ArrayList<>();
      for (int page = 0; page < monitor.pages(); page++) {
        if (monitor.dirty(page)) {
          pages.add(monitor.writePage(page));
        }
      }
      return pages;
    }

    @Override
    public void window(PodWindow window) {
      windows++;
    }

    @Override
    public void incident(IncidentEvent event) {
      throw new IllegalStateException("a healthy pod has no incident: " + event.subject());
    }
  }

  /** Before the second second of a window. */
  @State(Scope.Thread)
  public static class Opened extends Monitored {
    /** Begins. */
    @Setup(Level.Trial)
    public void start(Input input) {
      begin(input);
    }

    /** Ends the window before and begins the next. */
    @Setup(Level.Invocation)
    public void open() {
      reports.nextWindow();
      accept(0, 1);
    }
  }

  /** Before the report that closes a window. */
  @State(Scope.Thread)
  public static class Ripe extends Monitored {
    byte[] last = {};

    /** Begins. */
    @Setup(Level.Trial)
    public void start(Input input) {
      begin(input);
      accept(0, 1);
    }

    /** Takes all reports of a window, and all of the next second but one. */
    @Setup(Level.Invocation)
    public void ripen() {
      accept(1, PodReports.SECONDS);
      reports.nextWindow();
      List<byte[]> next = reports.second(0);
      for (byte[] bytes : next.subList(0, next.size() - 1)) {
        take(bytes);
      }
      last = next.get(next.size() - 1);
      windows = 0;
    }
  }

  /** With every page dirty, as after a window's close. */
  @State(Scope.Thread)
  public static class Dirty extends Monitored {
    /** Begins. */
    @Setup(Level.Trial)
    public void start(Input input) {
      begin(input);
    }

    /** Goes on by a window. */
    @Setup(Level.Invocation)
    public void dirty() {
      accept(0, PodReports.SECONDS);
      reports.nextWindow();
    }
  }

  /** The pages of a pod, and a monitor to read them. */
  @State(Scope.Thread)
  public static class Stored extends Monitored {
    final List<byte[]> pages = new ArrayList<>();

    /** Writes them. */
    @Setup(Level.Trial)
    public void start(Input input) {
      begin(input);
      for (int page = 0; page < monitor.pages(); page++) {
        pages.add(monitor.writePage(page));
      }
    }
  }

  /** Bytes to {@code Report}. */
  @Benchmark
  @OperationsPerInvocation(SAMPLES)
  public long decode(Input input) {
    long sum = 0;
    for (int second = 1; second < PodReports.SECONDS; second++) {
      for (byte[] bytes : input.reports.second(second)) {
        input.reports.read(bytes);
        sum += input.reports.report.chipCount;
      }
    }
    return sum;
  }

  /** As {@link #decode}, and back to bytes. */
  @Benchmark
  @OperationsPerInvocation(SAMPLES)
  public long decodeAndEncode(Input input) {
    long sum = 0;
    for (int second = 1; second < PodReports.SECONDS; second++) {
      for (byte[] bytes : input.reports.second(second)) {
        input.reports.read(bytes);
        sum += input.writer.write(input.reports.report);
      }
    }
    return sum;
  }

  /** As {@link #decode}, and into the monitor. */
  @Benchmark
  @OperationsPerInvocation(SAMPLES)
  public PodMonitor decodeAndAccept(Opened pod) {
    pod.accept(1, PodReports.SECONDS);
    return pod.monitor;
  }

  /** Judging a window that is over; an operation is a chip. */
  @Benchmark
  @OperationsPerInvocation(PodReports.CHIPS)
  public long closeWindow(Ripe pod) {
    pod.take(pod.last);
    if (pod.windows != 1) {
      throw new IllegalStateException(pod.windows + " windows were closed, must be 1");
    }
    return pod.windows;
  }

  /** Writing the pages of a pod after a window; an operation is a chip. */
  @Benchmark
  @OperationsPerInvocation(PodReports.CHIPS)
  public List<byte[]> writePages(Dirty pod) {
    return pod.writeDirtyPages();
  }

  /** Reading the pages of a pod; an operation is a chip. */
  @Benchmark
  @OperationsPerInvocation(PodReports.CHIPS)
  public PodMonitor readPages(Stored pod) {
    PodMonitor monitor = pod.reports.monitor();
    for (int page = 0; page < pod.pages.size(); page++) {
      monitor.readPage(page, ByteBuffer.wrap(pod.pages.get(page)));
    }
    return monitor;
  }
}
