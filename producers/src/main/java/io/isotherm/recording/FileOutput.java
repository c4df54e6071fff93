package io.isotherm.recording;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Writes a file of a recording; whatever hinders it names the file, as the system does not.
 *
 * <p>Once something could not be written nobody knows what of it was, so nothing more is: a
 * recording then stays as its last manifest says, also if there is room again a moment later.
 */
final class FileOutput extends OutputStream {
  private final Path file;
  private final OutputStream to;
  private @Nullable IOException failure;

  FileOutput(Path file, OpenOption... options) throws IOException {
    this(file, Files.newOutputStream(file, options));
  }

  FileOutput(Path file, OutputStream to) {
    this.file = file;
    this.to = to;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    if (failure != null) {
      throw named(failure);
    }
    try {
      to.write(bytes, from, length);
    } catch (IOException e) {
      failure = e;
      throw named(e);
    }
  }

  /**
   * Has the disk keep what was written, which the system does in its own time: it is there after a
   * power cut then.
   */
  void force() throws IOException {
    if (failure != null) {
      throw named(failure);
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(false);
    } catch (IOException e) {
      failure = e;
      throw named(e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      to.close();
    } catch (IOException e) {
      throw named(e);
    }
  }

  private IOException named(IOException e) {
    return new IOException(
        "cannot write %s: %s; make room there, or name another directory"
            .formatted(file, e.getMessage()),
        e);
  }
}
