package io.isotherm.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Files of the source tree that tests compare with, and rewrite if {@code update.golden} is set.
 */
final class Golden {
  private Golden() {}

  /** Whether {@code -Dupdate.golden} was given. */
  static boolean update() {
    return Boolean.getBoolean("update.golden");
  }

  /** A path of this module. */
  static Path path(String first) {
    return Path.of(System.getProperty("isotherm.root", ".."), "schemas").resolve(first);
  }

  /** Holds {@code text} equal to a file of the golden directory. */
  static void compare(String file, String text) throws IOException {
    Path path = path("src/test/resources/golden").resolve(file);
    if (update()) {
      write(path, text);
    }
    assertThat(text).as("%s; rewrite it with -Dupdate.golden", path).isEqualTo(read(path));
  }

  static String read(Path path) throws IOException {
    return Files.exists(path) ? Files.readString(path) : "";
  }

  static void write(Path path, String text) throws IOException {
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }
}
