package io.isotherm.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import org.junit.jupiter.api.Test;

final class PortFailureTest {
  @Test
  void onlyAPortThatIsTakenIsSaidToBe() {
    assertThat(PortFailure.of(80, new BindException("Address already in use"), "--port"))
        .hasMessage(
            "port 80 is in use: stop the process that listens there, or choose another with --port");
    assertThat(PortFailure.of(80, new SocketException("Permission denied"), "--broker-port"))
        .hasMessage("port 80 cannot be used: Permission denied; choose another with --broker-port");
    assertThat(PortFailure.of(80, new BindException(), "--port"))
        .hasMessage("port 80 cannot be used: BindException; choose another with --port");
  }

  @Test
  void theReasonOfAServerThatCouldNotBindIsItsCauses() {
    IOException wrapped =
        new IOException("Failed to bind to /0.0.0.0:80", new BindException("Permission denied"));
    assertThat(PortFailure.of(80, wrapped, "--port"))
        .hasMessage("port 80 cannot be used: Permission denied; choose another with --port")
        .hasCause(wrapped);
  }
}
