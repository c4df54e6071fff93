package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.IncidentEvent;
import io.isotherm.core.IncidentKind;
import io.isotherm.export.HostNames;
import io.isotherm.model.Placement;
import io.isotherm.model.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How a look at a part reads, and what of all that is known it shows. */
final class PartTextTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final ClusterParts PARTS = new ClusterParts(ClusterPartsTest.topologies(), null);
  private static final Part BOARD = PARTS.find("pod-00/cab-002/board-3");

  private static Report report(long timeMs, long errors) {
    Report r = new Report();
    r.pod = "pod-00";
    r.cabinet = 2;
    r.board = 3;
    r.timeMs = timeMs;
    r.agentStartMs = NOW - 3_600_000;
    for (int position : List.of(0, 1)) {
      int i = r.addChip(position);
      r.health[i] = Report.HEALTH_OK;
      r.temperature[i] = 612;
      r.utilization[i] = 987;
      r.throttleReasons[i] = 0;
    }
    r.throttleReasons[1] = Report.THROTTLE_THERMAL | Report.THROTTLE_POWER;
    r.health[1] = Report.HEALTH_FATAL;
    r.errorCode[1] = 79;
    r.eccCorrected[1] = 12;
    int up = r.addLink(0, 0);
    r.linkState[up] = Report.LINK_UP;
    r.crcErrors[up] = errors;
    r.txBytes[up] = timeMs * 1_000_000;
    int down = r.addLink(1, 14);
    r.linkState[down] = Report.LINK_DOWN;
    int well = r.addLink(1, 15);
    r.linkState[well] = Report.LINK_UP;
    r.crcErrors[well] = 7;
    // As no board has them.
    r.addChip(99);
    r.addLink(99, 0);
    r.addLink(0, 999);
    return r;
  }

  private static IncidentEvent incident(
      String id,
      IncidentKind kind,
      String subject,
      IncidentEvent.Severity severity,
      boolean open,
      String... children) {
    return new IncidentEvent(
        id,
        1,
        open ? IncidentEvent.Type.OPENED : IncidentEvent.Type.RESOLVED,
        kind,
        severity,
        "pod-00",
        subject,
        NOW - 7_300_000,
        NOW - 7_200_000,
        NOW - 7_200_000,
        1,
        "It is as it is, and there are so many words for it that they need another line.",
        "Look.",
        List.of(),
        List.of(children),
        children.length,
        List.of());
  }

  private static PartLook look(Part part, BoardReadings readings, Duration searched) {
    List<PartLook.Work> work =
        PartLook.work(
            part,
            List.of(
                new Placement(
                    "hand:pod-00:cab-002",
                    NOW,
                    NOW + 3_600_000,
                    false,
                    List.of(new Placement.Member("pod-00", 22, 11, "maintenance", 0))),
                new Placement(
                    "over",
                    0,
                    NOW,
                    true,
                    List.of(new Placement.Member("pod-00", 0, 44, "worker", 0))),
                new Placement(
                    "train",
                    0,
                    Long.MAX_VALUE,
                    true,
                    List.of(
                        new Placement.Member("pod-00", 0, 25, "worker", 2),
                        new Placement.Member("pod-00", 25, 19, "worker", 3)))),
            job -> job.startsWith("hand") ? Optional.of("pump") : Optional.empty(),
            NOW);
    IncidentEvent.Severity warning = IncidentEvent.Severity.WARNING;
    List<IncidentEvent> open =
        PartLook.open(
            part,
            work,
            List.of(
                incident(
                    "1", IncidentKind.LINK_DOWN, BOARD.path() + "/chip-1/port-14", warning, true),
                incident("2", IncidentKind.CHIP_HOT, BOARD.path() + "/chip-0", warning, false),
                incident("3", IncidentKind.BOARD_SILENT, "pod-00/cab-002/board-30", warning, true),
                incident(
                    "4", IncidentKind.JOB_HANG, "job/train", IncidentEvent.Severity.CRITICAL, true),
                incident(
                    "5", IncidentKind.JOB_HANG, "job/other", IncidentEvent.Severity.CRITICAL, true),
                incident("6", IncidentKind.COOLING_LOOP_HOT, "pod-00/loop-002", warning, true)));
    HostNames hosts =
        path -> path.startsWith(BOARD.path()) ? Optional.of("gpu-017") : Optional.empty();
    return new PartLook(part, NOW, hosts, null, work, open, readings, searched);
  }

  @Test
  void aBoardIsShownWithWhatItReportsAndWhatIsWrongFirst() {
    BoardReadings readings = new BoardReadings();
    readings.take(report(NOW - 2_000, 120));
    readings.take(report(NOW - 12_000, 20));
    readings.take(report(NOW - 7_000, 70));

    String text = PartText.of(look(BOARD, readings, Duration.ofSeconds(15)));

    assertThat(text)
        .isEqualTo(
            """
            pod-00/cab-002/board-3 (gpu-017)
            state    not judged: there is no window of pod-00
            away     maintenance until 2027-01-15T09:00:00Z by hand: pump
            job      train, worker of stage 3
            report   of 2027-01-15T07:59:58Z, 2s ago; agent started 2027-01-15T07:00:00Z

            3 open incidents:
              critical  job_hang  job/train  for 2h0m
                        It is as it is, and there are so many words for it that they need
                        another line. Look.
              warning   link_down  pod-00/cab-002/board-3/chip-1/port-14  for 2h0m
                        It is as it is, and there are so many words for it that they need
                        another line. Look.
              warning   cooling_loop_hot  pod-00/loop-002  for 2h0m
                        It is as it is, and there are so many words for it that they need
                        another line. Look.

            CHIP  C        BUSY  HELD BY     EXPORTER  CODE  ECC
            0     61.2     99 %
            1     61.2     99 %  heat,power  fatal     79    12/0
            2     missing
            3     missing
            4     missing
            5     missing
            6     missing
            7     missing

            Links, read 2s ago: 3, 1 down, 1 narrow or with errors
            LINK            STATE  ERRORS/S  TX   TO
            chip-1/port-14  down                  plane-0/switch-05
            chip-0/port-0   up     10.0      8.0  chip-1/port-0
            """);
  }

  private static List<String> open(String part, String... subjects) {
    List<IncidentEvent> incidents = new ArrayList<>();
    for (String subject : subjects) {
      incidents.add(
          incident(
              subject, IncidentKind.SWITCH_FAULT, subject, IncidentEvent.Severity.CRITICAL, true));
    }
    return PartLook.open(PARTS.find(part), List.of(), incidents).stream()
        .map(IncidentEvent::subject)
        .toList();
  }

  @Test
  void whatTheLinksOfAPartLeadToIsShownWithIt() {
    // Given: of four cabinets two share a switch of each plane, and chips of a board are a mesh
    Part chip = PARTS.find(BOARD.path() + "/chip-3");
    String own = PartText.farEnd(chip, 3, 14);
    assertThat(own).matches("plane-0/switch-\\d\\d");
    String mesh = BOARD.path() + "/" + PartText.farEnd(chip, 3, 0);
    assertThat(mesh).endsWith("/chip-0/port-2");
    String ofOthers = PartText.farEnd(PARTS.find("pod-00/cab-000/board-3/chip-3"), 3, 14);
    String[] all = {
      "pod-00/plane-0",
      "pod-00/" + own,
      "pod-00/" + ofOthers,
      "pod-01/" + own,
      mesh,
      BOARD.path() + "/chip-0/port-3"
    };

    // Then
    assertThat(open(chip.path(), all)).containsExactlyInAnyOrder(all[0], all[1], mesh);
    assertThat(open(BOARD.path(), all)).containsExactlyInAnyOrder(all[0], all[1], mesh, all[5]);
    assertThat(open("pod-00/cab-002", all)).contains(all[0], all[1]).doesNotContain(all[2], all[3]);
    assertThat(open("pod-01", all)).containsExactly(all[3]);
  }

  @Test
  void whatExplainsAFindingOfAPartIsShownWithIt() {
    // Given: a chip that is silent, which takes links of two chips of its mesh down
    String silent = BOARD.path() + "/chip-3";
    List<IncidentEvent> all =
        List.of(
            incident(
                "1",
                IncidentKind.CHIP_SILENT,
                silent,
                IncidentEvent.Severity.CRITICAL,
                true,
                BOARD.path() + "/chip-1/port-2",
                silent + "/port-3"));

    // Then: the second link is that of chip 4, and is named by its lower port
    for (String chip : List.of("/chip-1", "/chip-4", "/chip-3")) {
      assertThat(PartLook.open(PARTS.find(BOARD.path() + chip), List.of(), all)).hasSize(1);
    }
    assertThat(PartLook.open(PARTS.find(BOARD.path() + "/chip-5"), List.of(), all)).isEmpty();
  }

  @Test
  void ofABoardThatIsNotHeardItIsSaidHowFarBackItWasLookedFor() {
    BoardReadings none = new BoardReadings();
    assertThat(PartText.of(look(BOARD, none, Duration.ofMinutes(10))))
        .contains("report   none of the last 10m0s\n")
        .doesNotContain("CHIP", "Links");
    assertThat(PartText.of(look(BOARD, none, Duration.ZERO)))
        .contains("report   there is no topic telemetry.reports, or none that this user may read");
  }

  @Test
  void aCounterThatBeganAnewHasNoRate() {
    BoardReadings readings = new BoardReadings();
    readings.take(report(NOW - 12_000, 20));
    assertThat(readings.complete()).isFalse();
    readings.take(report(NOW - 2_000, 10));
    assertThat(readings.complete()).isTrue();
    assertThat(readings.perSecond(0, BoardReadings::errors)).isEmpty();
    assertThat(readings.perSecond(2, BoardReadings::errors)).hasValue(0);

    Report restarted = report(NOW, 5);
    restarted.agentStartMs = NOW - 1_000;
    readings.take(restarted);
    assertThat(readings.complete()).isFalse();
    assertThat(readings.perSecond(0, BoardReadings::errors)).isEmpty();
  }

  @Test
  void programsGetTheReadingsThatWereGiven() {
    BoardReadings readings = new BoardReadings();
    readings.take(report(NOW - 12_000, 20));
    readings.take(report(NOW - 2_000, 120));
    Part chip = PARTS.find(BOARD.path() + "/chip-1");

    var json = PartJson.of(look(chip, readings, Duration.ofSeconds(15)));

    List<String> fields = new ArrayList<>();
    json.path("chips").path(0).fieldNames().forEachRemaining(fields::add);
    assertThat(fields)
        .containsExactly(
            "chip",
            "health",
            "error_code",
            "temperature_decicelsius",
            "utilization_permille",
            "throttle_reasons",
            "ecc_corrected");
    assertThat(json.path("links")).hasSize(2);
    assertThat(json.path("links").path(0).toString())
        .isEqualTo("{\"chip\":1,\"port\":14,\"state\":\"down\",\"to\":\"plane-0/switch-05\"}");
    assertThat(json.path("incidents")).hasSize(3);
  }
}
