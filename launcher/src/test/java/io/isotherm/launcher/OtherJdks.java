package io.isotherm.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The JDKs of this machine, 17 or newer, of another feature version than the one that runs. */
final class OtherJdks {
  /** Why a test that needs one is skipped. */
  static final String NONE = "no second JDK, 17 or newer, of another version in /usr/lib/jvm";

  private OtherJdks() {}

  /** Their homes, by name; Debian's place for them. */
  static List<Path> found() throws IOException {
    Path all = Path.of("/usr/lib/jvm");
    if (!Files.isDirectory(all)) {
      return List.of();
    }
    try (Stream<Path> jdks = Files.list(all)) {
      return jdks.filter(OtherJdks::isOther).sorted().toList();
    }
  }

  private static boolean isOther(Path jdk) {
    try {
      int version =
          Files.readAllLines(jdk.resolve("release")).stream()
              .filter(line -> line.startsWith("JAVA_VERSION="))
              .mapToInt(line -> Integer.parseInt(line.replaceAll("\\D+(\\d+).*", "$1")))
              .findFirst()
              .orElse(0);
      return version >= 17
          && version != Runtime.version().feature()
          && Files.isExecutable(jdk.resolve("bin/java"));
    } catch (IOException e) {
      return false;
    }
  }
}
