package io.isotherm.recording;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/** Writes a file of a recording; whatever hinders it names the file, as the system does not. */
final class FileOutput extends OutputStream {
  private final Path file;
  private final OutputStream to;

  FileOutput(Path file, OpenOption... options) throws IOException {
    this.file = file;
    to = Files.newOutputStream(file, options);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    try {
      to.write(bytes, from, length);
    } catch (IOException e) {
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
