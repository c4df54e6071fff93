package io.isotherm.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes that were once written must be read for ever, and to the same values. */
class GoldenBytesTest {
  static List<Topic<?, ?>> topics() {
    return Topics.ALL;
  }

  @ParameterizedTest
  @MethodSource("topics")
  <V extends SpecificRecord> void bytesOfEverySchemaAreHeld(Topic<?, V> topic) throws IOException {
    Serde<V> serde = topic.valueSerde(SchemaHistory.bundled());
    StringBuilder hex = new StringBuilder();
    StringBuilder json = new StringBuilder();
    for (long seed = 1; seed <= 3; seed++) {
      V record = new RandomRecords(seed).next(topic.valueType());
      hex.append(HexFormat.of().formatHex(serde.serializer().serialize(topic.name(), record)));
      hex.append('\n');
      json.append(record).append('\n');
    }
    int id = SchemaHistory.bundled().newestId(topic.subject());
    String name = "%d-%s".formatted(id, topic.valueType().getSimpleName());
    Golden.compare(name + ".hex", hex.toString());
    Golden.compare(name + ".json", json.toString());
    assertThat(read(serde, topic.name(), hex.toString())).isEqualTo(json.toString());
  }

  private static String read(Serde<?> serde, String topic, String hex) {
    StringBuilder json = new StringBuilder();
    for (String line : hex.lines().toList()) {
      json.append(serde.deserializer().deserialize(topic, HexFormat.of().parseHex(line)));
      json.append('\n');
    }
    return json.toString();
  }
}
