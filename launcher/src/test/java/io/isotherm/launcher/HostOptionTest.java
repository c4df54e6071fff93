package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class HostOptionTest {
  @CommandLine.Command(name = "it")
  private static final class It {
    @CommandLine.Mixin final HostOption host = new HostOption();
  }

  private static HttpAddress address(String... options) {
    It it = new It();
    new CommandLine(it).parseArgs(options);
    return it.host.with("--port", 9464);
  }

  private static Ended command(String name, String... options) {
    List<String> all = new ArrayList<>(List.of(name));
    if (name.equals("bridge")) {
      all.addAll(List.of("targets.yaml", "--preset=hgx-h100"));
    }
    all.addAll(List.of(options));
    return Ended.isotherm(all.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bridge", "demo", "emulate", "export", "monitor"})
  void anAddressOfAnotherMachineIsWrongUsage(String name) {
    Ended ended = command(name, "--host=192.0.2.1");
    assertThat(ended.code()).isEqualTo(Main.USAGE);
    assertThat(ended.err())
        .startsWith(
            "isotherm %s: --host: '192.0.2.1' is no address of this machine".formatted(name));
  }

  @ParameterizedTest
  @CsvSource({
    "'', --host is empty: write an address of this machine",
    "no-such-host.invalid, '--host: ''no-such-host.invalid'' is no address, and no name of one'",
  })
  void whatIsNoAddressIsWrongUsage(String host, String said) {
    Ended ended = command("export", "--host", host);
    assertThat(ended.code()).isEqualTo(Main.USAGE);
    assertThat(ended.err()).startsWith("isotherm export: " + said);
  }

  @Test
  void withoutItEveryAddressIsListenedOn() {
    HttpAddress all = address();
    assertThat(all.socket().getAddress().isAnyLocalAddress()).isTrue();
    assertThat(all.socket().getPort()).isEqualTo(9464);
    assertThat(all.url(9464, "/metrics")).isEqualTo("http://localhost:9464/metrics");
  }

  @Test
  void whatIsShownCanBeOpened() {
    assertThat(address("--host=127.0.0.1").url(1234, "/")).isEqualTo("http://127.0.0.1:1234/");
    assertThat(address("--host=localhost").url(1234, "/")).isEqualTo("http://localhost:1234/");
    assertThat(new HttpAddress(address().socket(), HostOption.inUrl("::1")).url(1234, "/"))
        .isEqualTo("http://[::1]:1234/");
    assertThat(HostOption.inUrl("[::1]")).isEqualTo("[::1]");
  }
}
