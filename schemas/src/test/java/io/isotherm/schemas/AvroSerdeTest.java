package io.isotherm.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.isotherm.avro.InjectedFault;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AvroSerdeTest {
  static List<Topic<?, ?>> topics() {
    return Topics.ALL;
  }

  @ParameterizedTest
  @MethodSource("topics")
  <V extends SpecificRecord> void whatIsWrittenIsRead(Topic<?, V> topic) {
    Serde<V> serde = topic.valueSerde(SchemaHistory.bundled());
    for (long seed = 0; seed < 200; seed++) {
      V record = new RandomRecords(seed).next(topic.valueType());
      byte[] value = serde.serializer().serialize(topic.name(), record);
      assertThat(Framing.schemaId(value))
          .isEqualTo(SchemaHistory.bundled().newestId(topic.subject()));
      assertThat(serde.deserializer().deserialize(topic.name(), value)).isEqualTo(record);
    }
  }

  @ParameterizedTest
  @MethodSource("topics")
  <V extends SpecificRecord> void everyTruncationAndEveryByteTooManyIsUndecodable(
      Topic<?, V> topic) {
    Serde<V> serde = topic.valueSerde(SchemaHistory.bundled());
    for (long seed = 0; seed < 10; seed++) {
      byte[] value =
          serde
              .serializer()
              .serialize(topic.name(), new RandomRecords(seed).next(topic.valueType()));
      for (int length = 0; length < value.length; length++) {
        byte[] cut = Arrays.copyOf(value, length);
        assertThatThrownBy(() -> serde.deserializer().deserialize(topic.name(), cut))
            .isInstanceOf(UndecodableException.class);
      }
      byte[] longer = Arrays.copyOf(value, value.length + 1);
      assertThatThrownBy(() -> serde.deserializer().deserialize(topic.name(), longer))
          .isInstanceOf(UndecodableException.class)
          .hasMessageContaining("1 bytes are left over from byte " + value.length);
    }
  }

  /** What is left of a broken record is either good or refused; nothing else may escape. */
  @ParameterizedTest
  @MethodSource("topics")
  <V extends SpecificRecord> void aChangedByteNeverDoesWorseThanUndecodable(Topic<?, V> topic) {
    Serde<V> serde = topic.valueSerde(SchemaHistory.bundled());
    int refused = 0;
    for (long seed = 0; seed < 5; seed++) {
      byte[] value =
          serde
              .serializer()
              .serialize(topic.name(), new RandomRecords(seed).next(topic.valueType()));
      for (int at = 0; at < Math.min(value.length, 400); at++) {
        for (int mask : new int[] {0x01, 0x80, 0xff}) {
          byte[] broken = value.clone();
          broken[at] ^= (byte) mask;
          try {
            serde.deserializer().deserialize(topic.name(), broken);
          } catch (UndecodableException e) {
            assertThat(e.getMessage()).doesNotContain("\n").isNotBlank();
            refused++;
          }
        }
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void aTombstoneStaysOne() {
    Serde<?> serde = Topics.PODS.valueSerde(SchemaHistory.bundled());
    assertThat(serde.serializer().serialize(Topics.PODS.name(), null)).isNull();
    assertThat(serde.deserializer().deserialize(Topics.PODS.name(), (byte[]) null)).isNull();
  }

  @Test
  void theFailureSaysWhatAndWhere() {
    Serde<InjectedFault> serde = Topics.FAULTS.valueSerde(SchemaHistory.bundled());
    byte[] hugeString = {0, 0, 0, 0, 8, (byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f};
    assertThatThrownBy(() -> serde.deserializer().deserialize(Topics.FAULTS.name(), hugeString))
        .isInstanceOf(UndecodableException.class)
        .hasMessage("InjectedFault: a string: length 2147483647 at byte 5, but 0 bytes are left");
  }
}
