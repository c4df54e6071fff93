package io.isotherm.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramingTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 255, 256, 0x01020304, Integer.MAX_VALUE, -1})
  void anIdIsReadAsWritten(int id) {
    byte[] value = new byte[Framing.LENGTH];
    Framing.write(value, id);
    assertThat(Framing.schemaId(value)).isEqualTo(id);
  }

  @Test
  void theIdIsBigEndianBehindAZero() {
    byte[] value = new byte[Framing.LENGTH];
    Framing.write(value, 0x01020304);
    assertThat(value).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void whatIsNotFramedIsUndecodable() {
    assertThatThrownBy(() -> Framing.schemaId(null))
        .isInstanceOf(UndecodableException.class)
        .hasMessage("no value: a record must have one");
    assertThatThrownBy(() -> Framing.schemaId(new byte[4]))
        .isInstanceOf(UndecodableException.class)
        .hasMessage("framing: the value has 4 bytes, needs at least 5");
    assertThatThrownBy(() -> Framing.schemaId(new byte[] {0x7b, 0, 0, 0, 1}))
        .isInstanceOf(UndecodableException.class)
        .hasMessage("framing: byte 0 is 0x7b, must be 0x00");
  }
}
