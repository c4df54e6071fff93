package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedBrokerIT {
  private static Set<String> topics(EmbeddedBroker broker) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      return admin.listTopics().names().get();
    }
  }

  private static void create(EmbeddedBroker broker, String topic) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      admin
          .createTopics(List.of(new NewTopic(topic, Optional.empty(), Optional.empty())))
          .all()
          .get();
    }
  }

  @Test
  void servesClientsAndLeavesNothingBehind() throws Exception {
    Path data;
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      data = broker.dataDir();
      create(broker, "a-topic");
      assertThat(topics(broker)).contains("a-topic");
      assertThat(data).isDirectory();
    }
    assertThat(data).doesNotExist();
  }

  @Test
  void findsItsDataAgainInAGivenDirectory(@TempDir Path dir) throws Exception {
    Path data = dir.resolve("with space");
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, data)) {
      create(broker, "kept");
    }
    assertThat(data).isDirectory();
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, data)) {
      assertThat(topics(broker)).contains("kept");
    }
  }

  @Test
  void saysWhichPortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
      assertThatThrownBy(() -> EmbeddedBroker.start(taken.getLocalPort(), null))
          .isInstanceOf(IOException.class)
          .hasMessage(
              "port %d is in use: stop the process that listens there, or choose another with --port"
                  .formatted(taken.getLocalPort()));
    }
  }

  @Test
  void saysWhichDirectoryCannotBeUsed(@TempDir Path dir) throws Exception {
    Path file = Files.createFile(dir.resolve("file"));
    assertThatThrownBy(() -> EmbeddedBroker.start(0, file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void saysThatAnotherBrokerHasTheDirectory(@TempDir Path dir) throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, dir)) {
      assertThatThrownBy(() -> EmbeddedBroker.start(0, dir))
          .isInstanceOf(IOException.class)
          .hasMessage(
              "another broker has its data in %s; stop it or give another --data-dir"
                  .formatted(dir));
      create(broker, "it-goes-on");
    }
  }

  @Test
  @Timeout(60)
  void aProcessSaysSoInOneLine(@TempDir Path dir) throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, dir.resolve("data"))) {
      Path said = dir.resolve("said.txt");
      Process second =
          ProgramProcess.of(
                  256, List.of("broker", "--port", "0", "--data-dir", broker.dataDir().toString()))
              .redirectOutput(said.toFile())
              .start();
      try {
        assertThat(second.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(Main.FAILED);
        assertThat(Files.readString(said).lines())
            .singleElement()
            .asString()
            .startsWith("isotherm broker: another broker has its data in ");
      } finally {
        second.destroyForcibly().waitFor();
      }
    }
  }
}
