package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
final class StopSignalTest {
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
