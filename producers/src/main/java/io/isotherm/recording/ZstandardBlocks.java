package io.isotherm.recording;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.avro.file.Codec;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileConstants;
import org.apache.avro.file.ZstandardCodec;

/**
 * The codec of recordings: Avro's {@code zstandard}, packed with a checksum, and unpacked at once
 * into arrays that are used again and again. Avro's own makes several times the block's size of
 * garbage for every block.
 *
 * <p>What it unpacked is good until it unpacks the next block.
 */
final class ZstandardBlocks extends ZstandardCodec {
  private static final int LEVEL = 3;

  /** Reports are packed to a quarter or less, so this is mostly enough at once. */
  private static final int TIMES_PACKED = 5;

  private static final int LEAST_BYTES = 1 << 16;

  /** The one that holds the block before; Avro reads the next packed block into it. */
  private byte[] before = {};

  private byte[] unpacked = {};

  ZstandardBlocks() {
    // With a checksum in every block, a flipped bit cannot become another reading.
    super(LEVEL, /* useChecksum= */ true, /* useBufferPool= */ false);
  }

  /** Makes Avro use this codec for all files of its name that this process reads or appends to. */
  static void register() {
    CodecFactory.addCodec(
        DataFileConstants.ZSTANDARD_CODEC,
        new CodecFactory() {
          @Override
          protected Codec createInstance() {
            return new ZstandardBlocks();
          }
        });
  }

  @Override
  public ByteBuffer decompress(ByteBuffer packed) throws IOException {
    byte[] into = before;
    before = unpacked;
    if (packed.array() == into) {
      into = new byte[into.length];
    }
    int from = packed.arrayOffset() + packed.position();
    int size = packed.remaining();
    long room = Math.max(LEAST_BYTES, (long) TIMES_PACKED * size);
    while (true) {
      if (into.length < room) {
        into = new byte[(int) Math.min(room, Integer.MAX_VALUE - 8)];
      }
      try {
        long n = Zstd.decompressByteArray(into, 0, into.length, packed.array(), from, size);
        unpacked = into;
        return ByteBuffer.wrap(into, 0, (int) n);
      } catch (ZstdException e) {
        if (e.getErrorCode() != Zstd.errDstSizeTooSmall() || into.length >= Integer.MAX_VALUE - 8) {
          throw new IOException(e.getMessage(), e);
        }
        room = 2L * into.length;
      }
    }
  }
}
