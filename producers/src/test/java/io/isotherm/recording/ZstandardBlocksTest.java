package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.avro.file.Codec;
import org.apache.avro.file.ZstandardCodec;
import org.junit.jupiter.api.Test;

class ZstandardBlocksTest {
  private final Codec avro = new ZstandardCodec(3, true, false);

  private static Codec ours() {
    return new ZstandardBlocks(ZstandardBlocks.FAST);
  }

  /** Bytes of which a share repeats itself. */
  private static byte[] some(SplittableRandom random, int length) {
    byte[] bytes = new byte[length];
    int noise = random.nextInt(length + 1);
    random.nextBytes(bytes);
    Arrays.fill(bytes, noise, length, (byte) 7);
    return bytes;
  }

  private static byte[] copy(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  @Test
  void unpacksWhatAvroUnpacksAlsoFromTheArrayOfTheBlockBefore() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Codec ours = ours();
      byte[] reused = {};
      for (int block = 0; block < 10; block++) {
        byte[] plain = some(random, random.nextInt(1 << random.nextInt(1, 21)));
        byte[] packed = copy((seed % 2 == 0 ? avro : ours).compress(ByteBuffer.wrap(plain)));
        ByteBuffer given = ByteBuffer.wrap(packed);
        if (reused.length >= packed.length) {
          // So does Avro.
          System.arraycopy(packed, 0, reused, 0, packed.length);
          given = ByteBuffer.wrap(reused, 0, packed.length);
        }
        ByteBuffer unpacked = ours.decompress(given);
        reused = unpacked.arrayOffset() == 0 ? unpacked.array() : new byte[0];
        assertThat(copy(unpacked)).as("seed %d, block %d", seed, block).isEqualTo(plain);
      }
    }
  }

  @Test
  void avroUnpacksWhatItPacksAlsoIntoTheArrayOfTheBlockBefore() throws IOException {
    SplittableRandom random = new SplittableRandom(3);
    for (int level : new int[] {ZstandardBlocks.FAST, ZstandardBlocks.DENSE}) {
      Codec ours = new ZstandardBlocks(level);
      for (int block = 0; block < 50; block++) {
        byte[] plain = some(random, random.nextInt(1 << random.nextInt(1, 21)));
        int from = random.nextInt(plain.length + 1);
        ByteBuffer part = ByteBuffer.wrap(plain, from, plain.length - from).slice();
        byte[] packed = copy(ours.compress(part));
        assertThat(copy(avro.decompress(ByteBuffer.wrap(packed))))
            .isEqualTo(Arrays.copyOfRange(plain, from, plain.length));
      }
    }
  }

  @Test
  void arraysAreUsedAgainUnlessTheyAreLong() throws IOException {
    for (int length : new int[] {1 << 20, 33 << 20}) {
      Codec ours = ours();
      ByteBuffer packed = ByteBuffer.wrap(copy(ours.compress(ByteBuffer.allocate(length))));
      ByteBuffer first = ours.decompress(packed.duplicate());
      ours.decompress(packed.duplicate());
      ByteBuffer third = ours.decompress(packed.duplicate());
      third.put(0, (byte) 77);
      assertThat(first.get(0))
          .as("%d bytes", length)
          .isEqualTo((byte) (length == 1 << 20 ? 77 : 0));
    }
  }

  @Test
  void aBlockThatSaysNothingOfItsLengthIsUnpacked() throws IOException {
    // Twelve times as long as it is packed, which is more than nearly all blocks.
    byte[] plain = new byte[1 << 20];
    new SplittableRandom(1).nextBytes(plain);
    Arrays.fill(plain, plain.length / 12, plain.length, (byte) 7);
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (ZstdOutputStreamNoFinalizer out = new ZstdOutputStreamNoFinalizer(packed)) {
      out.write(plain);
    }
    assertThat(Zstd.getFrameContentSize(packed.toByteArray())).isLessThanOrEqualTo(0);
    assertThat(copy(ours().decompress(ByteBuffer.wrap(packed.toByteArray())))).isEqualTo(plain);
  }

  @Test
  void everyFlippedBitIsDamage() throws IOException {
    byte[] packed = copy(ours().compress(ByteBuffer.wrap(some(new SplittableRandom(1), 300))));
    byte[] plain = copy(ours().decompress(ByteBuffer.wrap(packed)));
    for (int bit = 0; bit < 8 * packed.length; bit++) {
      byte[] broken = packed.clone();
      broken[bit / 8] ^= (byte) (1 << bit % 8);
      try {
        // A few bits of the frame's header say nothing of what is in it.
        assertThat(copy(ours().decompress(ByteBuffer.wrap(broken))))
            .as("bit %d", bit)
            .isEqualTo(plain);
      } catch (IOException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
    assertThatThrownBy(() -> ours().decompress(ByteBuffer.wrap(packed, 0, packed.length - 5)))
        .isInstanceOf(IOException.class);
  }
}
