package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.export.HostNames;
import io.isotherm.model.Placement;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code isotherm maintenance} refuses, and how it lists. */
final class MaintenanceCommandTest {
  private static final long NOW = 1_800_000_000_000L;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "pod-00 | how long? Give --for, for instance --for 4h, or --end",
        "--for 4h | which part? Give for instance pod-07/cab-017/board-5",
        "--end | which part? Give for instance pod-07/cab-017/board-5",
        "pod-00 --list | --list takes no part",
        "pod-00 --for 9s | --for must be 10s to 90d",
        "pod-00 --for 91d | --for must be 10s to 90d",
        "pod-00 --for 4 | '4' is not a duration",
        "pod-00 --for 4h --end | mutually exclusive",
        "pod-00 --end --reason x | --reason goes with --for",
        "pod-00 --for 4h --hosts no-such-file | --hosts: ",
      })
  void wrongUsageIsToldBeforeKafkaIsAsked(String arguments, String why) {
    Ended ended =
        Ended.isotherm(
            Stream.concat(
                    Stream.of("maintenance", "--bootstrap-server", "nobody.invalid:1"),
                    Stream.of(arguments.split(" ")))
                .toArray(String[]::new));
    assertThat(ended.code()).isEqualTo(Main.USAGE);
    assertThat(ended.err()).startsWith("isotherm maintenance: ").contains(why);
    assertThat(ended.out()).isEmpty();
  }

  private static Placement placement(
      String job, long fromMs, long untilMs, Placement.Member... members) {
    return new Placement(job, fromMs, untilMs, false, List.of(members));
  }

  private static Placement.Member member(int first, int boards, String role) {
    return new Placement.Member("pod-00", first, boards, role, 0);
  }

  private static String list(Placement... placements) {
    HostNames hosts =
        subject -> subject.endsWith("board-3") ? Optional.of("gpu-3") : Optional.empty();
    ClusterParts parts = new ClusterParts(ClusterPartsTest.topologies(), null);
    return new MaintenanceList(parts, hosts, NOW)
        .table(
            List.of(placements),
            job -> job.startsWith("hand") ? Optional.of("new fans") : Optional.empty());
  }

  @Test
  void whatIsNotOverIsListedByPartsAndCountedOnce() {
    String listed =
        list(
            placement(
                "drained-nodes",
                NOW - 5_000,
                Long.MAX_VALUE,
                member(3, 2, "maintenance"),
                member(40, 4, "worker")),
            placement(
                "hand:pod-00:cab-000", NOW - 1_000, NOW + 3_600_000, member(0, 11, "maintenance")),
            placement(
                "hand:pod-00:cab-001:board-9", NOW - 9_000, NOW, member(20, 1, "maintenance")),
            placement(
                "hand:pod-00:cab-000:board-3",
                NOW + 2_000,
                NOW + 60_000,
                member(3, 1, "maintenance")),
            placement(
                "other",
                0,
                NOW + 60_000,
                member(0, 44, "maintenance"),
                new Placement.Member("pod-07", 0, 2_000_000_000, "maintenance", 0)));

    assertThat(listed)
        .isEqualTo(
            """
            PART                                              SINCE                 UNTIL                 BY             REASON
            pod-00/cab-000/board-3 to pod-00/cab-000/board-4  2027-01-15T07:59:55Z  not said              drained-nodes
            pod-00/cab-000                                    2027-01-15T07:59:59Z  2027-01-15T09:00:00Z  hand           new fans
            pod-00/cab-000/board-3 (gpu-3)                    2027-01-15T08:00:02Z  2027-01-15T08:01:00Z  hand           new fans
            pod-00                                            1970-01-01T00:00:00Z  2027-01-15T08:01:00Z  other
            pod-07, 2000000000 boards from board 0 on         1970-01-01T00:00:00Z  2027-01-15T08:01:00Z  other

            In maintenance: 44 boards, 352 chips
            """);
  }

  @Test
  void thatNothingIsAnnouncedIsSaid() {
    assertThat(list(placement("train", 0, Long.MAX_VALUE, member(0, 44, "worker"))))
        .isEqualTo("No maintenance is announced\n");
  }
}
