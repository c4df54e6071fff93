package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class StopSignalTest {
  /** A command that ends well when it is asked to, and a part of it that cannot go on. */
  static final class Failing {
    private Failing() {}

    public static void main(String[] args) throws InterruptedException {
      StopSignal stop = StopSignal.ofProcess();
      new Thread(() -> stop.fail(3)).start();
      stop.await();
      stop.exit(Main.DONE);
    }
  }

  @Test
  void thatTheCommandThenEndsWellDoesNotHideThatAPartCouldNotGoOn() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Failing.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();

    assertThat(process.waitFor()).isEqualTo(3);
  }

  @Test
  void whatFailsWhileItIsWaitedForEndsTheWaitWithItsReason() {
    Deque<String> said = new ArrayDeque<>(List.of("", "the result reader failed: no memory"));

    assertThatThrownBy(
            () ->
                new StopSignal()
                    .awaitUnless(
                        () -> {
                          String why = said.removeFirst();
                          return why.isEmpty() ? null : why;
                        }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the result reader failed: no memory");
  }

  @Test
  void aRequestEndsTheWaitForWhatGoesOn() throws InterruptedException {
    StopSignal stop = new StopSignal();
    stop.request();

    stop.awaitUnless(() -> null);
  }
}
