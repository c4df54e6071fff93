package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class FileOutputTest {
  @Test
  void writesBytes(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("file");
    try (FileOutput out = new FileOutput(file, StandardOpenOption.CREATE_NEW)) {
      out.write(300);
      out.write(new byte[] {1, 2, 3, 4}, 1, 2);
    }
    assertThat(Files.readAllBytes(file)).containsExactly(44, 2, 3);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aFullDiskIsNamedWithTheFile() throws IOException {
    try (FileOutput out = new FileOutput(Path.of("/dev/full"), StandardOpenOption.WRITE)) {
      assertThatThrownBy(() -> out.write(new byte[100]))
          .isInstanceOf(IOException.class)
          .hasMessage(
              "cannot write /dev/full: No space left on device; make room there, or name another directory");
    }
  }

  @Test
  void nothingFollowsWhatCouldNotBeWritten(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("file");
    // A disk that is full for a moment, and takes a part before it says so.
    OutputStream disk =
        new FilterOutputStream(Files.newOutputStream(file)) {
          private boolean wasFull;

          @Override
          public void write(byte[] bytes, int from, int length) throws IOException {
            if (!wasFull) {
              wasFull = true;
              out.write(bytes, from, 1);
              throw new IOException("No space left on device");
            }
            out.write(bytes, from, length);
          }
        };
    try (FileOutput out = new FileOutput(file, disk)) {
      for (int attempt = 0; attempt < 2; attempt++) {
        assertThatThrownBy(() -> out.write(new byte[] {7, 8}))
            .isInstanceOf(IOException.class)
            .hasMessageContaining(file + ": No space left on device");
      }
    }
    assertThat(Files.readAllBytes(file)).containsExactly(7);
  }

  @Test
  void nothingFollowsWhatTheDiskDidNotKeep(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("file");
    try (FileOutput out = new FileOutput(file, StandardOpenOption.CREATE_NEW)) {
      out.write(7);
      out.force();
      Files.delete(file);
      String why = "cannot write " + file;
      assertThatThrownBy(out::force).isInstanceOf(IOException.class).hasMessageContaining(why);
      Files.createFile(file);
      assertThatThrownBy(out::force).isInstanceOf(IOException.class).hasMessageContaining(why);
      assertThatThrownBy(() -> out.write(8))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(why);
    }
    assertThat(file).isEmptyFile();
  }
}
