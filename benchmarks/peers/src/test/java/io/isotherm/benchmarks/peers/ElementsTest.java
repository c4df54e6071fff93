package io.isotherm.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.benchmarks.Answer;
import io.isotherm.model.Report;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.types.CopyableValue;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** What travels between Flink's tasks is what was sent, read, copied, or copied unread. */
class ElementsTest {
  private static final byte[] POD = {'p', 'o', 'd'};

  @Test
  void aReading() throws IOException {
    Report r = new Report();
    r.pod = "pod";
    r.cabinet = 127;
    r.board = 63;
    int i = r.addLink(63, 17);
    r.linkState[i] = Report.LINK_DOWN;
    r.txBytes[i] = 1L << 50;
    r.rxBytes[i] = 7;
    r.crcErrors[i] = 3;
    r.retries[i] = 2;
    LinkReading reading = new LinkReading();
    reading.take(PodName.of("pod"), r, i);

    LinkReading read = new LinkReading();
    travel(reading, read, new LinkReading());

    for (LinkReading l : new LinkReading[] {read, reading.copy()}) {
      assertThat(l.pod()).isEqualTo("pod");
      assertThat(l.chipPlace()).isEqualTo(127L << 32 | 63L << 16 | 63);
      assertThat(l.port()).isEqualTo(17);
      assertThat(l.state()).isEqualTo(Report.LINK_DOWN);
      assertThat(l.txBytes).isEqualTo(1L << 50);
      assertThat(l.rxBytes).isEqualTo(7);
      assertThat(l.errors).isEqualTo(5);
    }
  }

  @Test
  void aChange() throws IOException {
    LinkChange change = new LinkChange();
    change.of(PodName.of("pod"));
    change.totals().up = -1;
    change.totals().degraded = 1;
    change.totals().txBytes = 1L << 50;
    change.totals().rxBytes = 7;
    change.totals().errors = 5;

    LinkChange read = new LinkChange();
    travel(change, read, new LinkChange());

    for (LinkChange c : new LinkChange[] {read, change.copy()}) {
      Answer answer = new Answer();
      c.totals().tell(c.pod(), 0, answer);
      assertThat(answer.lines()).containsExactly("pod/links 0 -1 0 1 1125899906842624 7 5");
    }
  }

  @Test
  void aReport() throws IOException {
    byte[] value = {1, 2, 3};
    RawReport report = new RawReport();
    report.take(new ConsumerRecord<>("topic", 0, 0, POD, value));

    RawReport read = new RawReport();
    byte[] sent = travel(report, read, new RawReport());

    assertThat(read.pod()).isEqualTo("pod");
    assertThat(report.copy().pod()).isEqualTo("pod");
    assertThat(sent).containsExactly(3, 'p', 'o', 'd', 0, 0, 0, 3, 1, 2, 3);
  }

  @Test
  void aChipsPorts() throws IOException {
    ChipPorts ports = new ChipPorts();
    LinkTotals change = new LinkTotals();
    ports.port(5).next(1, Report.LINK_UP, 100, 200, 300, change);

    ChipPorts read = new ChipPorts();
    travel(ports, read, new ChipPorts());

    for (ChipPorts p : new ChipPorts[] {read, ports.copy()}) {
      p.port(5).next(11_000, Report.LINK_UP, 101, 202, 303, change);
      Answer answer = new Answer();
      change.tell("pod", 0, answer);
      assertThat(answer.lines()).containsExactly("pod/links 0 1 0 0 1 2 3");
    }
  }

  /**
   * Sends an element, twice on the way unread, and reads it.
   *
   * @param passing reads what it passes on
   */
  private static <T extends CopyableValue<T>> byte[] travel(T sent, T read, T passing)
      throws IOException {
    DataOutputSerializer first = new DataOutputSerializer(256);
    sent.write(first);
    DataOutputSerializer second = new DataOutputSerializer(256);
    sent.copy(new DataInputDeserializer(first.getCopyOfBuffer()), second);
    passing.read(new DataInputDeserializer(second.getCopyOfBuffer()));
    DataOutputSerializer third = new DataOutputSerializer(256);
    passing.write(third);
    read.read(new DataInputDeserializer(third.getCopyOfBuffer()));
    assertThat(second.getCopyOfBuffer()).isEqualTo(first.getCopyOfBuffer());
    assertThat(third.getCopyOfBuffer()).isEqualTo(first.getCopyOfBuffer());
    return third.getCopyOfBuffer();
  }
}
