package io.isotherm.schemas;

import io.isotherm.avro.BoardReport;
import io.isotherm.avro.ChipSample;
import io.isotherm.avro.LinkSample;
import io.isotherm.avro.LinkState;
import io.isotherm.avro.ReportKind;
import io.isotherm.avro.ReportedHealth;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The obvious way from a {@link Report} to Avro's record, to compare the fast ways with. */
final class Reports {
  private static final List<String> HEALTH = ReportedHealth.getClassSchema().getEnumSymbols();
  private static final List<String> STATES = LinkState.getClassSchema().getEnumSymbols();

  private Reports() {}

  static BoardReport toAvro(Report r) {
    List<ChipSample> chips = new ArrayList<>();
    for (int i = 0; i < r.chipCount; i++) {
      chips.add(
          new ChipSample(
              r.chip[i],
              r.health[i] == Report.ABSENT ? null : ReportedHealth.valueOf(HEALTH.get(r.health[i])),
              orNull(r.errorCode[i]),
              orNull(r.temperature[i]),
              orNull(r.hbmTemperature[i]),
              orNull(r.power[i]),
              orNull(r.utilization[i]),
              orNull(r.tensorActivity[i]),
              orNull(r.clock[i]),
              orNull(r.hbmUsed[i]),
              orNull(r.throttleReasons[i]),
              orNull(r.eccCorrected[i]),
              orNull(r.eccUncorrected[i]),
              orNull(r.steps[i])));
    }
    List<LinkSample> links = new ArrayList<>();
    for (int i = 0; i < r.linkCount; i++) {
      links.add(
          new LinkSample(
              r.linkChip[i],
              r.linkPort[i],
              r.linkState[i] == Report.ABSENT
                  ? null
                  : LinkState.valueOf(STATES.get(r.linkState[i])),
              orNull(r.linkRate[i]),
              orNull(r.txBytes[i]),
              orNull(r.rxBytes[i]),
              orNull(r.crcErrors[i]),
              orNull(r.retries[i]),
              orNull(r.recoveries[i]),
              orNull(r.waitMicros[i])));
    }
    return new BoardReport(
        r.tick ? ReportKind.TICK : ReportKind.REPORT,
        r.pod,
        r.cabinet,
        r.board,
        r.agentStartMs,
        r.sequence,
        r.timeMs,
        chips,
        links);
  }

  private static @Nullable Integer orNull(int value) {
    return value == Report.ABSENT ? null : value;
  }

  private static @Nullable Long orNull(long value) {
    return value == Report.ABSENT_LONG ? null : value;
  }

  /** A full board as an agent of an Atlas 960 reports it: 8 chips of 18 ports each. */
  static Report board(int links) {
    Report r = new Report();
    r.pod = "pod-03";
    r.cabinet = 17;
    r.board = 5;
    r.agentStartMs = 1_790_000_000_000L;
    r.sequence = 123_456;
    r.timeMs = 1_790_000_123_456L;
    for (int c = 0; c < 8; c++) {
      int i = r.addChip(c);
      r.health[i] = Report.HEALTH_OK;
      r.temperature[i] = 650 + c;
      r.hbmTemperature[i] = 720 + c;
      r.power[i] = 7123;
      r.utilization[i] = 990;
      r.tensorActivity[i] = 455;
      r.clock[i] = 1800;
      r.hbmUsed[i] = 250_000;
      r.throttleReasons[i] = 0;
      r.eccCorrected[i] = 3;
      r.eccUncorrected[i] = 0;
      r.steps[i] = 41_000;
    }
    for (int l = 0; l < links; l++) {
      int i = r.addLink(l / 18, l % 18);
      r.linkState[i] = Report.LINK_UP;
      r.linkRate[i] = 400_000;
      r.txBytes[i] = 123_456_789_012L + l;
      r.rxBytes[i] = 123_456_789_000L + l;
      r.crcErrors[i] = 0;
      r.retries[i] = 2;
      r.recoveries[i] = 0;
      r.waitMicros[i] = 99_000_000;
    }
    return r;
  }

  static Report tick() {
    Report r = new Report();
    r.tick = true;
    r.pod = "pod-03";
    r.timeMs = 1_790_000_123_456L;
    return r;
  }
}
