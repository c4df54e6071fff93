package io.isotherm.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HostListTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "gpu-1; gpu-1",
        "gpu-[001-003,007],login1; gpu-001 gpu-002 gpu-003 gpu-007 login1",
        "gpu-[9-11]; gpu-9 gpu-10 gpu-11",
        "gpu-[098-101].site; gpu-098.site gpu-099.site gpu-100.site gpu-101.site",
        "r[1-2]n[08-09]; r1n08 r1n09 r2n08 r2n09",
        "a, b ,c; a b c",
        "10.0.0.1,10.0.0.2; 10.0.0.1 10.0.0.2",
      })
  void aListIsItsHosts(String list, String hosts) {
    assertThat(HostList.expand(list)).containsExactly(hosts.split(" "));
  }

  @Test
  void ofAnEmptyListThereAreNone() {
    assertThat(HostList.expand("")).isEqualTo(List.of());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "gpu-[1-2; its brackets do not match",
        "gpu-1]; its brackets do not match",
        "gpu-[[1]]; its brackets do not match",
        "gpu-[1-]; {1-} is no number and no range",
        "gpu-[x]; {x} is no number and no range",
        "gpu-[,1]; {} is no number and no range",
        "gpu-[3-1]; {3-1} goes backwards",
        "gpu-[0-999999999]; more than 200000 hosts",
        "a[1-1000]b[1-1000]; more than 200000 hosts",
      })
  void whatIsNoListIsRefused(String list, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HostList.expand(list))
        .withMessage(
            "'%s' is no list of hosts: %s", list, why.replace('{', '\'').replace('}', '\''));
  }
}
