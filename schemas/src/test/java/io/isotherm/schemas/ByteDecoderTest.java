package io.isotherm.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ByteDecoderTest {
  /** Behind a byte that is none of its own: three bytes, then two, then a length without bytes. */
  private static final byte[] INPUT = {99, 6, 1, 2, 3, 4, 8, 9, 20};

  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  @Test
  void bytesAreCopiesThatOutliveTheInput() {
    byte[] input = INPUT.clone();
    ByteDecoder in = new ByteDecoder();
    in.reset(input, 1);
    ByteBuffer first = in.readBytes(NONE);
    ByteBuffer second = in.readBytes(NONE);
    input[2] = 77;

    assertThat(first).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    assertThat(second).isEqualTo(ByteBuffer.wrap(new byte[] {8, 9}));
    assertThatThrownBy(() -> in.readBytes(NONE)).isInstanceOf(UndecodableException.class);
  }

  @Test
  void sharedBytesArePartsOfTheInput() {
    byte[] input = INPUT.clone();
    ByteDecoder in = ByteDecoder.sharing();
    in.reset(input, 1);
    ByteBuffer first = in.readBytes(NONE);
    ByteBuffer second = in.readBytes(NONE);

    assertThat(first).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    input[2] = 77;
    assertThat(first).isEqualTo(ByteBuffer.wrap(new byte[] {77, 2, 3}));
    assertThat(second).isEqualTo(ByteBuffer.wrap(new byte[] {8, 9}));
    assertThatThrownBy(() -> in.readBytes(NONE)).isInstanceOf(UndecodableException.class);
  }
}
