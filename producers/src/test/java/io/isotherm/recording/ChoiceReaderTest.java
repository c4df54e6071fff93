package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;

class ChoiceReaderTest {
  private static ChoiceReader written(long[] codes, long[] runs) {
    GenericRecord record = new GenericData.Record(PackedForm.of("board"));
    record.put("codes", planes(codes).take());
    record.put("runs", planes(runs).take());
    return new ChoiceReader("board", record);
  }

  private static PlanesWriter planes(long[] numbers) {
    PlanesWriter planes = new PlanesWriter();
    for (long n : numbers) {
      planes.put(n);
    }
    return planes;
  }

  @Test
  void zerosAreTakenOneByOneOrTogether() throws IOException {
    ChoiceReader choices = written(new long[] {7, 0, 9}, new long[] {5});
    assertThat(choices.zeros(3)).isZero();
    assertThat(choices.next()).isEqualTo(7);
    assertThat(choices.next()).isZero();
    assertThat(choices.zeros(2)).isEqualTo(2);
    assertThat(choices.skipZeros(4)).isFalse();
    assertThat(choices.skipZeros(2)).isTrue();
    assertThat(choices.zeros(3)).isEqualTo(1);
    assertThat(choices.zeros(3)).isZero();
    assertThat(choices.next()).isEqualTo(9);
    choices.expectEnd();
  }

  @Test
  void aRunThatCannotBeTakesNobodyBack() throws IOException {
    ChoiceReader choices = written(new long[] {0, 3}, new long[] {-5});
    assertThat(choices.next()).isZero();
    assertThat(choices.zeros(8)).isZero();
    assertThat(choices.skipZeros(1)).isFalse();
    assertThat(choices.next()).isEqualTo(3);
    assertThatThrownBy(choices::expectEnd)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("goes on behind the last report");
  }
}
