package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostFilesTest {
  private static final long LOOK = 5_000_000_000L;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private long nanos = 7;

  private Path write(String host, long modifiedMs) throws IOException {
    Path file =
        Files.writeString(
            dir.resolve("targets.yaml"),
            """
            - {targets: ['%s:9400', '%s:9100'], labels: {board: pod-00/cab-000/board-1, exporter: dcgm}}
            - {targets: ['10.0.0.7:9400'], labels: {board: pod-00/cab-000/board-11, host: gpu-18, exporter: dcgm}}
            - {targets: ['nic-18:9100'], labels: {board: pod-00/cab-000/board-11, exporter: node}}
            """
                .formatted(host, host));
    Files.setLastModifiedTime(file, FileTime.fromMillis(modifiedMs));
    return file;
  }

  @Test
  void whatLiesOnABoardIsOnItsHost() throws IOException {
    HostFiles hosts = new HostFiles(List.of(write("gpu-17", 1_000)), () -> nanos);
    assertThat(hosts.of("pod-00/cab-000/board-1")).hasValue("gpu-17");
    assertThat(hosts.of("pod-00/cab-000/board-1/chip-2/port-3")).hasValue("gpu-17");
    assertThat(hosts.of("pod-00/cab-000/board-11/chip-0")).hasValue("gpu-18, nic-18");
    assertThat(hosts.of("pod-00/cab-000")).isEmpty();
    assertThat(hosts.of("pod-00/cab-000/board-2")).isEmpty();
    assertThat(hosts.of("pod-00/switch-3")).isEmpty();
    assertThat(hosts.of("job:train")).isEmpty();
    assertThat(hosts.of("site")).isEmpty();
  }

  @Test
  void aChangedFileIsReadAgainAndABrokenOneIsNot() throws IOException {
    HostFiles hosts = new HostFiles(List.of(write("gpu-17", 1_000)), () -> nanos);
    Path file = write("gpu-99", 2_000);
    assertThat(hosts.of("pod-00/cab-000/board-1")).hasValue("gpu-17");
    nanos += LOOK;
    assertThat(hosts.of("pod-00/cab-000/board-1")).hasValue("gpu-99");

    Files.writeString(file, "- {targets: [");
    nanos += LOOK;
    assertThat(hosts.of("pod-00/cab-000/board-1")).hasValue("gpu-99");
    Files.delete(file);
    nanos += LOOK;
    assertThat(hosts.of("pod-00/cab-000/board-1")).hasValue("gpu-99");
    write("gpu-100", 3_000);
    nanos += LOOK;
    assertThat(hosts.of("pod-00/cab-000/board-1")).hasValue("gpu-100");
  }

  @Test
  void aFileThatCannotBeUsedIsWrongUsage() throws IOException {
    Path file = Files.writeString(dir.resolve("t.yaml"), "- {targets: ['gpu-17'], labels: {}}");
    for (String command : List.of("export", "incidents")) {
      Ended ended = Ended.isotherm(command, "--hosts", file.toString());
      assertThat(ended.code()).isEqualTo(Main.USAGE);
      assertThat(ended.err()).contains("--hosts: %s: group 1: no label 'board'".formatted(file));
    }
  }

  @Test
  void aBoardOfAnotherFormIsWrongUsage() throws IOException {
    Path file = dir.resolve("t.yaml");
    for (String board :
        List.of("pod-00/cab-000", "pod-00/cab-000/board-1/chip-2", "cab-0/board-1")) {
      Files.writeString(file, "- {targets: ['gpu-17'], labels: {board: %s}}".formatted(board));
      Ended ended = Ended.isotherm("incidents", "--hosts", file.toString());
      assertThat(ended.code()).isEqualTo(Main.USAGE);
      assertThat(ended.err())
          .contains(
              "--hosts: %s: group 1: '%s' is no board; write pod-00/cab-000/board-0"
                  .formatted(file, board));
    }
  }

  @Test
  void aBoardMayBeWrittenWithoutZeros() throws IOException {
    Path file =
        Files.writeString(
            dir.resolve("t.yaml"),
            "- {targets: ['gpu-17'], labels: {board: pod-00/cab-7/board-01}}");
    assertThat(new HostFiles(List.of(file), () -> nanos).of("pod-00/cab-007/board-1"))
        .hasValue("gpu-17");
  }
}
