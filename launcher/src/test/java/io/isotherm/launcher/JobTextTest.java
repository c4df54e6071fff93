package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.avro.PodHealth;
import io.isotherm.core.ChipState;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.IncidentEvent.AffectedJob;
import io.isotherm.core.IncidentKind;
import io.isotherm.export.HostNames;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How a look at a job reads, and what of all that is known concerns it. */
final class JobTextTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final ClusterParts PARTS = new ClusterParts(ClusterPartsTest.topologies(), null);
  private static final HostNames HOSTS =
      path -> path.endsWith("cab-000/board-2") ? Optional.of("gpu-002") : Optional.empty();

  private static Placement job(Placement.Member... members) {
    return new Placement("llm", NOW - 7_200_000, Long.MAX_VALUE, true, List.of(members));
  }

  private static Placement.Member member(String pod, int first, int boards, int stage) {
    return new Placement.Member(pod, first, boards, "worker", stage);
  }

  private static PodHealth health(long agoMs, Map<Integer, ChipState> states) {
    byte[] chips = new byte[44 * 8];
    Arrays.fill(chips, (byte) ChipState.HEALTHY.code());
    states.forEach((chip, state) -> chips[chip] = (byte) state.code());
    byte[] temperatures = new byte[chips.length];
    Arrays.fill(temperatures, (byte) 61);
    PodHealth health = new PodHealth();
    health.setWindowStartMs(NOW - agoMs - 10_000);
    health.setWindowMs(10_000);
    health.setChipStates(ByteBuffer.wrap(chips));
    health.setChipTemperatures(ByteBuffer.wrap(temperatures));
    return health;
  }

  private static IncidentEvent incident(
      String id, IncidentKind kind, String subject, List<String> children, AffectedJob... jobs) {
    return new IncidentEvent(
        id,
        1,
        IncidentEvent.Type.OPENED,
        kind,
        IncidentEvent.Severity.WARNING,
        "pod-00",
        subject,
        NOW - 70_000,
        NOW - 60_000,
        NOW - 60_000,
        1,
        "So it is.",
        "Look.",
        List.of(),
        children,
        children.size(),
        List.of(jobs));
  }

  private static JobLook look(
      Placement job, Map<String, PodHealth> health, IncidentEvent... incidents) {
    return JobLook.of(job, NOW, HOSTS, Optional.empty(), PARTS::pod, health, List.of(incidents));
  }

  @Test
  void aJobIsShownWithWhatHitsItAndWhereItIsSick() {
    Placement job = job(member("pod-00", 0, 11, 0), member("pod-01", 0, 5, 1));
    Map<String, PodHealth> health =
        Map.of(
            "pod-00", health(3_000, Map.of(16, ChipState.FAILED, 17, ChipState.SUSPECT)),
            "pod-01", health(8_000, Map.of(43 * 8, ChipState.FAILED)));
    String text =
        JobText.of(
            look(
                job,
                health,
                incident("1", IncidentKind.CHIP_FATAL, "pod-00/cab-000/board-2/chip-0", List.of()),
                incident("2", IncidentKind.CHIP_FATAL, "pod-01/cab-003/board-10", List.of()),
                incident("3", IncidentKind.COOLING_LOOP_HOT, "pod-01/loop-000", List.of())));
    assertThat(text)
        .isEqualTo(
            """
            job/llm
            placed   since 2027-01-15T06:00:00Z, on 16 boards of 2 pods, each waits for the
                     slowest
            state    126 healthy, 1 suspect, 1 failed; window until 2027-01-15T07:59:52Z, 8s
                     ago

            2 open incidents:
              warning   chip_fatal  pod-00/cab-000/board-2/chip-0  for 1m0s
                        So it is. Look.
              warning   cooling_loop_hot  pod-01/loop-000  for 1m0s
                        So it is. Look.

            POD     ROLE    STAGE  BOARDS  HEALTHY  SUSPECT  FAILED  C
            pod-00  worker  0      11      86       1        1       61
            pod-01  worker  1      5       40                        61

            1 of its 16 boards have something wrong, the worst first:
            PART                    SUSPECT  FAILED  C   OPEN  HOST
            pod-00/cab-000/board-2  1        1       61  1     gpu-002
            """);
  }

  @Test
  void allThatCanBeWrongFitsATerminalOfEightyColumns() {
    Map<Integer, ChipState> states =
        Map.of(
            88, ChipState.FAILED,
            89, ChipState.DEGRADED,
            96, ChipState.UNKNOWN,
            97, ChipState.SUSPECT,
            351, ChipState.FAILED);
    String text =
        JobText.of(
            look(
                job(member("pod-00", 0, 22, 0), member("pod-00", 22, 22, 1)),
                Map.of("pod-00", health(3_000, states)),
                incident("1", IncidentKind.BOARD_SILENT, "pod-00/cab-003/board-10", List.of())));
    assertThat(text)
        .contains("SUSPECT  DEGRADED  FAILED  UNKNOWN")
        .contains("PART                     BOARDS  SUSPECT");
    assertThat(text.lines()).allMatch(line -> line.length() <= 80);
  }

  @Test
  void severalBoardsOfACabinetAreOneRow() {
    Map<Integer, ChipState> states = Map.of(11 * 8, ChipState.FAILED, 12 * 8, ChipState.FAILED);
    String text =
        JobText.of(
            look(
                job(member("pod-00", 0, 22, 0)),
                Map.of("pod-00", health(3_000, states)),
                incident("1", IncidentKind.CABINET_HOT, "pod-00/cab-001", List.of())));
    assertThat(text)
        .endsWith(
            """
            2 of its 22 boards have something wrong, the worst first:
            PART            BOARDS  FAILED  C   OPEN
            pod-00/cab-001  2       2       61  1
            """);
  }

  @Test
  void whatConcernsAJobIsItsOwnItsBoardsWhatTheyDependOnAndWhatSaysSo() {
    Placement job = job(member("pod-00", 0, 11, 0));
    PodLayout pod = PARTS.find("pod-00").pod();
    int port =
        IntStream.range(0, pod.portsPerChip())
            .filter(p -> pod.peerPort(p) == PodLayout.NO_PORT)
            .findFirst()
            .orElseThrow();
    JobLook look =
        look(
            job,
            Map.of(),
            incident("own", IncidentKind.JOB_SLOW, "job/llm", List.of()),
            incident("another's", IncidentKind.JOB_SLOW, "job/llm-2", List.of()),
            incident("switch", IncidentKind.SWITCH_FAULT, pod.switchPath(port), List.of()),
            incident("site", IncidentKind.SITE_FAULT, "site", List.of()),
            incident("stops", IncidentKind.LINK_DOWN, "pod-01/cab-001/board-0", List.of("job/llm")),
            incident(
                "hits",
                IncidentKind.CHIP_HOT,
                "pod-01/cab-002/board-0",
                List.of(),
                new AffectedJob("llm", 1, 1)),
            incident(
                "hit",
                IncidentKind.CHIP_HOT,
                "pod-01/cab-003/board-0",
                List.of(),
                new AffectedJob("llm", 0, 1)),
            incident("beside", IncidentKind.BOARD_SILENT, "pod-00/cab-001/board-0", List.of()));

    assertThat(look.open())
        .extracting(IncidentEvent::id)
        .containsExactly("hits", "own", "site", "stops", "switch");
  }

  @Test
  void whatIsNotKnownIsSaid() {
    Placement job = job(member("pod-00", 0, 1, 0), member("pod-77", 0, 1, 0));

    assertThat(JobText.of(look(job, Map.of())))
        .contains("on 1 board of 2 pods", "state    chips not judged\n", "No open incident")
        .contains("unknown  nobody has published pod-77\n")
        .contains("unknown  not judged, there is no window of pod-00\n")
        .endsWith("\nIts boards are not judged\n");
    assertThat(
            JobText.of(
                look(
                    job(member("pod-00", 0, 2, 0), member("pod-01", 0, 3, 0)),
                    Map.of("pod-00", health(3_000, Map.of())))))
        .endsWith("\nNothing is wrong on its boards, but 3 are not judged\n");
    assertThat(JobText.of(look(job(member("pod-77", 0, 1, 0)), Map.of())))
        .endsWith("\nIt has no board in a pod that is known\n");
  }

  @Test
  void programsGetEveryBoard() {
    Placement job = job(member("pod-00", 40, 9, 2));
    var json = JobJson.of(look(job, Map.of("pod-00", health(3_000, Map.of()))));

    assertThat(json.path("job").asText()).isEqualTo("llm");
    assertThat(json.path("pods").path(0).toString())
        .isEqualTo(
            "{\"pod\":\"pod-00\",\"window_start_ms\":%d,\"window_ms\":10000}"
                .formatted(NOW - 13_000));
    assertThat(json.path("chips_by_state").path("healthy").asInt()).isEqualTo(32);
    assertThat(json.path("boards").findValuesAsText("part"))
        .containsExactly(
            "pod-00/cab-003/board-7",
            "pod-00/cab-003/board-8",
            "pod-00/cab-003/board-9",
            "pod-00/cab-003/board-10");
    assertThat(json.path("boards").path(0).path("stage").asInt()).isEqualTo(2);
  }
}
