package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

final class DemoIT {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.commandLine(new StopSignal())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
      return socket.getLocalPort();
    }
  }

  @Test
  void everyFaultOfTheStoryLeadsToOneIncidentAndNothingElseDoes() throws Exception {
    String port = Integer.toString(freePort());

    int code =
        run(
            "demo",
            "--cabinets=12",
            "--port=" + port,
            "--broker-port=0",
            "--duration=150s",
            "-o",
            "json");

    assertThat(code).as(err.toString()).isEqualTo(Main.DONE);
    JsonNode summary = new ObjectMapper().readTree(out.toString());
    assertThat(summary.get("chips_accounted").asLong()).isEqualTo(12 * 88);
    assertThat(summary.get("faults")).as(out.toString()).hasSizeGreaterThan(3);
    assertThat(summary.get("faults"))
        .as(out.toString())
        .allMatch(fault -> fault.get("found").asBoolean());
    assertThat(summary.get("unmatched_incidents")).as(out.toString()).isEmpty();
  }

  @Test
  void aTakenPortIsSaidBeforeAnythingStarts() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      assertThat(run("demo", "--port=" + taken.getLocalPort())).isEqualTo(Main.FAILED);
      assertThat(err.toString().lines())
          .containsExactly(
              "isotherm demo: port %d is taken; stop what listens there or give another --port"
                  .formatted(taken.getLocalPort()));
    }
  }

  @Test
  void aMissingScenarioIsWrongUsage() {
    assertThat(run("demo", "--scenario=no-such.yaml")).isEqualTo(Main.USAGE);
    assertThat(err.toString()).contains("no-such.yaml").doesNotContain("\tat ");
  }
}
