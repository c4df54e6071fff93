package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/** How the demo starts, or refuses to; what it does then stands in {@code WatchedDemoIT}. */
final class DemoIT {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.commandLine(new StopSignal())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  @Test
  void aTakenPortIsSaidBeforeAnythingStarts() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      assertThat(run("demo", "--port=" + taken.getLocalPort())).isEqualTo(Main.FAILED);
      assertThat(err.toString().lines())
          .containsExactly(
              "isotherm demo: port %d is in use: stop the process that listens there, or choose another with --port"
                  .formatted(taken.getLocalPort()));
    }
  }

  @Test
  void aTakenPortOfTheBrokerIsSaidWithItsOption() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
      assertThat(run("demo", "--port=0", "--broker-port=" + taken.getLocalPort()))
          .isEqualTo(Main.FAILED);
      assertThat(err.toString().lines())
          .containsExactly(
              "isotherm demo: port %d is in use: stop the process that listens there, or choose another with --broker-port"
                  .formatted(taken.getLocalPort()));
    }
  }

  @Test
  void itAnswersOnTheAddressThatItWasGivenAndOnNoOther() throws Exception {
    try (RunningDemo demo = RunningDemo.start("--cabinets=1", "--host=127.0.0.2")) {
      assertThat(demo.root().getHost()).isEqualTo("127.0.0.2");
      new Socket("127.0.0.2", demo.root().getPort()).close();
      assertThatThrownBy(
              () -> new Socket(InetAddress.getLoopbackAddress(), demo.root().getPort()).close())
          .isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void aScenarioThatDoesNotFitTheClusterIsWrongUsage() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    assertThat(
            run(
                "demo",
                "--scenario=site",
                "--cabinets=1",
                "--duration=20s",
                "--broker-port=0",
                "--port=" + free))
        .isEqualTo(Main.USAGE);
    assertThat(err.toString())
        .contains("isotherm demo: --scenario: site.yaml:12:", "there is no pod 'pod-05'")
        .doesNotContain("\tat ");
  }

  @Test
  void aPodEveryTwoHoursIsWrongUsage() {
    assertThat(run("demo", "--pod-every=2h")).isEqualTo(Main.USAGE);
    assertThat(err.toString()).contains("isotherm demo: --pod-every must be from 0s to 1h");
  }

  @Test
  void aMissingScenarioIsWrongUsage() {
    assertThat(run("demo", "--scenario=no-such.yaml")).isEqualTo(Main.USAGE);
    assertThat(err.toString()).contains("no-such.yaml").doesNotContain("\tat ");
  }
}
