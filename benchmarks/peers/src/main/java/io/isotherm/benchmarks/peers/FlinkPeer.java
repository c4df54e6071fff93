package io.isotherm.benchmarks.peers;

import io.isotherm.benchmarks.Answer;
import io.isotherm.benchmarks.JobRun;
import io.isotherm.model.Report;
import java.time.Duration;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * The answer as the guides of Flink's DataStream API teach it: reports become one element for each
 * chip and one for each link. Chips, cabinets and pods each have a keyed window of event time with
 * an incremental aggregate, whose result feeds the next. A chip has the newest readings of its
 * ports as keyed state, and what the next one adds to it feeds a window of its pod.
 */
public final class FlinkPeer {
  private static final TypeInformation<ChipReading> READING =
      new Elements<>(ChipReading.class, ChipReading::new);
  private static final TypeInformation<LinkReading> LINK =
      new Elements<>(LinkReading.class, LinkReading::new);
  private static final TypeInformation<LinkChange> CHANGE =
      new Elements<>(LinkChange.class, LinkChange::new);
  private static final TypeInformation<CabinetWindow> CABINET =
      TypeInformation.of(CabinetWindow.class);
  private static final TypeInformation<PodAnswer> POD = TypeInformation.of(PodAnswer.class);
  private static final TypeInformation<Place> PLACE = TypeInformation.of(Place.class);

  private FlinkPeer() {}

  /** Runs the job until it has given all answers. */
  public static void main(String[] args) throws Exception {
    FlinkRun flink = new FlinkRun(JobRun.of(args));
    Duration size = Duration.ofMillis(Windows.SIZE_MS);
    TumblingEventTimeWindows windows = TumblingEventTimeWindows.of(size);
    DataStream<RawReport> reports = flink.reports();
    DataStream<ChipReading> chips =
        reports
            .flatMap(new Chips(), READING)
            .name("explode-chips")
            .keyBy(chip -> Place.chip(chip), PLACE)
            .window(windows)
            .aggregate(
                new OfChip(),
                new ChipMean(),
                TypeInformation.of(ChipTotals.class),
                TypeInformation.of(ChipTotals.class),
                READING)
            .name("chips");
    DataStream<CabinetWindow> cabinets =
        chips
            .keyBy(Place::cabinet, PLACE)
            .window(windows)
            .aggregate(
                new OfCabinet(),
                new CabinetOut(),
                TypeInformation.of(CabinetTotals.class),
                TypeInformation.of(CabinetTotals.class),
                CABINET)
            .name("cabinets");
    DataStream<PodAnswer> pods =
        cabinets
            .keyBy(cabinet -> Place.pod(cabinet.pod()), PLACE)
            .window(windows)
            .aggregate(
                new OfPod(),
                new PodOut(),
                TypeInformation.of(PodTotals.class),
                TypeInformation.of(PodTotals.class),
                POD)
            .name("pods");
    DataStream<PodAnswer> links =
        reports
            .flatMap(new Links(), LINK)
            .name("explode-links")
            .keyBy(link -> Place.chip(link), PLACE)
            .process(new PortFunction(), CHANGE)
            .name("ports")
            .keyBy(LinkChange::pod, Types.STRING)
            .window(TumblingEventTimeWindows.of(size, Duration.ofMillis(Answer.LINKS_LATER_MS)))
            .aggregate(
                new OfLinks(),
                new LinksOut(),
                TypeInformation.of(LinkTotals.class),
                TypeInformation.of(LinkTotals.class),
                POD)
            .name("links");
    flink.finish(pods.union(links));
  }

  /** Gives out the chips of a report, all in the same object. */
  private static final class Chips extends RichFlatMapFunction<RawReport, ChipReading> {
    private static final long serialVersionUID = 1;

    private transient @Nullable Intake intake;
    private transient @Nullable ChipReading reading;

    @Override
    public void open(OpenContext context) {
      intake = new Intake();
      reading = new ChipReading();
    }

    @Override
    public void flatMap(RawReport raw, Collector<ChipReading> out) {
      if (intake == null || reading == null) {
        throw new IllegalStateException("not opened");
      }
      Report r = raw.report(intake);
      for (int i = 0; i < r.chipCount; i++) {
        reading.at(raw.podName(), r.cabinet, r.board, r.chip[i]);
        reading.temperature = r.temperature[i];
        reading.power = r.power[i];
        reading.utilization = r.utilization[i];
        out.collect(reading);
      }
    }
  }

  /** Gives out the links of a report, all in the same object. */
  private static final class Links extends RichFlatMapFunction<RawReport, LinkReading> {
    private static final long serialVersionUID = 1;

