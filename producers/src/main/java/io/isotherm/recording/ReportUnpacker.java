package io.isotherm.recording;

import io.isotherm.model.Report;
import io.isotherm.schemas.ByteDecoder;
import io.isotherm.schemas.UndecodableException;
import java.io.IOException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads the reports of a block of packed chunks, in their order.
 *
 * <p>Not safe for use by several threads.
 */
final class ReportUnpacker {
  private final GenericDatumReader<GenericRecord> datum;
  private final ByteDecoder block = ByteDecoder.sharing();
  private long chunksLeft;
  private @Nullable PackedChunk chunk;

  /**
   * @param written schema of the file
   */
  ReportUnpacker(Schema written) {
    datum = new GenericDatumReader<>(written, PackedForm.SCHEMA);
  }

  /**
   * Begins with a block, which it reads until the next one is opened.
   *
   * @param from where it begins
   * @param to where it ends, exclusive
   * @param chunks how many are in it
   */
  void open(byte[] bytes, int from, int to, long chunks) {
    block.reset(bytes, from, to);
    chunksLeft = chunks;
    chunk = null;
  }

  /** Leaves the rest of the block out. */
  void close() {
    block.release();
    chunksLeft = 0;
    chunk = null;
  }

  /**
   * Reads the next report.
   *
   * @return false behind the last one of the block
   * @throws IOException if it cannot be read; the message says why
   * @throws UndecodableException likewise
   */
  boolean next(Report into) throws IOException {
    while (chunk == null || !chunk.hasNext()) {
      chunk = null;
      if (chunksLeft == 0) {
        return false;
      }
      chunk = new PackedChunk(read());
      if (--chunksLeft == 0) {
        block.expectEnd();
      }
    }
    chunk.next(into);
    return true;
  }

  private GenericRecord read() throws IOException {
    try {
      return datum.read(null, block);
    } catch (IndexOutOfBoundsException | NullPointerException e) {
      // Avro looks symbols up without a check.
      throw new IOException("no chunk before byte " + block.position(), e);
    }
  }
}
