package io.isotherm.benchmarks.peers;

import io.isotherm.benchmarks.JobRun;
import io.isotherm.model.Report;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The answer as the guides of Flink's DataStream API teach it: reports become one element for each
 * chip; chips, cabinets and pods each have a keyed window of event time with an incremental
 * aggregate, whose result feeds the next.
 */
public final class FlinkPeer {
  private static final TypeInformation<ChipReading> READING = TypeInformation.of(ChipReading.class);
  private static final TypeInformation<CabinetWindow> CABINET =
      TypeInformation.of(CabinetWindow.class);
  private static final TypeInformation<PodAnswer> POD = TypeInformation.of(PodAnswer.class);
  private static final TypeInformation<Place> PLACE = TypeInformation.of(Place.class);

  private FlinkPeer() {}

  /** Runs the job until it has given all answers. */
  public static void main(String[] args) throws Exception {
    FlinkRun flink = new FlinkRun(JobRun.of(args));
    TumblingEventTimeWindows windows =
        TumblingEventTimeWindows.of(java.time.Duration.ofMillis(Windows.SIZE_MS));
    DataStream<ChipReading> chips =
        flink
            .reports(new Exploded(), READING)
            .keyBy(Place::chip, PLACE)
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
    flink.finish(pods);
  }

  /** Reads a report and gives out its chips, all in the same object. */
  private static final class Exploded implements KafkaRecordDeserializationSchema<ChipReading> {
    private static final long serialVersionUID = 1;

    private transient @Nullable Intake intake;
    private transient @Nullable ChipReading reading;

    @Override
    public void open(DeserializationSchema.InitializationContext context) {
      intake = new Intake();
      reading = new ChipReading();
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<ChipReading> out) {
      if (intake == null || reading == null) {
        throw new IllegalStateException("not opened");
      }
      Report r = intake.read(record.value());
      for (int i = 0; i < r.chipCount; i++) {
        reading.at(r.pod, r.cabinet, r.board, r.chip[i]);
        reading.temperature = r.temperature[i];
        reading.power = r.power[i];
        reading.utilization = r.utilization[i];
        out.collect(reading);
      }
    }

    @Override
    public TypeInformation<ChipReading> getProducedType() {
      return READING;
    }
  }

  private static final class OfChip
      implements AggregateFunction<ChipReading, ChipTotals, ChipTotals> {
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

    @Override
    public ChipTotals getResult(ChipTotals totals) {
      return totals;
    }

    @Override
    public ChipTotals merge(ChipTotals a, ChipTotals b) {
      a.add(b);
      return a;
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

  private static final class OfCabinet
      implements AggregateFunction<ChipReading, CabinetTotals, CabinetTotals> {
    private static final long serialVersionUID = 1;

    @Override
    public CabinetTotals createAccumulator() {
      return new CabinetTotals();
    }

    @Override
    public CabinetTotals add(ChipReading chip, CabinetTotals totals) {
      totals.cabinet = chip.cabinet;
      totals.add(chip.board, chip.temperature, chip.power, chip.utilization);
      return totals;
    }

    @Override
    public CabinetTotals getResult(CabinetTotals totals) {
      return totals;
    }

    @Override
    public CabinetTotals merge(CabinetTotals a, CabinetTotals b) {
      a.add(b);
      return a;
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

  private static final class OfPod
      implements AggregateFunction<CabinetWindow, PodTotals, PodTotals> {
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

    @Override
    public PodTotals getResult(PodTotals totals) {
      return totals;
    }

    @Override
    public PodTotals merge(PodTotals a, PodTotals b) {
      a.add(b);
      return a;
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
}
