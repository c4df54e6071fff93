package io.isotherm.recording;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.apache.avro.file.Codec;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileConstants;
import org.apache.avro.file.ZstandardCodec;

/**
 * The codec of recordings: Avro's {@code zstandard}, packed with a checksum, at once and into
 * arrays that are used again and again, as is what it unpacks. Avro's own makes several times the
 * block's size of garbage for every block.
 *
 * <p>What it packed or unpacked is good until it does so with the next block.
 */
final class ZstandardBlocks extends ZstandardCodec {
  /** For what is written once and kept. */
  static final int DENSE = 3;

  /** For what must keep up with a cluster; {@code docs/rationale.md} has what it costs. */
  static final int FAST = 1;

  /** Reports are packed to a quarter or less, so this is mostly enough at once. */
  private static final int TIMES_PACKED = 5;

  private static final int LEAST_BYTES = 1 << 16;

  /**
   * What is longer is not kept for the next block. Such blocks are chunks of packed reports; there
   * are few of them, and as many files are read at once as there are partitions.
   */
  private static final int MOST_KEPT = 32 << 20;

  private static final byte[] NOTHING = {};

  /** The one that holds the block before; Avro reads the next packed block into it. */
  private byte[] before = NOTHING;

  private byte[] unpacked = NOTHING;
  private byte[] packed = NOTHING;
  private final int level;

  ZstandardBlocks(int level) {
    // With a checksum in every block, a flipped bit cannot become another reading.
    super(level, /* useChecksum= */ true, /* useBufferPool= */ false);
    this.level = level;
  }

  /** Makes Avro use this codec for all files of its name that this process reads or appends to. */
  static void register() {
    CodecFactory.addCodec(DataFileConstants.ZSTANDARD_CODEC, factory(DENSE));
  }

  /**
   * Makes codecs of a level.
   *
   * @param level {@link #DENSE} or {@link #FAST}
   */
  static CodecFactory factory(int level) {
    return new CodecFactory() {
      @Override
      protected Codec createInstance() {
        return new ZstandardBlocks(level);
      }
    };
  }

  @Override
  public ByteBuffer compress(ByteBuffer plain) throws IOException {
    int size = plain.remaining();
    int room = Math.toIntExact(Zstd.compressBound(size));
    byte[] into = packed.length < room ? new byte[room] : packed;
    packed = kept(into);
    int from = plain.arrayOffset() + plain.position();
    try (ZstdCompressCtx context = new ZstdCompressCtx()) {
      context.setLevel(level);
      context.setChecksum(true);
      int n = context.compressByteArray(into, 0, into.length, plain.array(), from, size);
      return ByteBuffer.wrap(into, 0, n);
    } catch (ZstdException e) {
      throw new IOException(e.getMessage(), e);
    }
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
    long room = Math.max(LEAST_BYTES, room(packed.array(), from, size));
    for (boolean known = false; ; known = true) {
      if (into.length < room) {
        into = new byte[(int) Math.min(room, Integer.MAX_VALUE - 8)];
      }
      try {
        long n = Zstd.decompressByteArray(into, 0, into.length, packed.array(), from, size);
        unpacked = kept(into);
        return ByteBuffer.wrap(into, 0, (int) n);
      } catch (ZstdException e) {
        if (known || e.getErrorCode() != Zstd.errDstSizeTooSmall()) {
          throw new IOException(e.getMessage(), e);
        }
        room = unpackedLength(packed.array(), from, size);
      }
    }
  }

  private static byte[] kept(byte[] array) {
    return array.length <= MOST_KEPT ? array : NOTHING;
  }

  /** Room that a block needs: what it says itself, but not more than nearly all blocks do. */
  private static long room(byte[] packed, int from, int size) {
    long most = (long) TIMES_PACKED * size;
    long said = Zstd.getFrameContentSize(packed, from, size);
    return said > 0 && said < most ? said : most;
  }

  /** Unpacks a block to know its length: of one that is damaged, what it says may be anything. */
  private static long unpackedLength(byte[] packed, int from, int size) throws IOException {
    byte[] part = new byte[LEAST_BYTES];
    long length = 0;
    try (InputStream in =
        new ZstdInputStreamNoFinalizer(new ByteArrayInputStream(packed, from, size))) {
      for (int n = in.read(part); n >= 0; n = in.read(part)) {
        length += n;
      }
    }
    return length;
  }
}
