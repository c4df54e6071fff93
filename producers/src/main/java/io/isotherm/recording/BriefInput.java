package io.isotherm.recording;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The bytes of a file that is open only while some are read. So thousands of files can be read
 * beside each other, where a process may have no more than a thousand open.
 */
final class BriefInput extends InputStream {
  private final Path file;
  private long position;

  BriefInput(Path file) {
    this.file = file;
  }

  @Override
  public int read(byte[] into, int from, int most) throws IOException {
    try (SeekableByteChannel bytes = Files.newByteChannel(file)) {
      int read = bytes.position(position).read(ByteBuffer.wrap(into, from, most));
      position += Math.max(0, read);
      return read;
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }
}
