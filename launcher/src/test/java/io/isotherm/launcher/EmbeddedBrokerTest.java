package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedBrokerTest {
  private static final Duration LATER = Duration.ofMinutes(11);

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private Path data(String name) throws IOException {
    Path data = Files.createDirectories(dir.resolve(name));
    Files.createFile(data.resolve("meta.properties"));
    Files.createFile(Files.createDirectory(data.resolve("telemetry.reports-0")).resolve("0.log"));
    return data;
  }

  @Test
  void whatAKilledBrokerHasLeftIsDeleted() throws IOException {
    UserPrincipal owner = Files.getOwner(dir);
    Path abandoned = data("isotherm-broker-1");
    Path other = data("isotherm-bench-1");
    Path linked = data("elsewhere");
    Files.createSymbolicLink(dir.resolve("isotherm-broker-2"), linked);

    EmbeddedBroker.deleteAbandoned(dir, owner, Instant.now());
    assertThat(abandoned).isDirectory();

    EmbeddedBroker.deleteAbandoned(dir, owner, Instant.now().plus(LATER));
    assertThat(abandoned).doesNotExist();
    assertThat(other.resolve("telemetry.reports-0/0.log")).exists();
    assertThat(linked.resolve("telemetry.reports-0/0.log")).exists();
  }

  @Test
  void whatABrokerUsesStays() throws IOException {
    Path used = data("isotherm-broker-3");
    try (FileChannel file =
            FileChannel.open(
                used.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = file.lock()) {
      assertThat(held.isValid()).isTrue();

      EmbeddedBroker.deleteAbandoned(dir, Files.getOwner(dir), Instant.now().plus(LATER));
    }
    assertThat(used.resolve("telemetry.reports-0/0.log")).exists();
  }
}