    private transient @Nullable Intake intake;
    private transient @Nullable LinkReading reading;

    @Override
    public void open(OpenContext context) {
      intake = new Intake();
      reading = new LinkReading();
    }

    @Override
    public void flatMap(RawReport raw, Collector<LinkReading> out) {
      if (intake == null || reading == null) {
        throw new IllegalStateException("not opened");
      }
      Report r = raw.report(intake);
      for (int i = 0; i < r.linkCount; i++) {
        reading.take(raw.podName(), r, i);
        out.collect(reading);
      }
    }
  }

  /** Sums up elements; what subclasses say is where the sums begin and what an element adds. */
  private abstract static class Summing<I, T extends Totals<T>>
      implements AggregateFunction<I, T, T> {
    private static final long serialVersionUID = 1;

    @Override
    public final T getResult(T totals) {
      return totals;
    }

    @Override
    public final T merge(T a, T b) {
      a.add(b);
      return a;
    }
  }

  private static final class OfChip extends Summing<ChipReading, ChipTotals> {
    private static final long serialVersionUID = 1;

    @Override
    public ChipTotals createAccumulator() {
      return new ChipTotals();
    }

    @Override
    public ChipTotals add(ChipReading chip, ChipTotals totals) {
      totals.add(chip.temperature, chip.power, chip.utilization);
      return totals;
    }
  }

  private static final class ChipMean
      extends ProcessWindowFunction<ChipTotals, ChipReading, Place, TimeWindow> {
    private static final long serialVersionUID = 1;

    private transient @Nullable ChipReading mean;

    @Override
    public void process(
        Place chip, Context context, Iterable<ChipTotals> totals, Collector<ChipReading> out) {
      if (mean == null) {
        mean = new ChipReading();
      }
      ChipTotals t = totals.iterator().next();
      chip.placeChip(mean);
      mean.temperature = t.temperature();
      mean.power = t.power();
      mean.utilization = t.utilization();
      out.collect(mean);
    }
  }

  private static final class OfCabinet extends Summing<ChipReading, CabinetTotals> {
    private static final long serialVersionUID = 1;

    @Override
    public CabinetTotals createAccumulator() {
      return new CabinetTotals();
    }

    @Override
    public CabinetTotals add(ChipReading chip, CabinetTotals totals) {
      totals.cabinet = chip.cabinet;
      totals.add(chip.board, chip.chip, chip.temperature, chip.power, chip.utilization);
      return totals;
    }
  }

  private static final class CabinetOut
      extends ProcessWindowFunction<CabinetTotals, CabinetWindow, Place, TimeWindow> {
    private static final long serialVersionUID = 1;

    @Override
    public void process(
        Place cabinet,
        Context context,
        Iterable<CabinetTotals> totals,
        Collector<CabinetWindow> out) {
      out.collect(new CabinetWindow(cabinet.pod(), totals.iterator().next()));
    }
  }

  private static final class OfPod extends Summing<CabinetWindow, PodTotals> {
    private static final long serialVersionUID = 1;

    @Override
    public PodTotals createAccumulator() {
      return new PodTotals();
    }

    @Override
    public PodTotals add(CabinetWindow cabinet, PodTotals totals) {
      totals.add(cabinet.totals());
      return totals;
    }
  }

  private static final class PodOut
      extends ProcessWindowFunction<PodTotals, PodAnswer, Place, TimeWindow> {
    private static final long serialVersionUID = 1;

    @Override
    public void process(
        Place pod, Context context, Iterable<PodTotals> totals, Collector<PodAnswer> out) {
      out.collect(new PodAnswer(pod.pod(), context.window().getStart(), totals.iterator().next()));
    }
  }

  private static final class OfLinks extends Summing<LinkChange, LinkTotals> {
    private static final long serialVersionUID = 1;

    @Override
    public LinkTotals createAccumulator() {
      return new LinkTotals();
    }

    @Override
    public LinkTotals add(LinkChange change, LinkTotals totals) {
      totals.add(change.totals());
      return totals;
    }
  }

  private static final class LinksOut
      extends ProcessWindowFunction<LinkTotals, PodAnswer, String, TimeWindow> {
    private static final long serialVersionUID = 1;

    @Override
    public void process(
        String pod, Context context, Iterable<LinkTotals> totals, Collector<PodAnswer> out) {
      long startMs = context.window().getStart() - Answer.LINKS_LATER_MS;
      out.collect(new PodAnswer(pod, startMs, totals.iterator().next()));
    }
  }
}
