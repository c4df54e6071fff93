package io.isotherm.schemas;

import io.isotherm.avro.BoardReport;
import io.isotherm.avro.ChipColumns;
import io.isotherm.avro.ChipDifferences;
import io.isotherm.avro.ChipSample;
import io.isotherm.avro.LinkColumns;
import io.isotherm.avro.LinkSample;
import io.isotherm.avro.LinkState;
import io.isotherm.avro.ReportKind;
import io.isotherm.avro.ReportedHealth;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
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
        links,
        null,
        null,
        null);
  }

  /** A random report, of odd seeds in columns, of every other one of these with differences. */
  static BoardReport random(long seed) {
    return random(seed, seed % 4 == 3);
  }

  /**
   * A random report, of odd seeds in columns.
   *
   * @param differences whether what can be is said as differences
   */
  static BoardReport random(long seed, boolean differences) {
    BoardReport r = new RandomRecords(seed).next(BoardReport.class);
    r.setChipColumns(null);
    r.setLinkColumns(null);
    r.setChipDifferences(null);
    return seed % 2 == 0 ? r : inColumns(r, 0, differences);
  }

  /** The same report as the writer writes it. */
  static BoardReport asWritten(BoardReport rows) {
    return inColumns(rows, ReportWriter.LEAST_IN_COLUMNS, /* differences= */ true);
  }

  /** The same report with its chips and links in columns, unless there are fewer than that. */
  private static BoardReport inColumns(BoardReport rows, int least, boolean differences) {
    BoardReport r = BoardReport.newBuilder(rows).build();
    List<ChipSample> c = rows.getChips();
    if (c.size() >= least) {
      r.setChips(List.of());
      r.setChipColumns(
          new ChipColumns(
              c.stream().map(ChipSample::getChip).toList(),
              ints(c, x -> x.getHealth() == null ? null : HEALTH.indexOf(x.getHealth().name())),
              longs(c, ChipSample::getErrorCode),
              ints(c, ChipSample::getTemperatureDecicelsius),
              ints(c, ChipSample::getHbmTemperatureDecicelsius),
              ints(c, ChipSample::getPowerDeciwatts),
              ints(c, ChipSample::getUtilizationPermille),
              ints(c, ChipSample::getTensorActivityPermille),
              ints(c, ChipSample::getClockMegahertz),
              ints(c, ChipSample::getHbmUsedMebibytes),
              ints(c, ChipSample::getThrottleReasons),
              longs(c, ChipSample::getEccCorrected),
              longs(c, ChipSample::getEccUncorrected),
              longs(c, ChipSample::getSteps)));
      if (differences) {
        moveToDifferences(r);
      }
    }
    List<LinkSample> l = rows.getLinks();
    if (l.size() >= least) {
      r.setLinks(List.of());
      r.setLinkColumns(
          new LinkColumns(
              l.stream().map(LinkSample::getChip).toList(),
              l.stream().map(LinkSample::getPort).toList(),
              ints(l, x -> x.getState() == null ? null : STATES.indexOf(x.getState().name())),
              ints(l, LinkSample::getRateMegabitsPerSecond),
              longs(l, LinkSample::getTxBytes),
              longs(l, LinkSample::getRxBytes),
              longs(l, LinkSample::getCrcErrors),
              longs(l, LinkSample::getRetries),
              longs(l, LinkSample::getRecoveries),
              longs(l, LinkSample::getWaitMicroseconds)));
    }
    return r;
  }

  private static void moveToDifferences(BoardReport r) {
    ChipColumns c = r.getChipColumns();
    ChipDifferences d = new ChipDifferences(List.of(), List.of());
    if (varies(c.getTemperatureDecicelsius())) {
      d.setTemperatureDecicelsius(differences(c.getTemperatureDecicelsius()));
      c.setTemperatureDecicelsius(List.of());
      r.setChipDifferences(d);
    }
    if (varies(c.getHbmTemperatureDecicelsius())) {
      d.setHbmTemperatureDecicelsius(differences(c.getHbmTemperatureDecicelsius()));
      c.setHbmTemperatureDecicelsius(List.of());
      r.setChipDifferences(d);
    }
  }

  private static boolean varies(List<Integer> column) {
    return column.size() > 1 && !column.contains(Report.ABSENT);
  }

  private static List<Integer> differences(List<Integer> column) {
    List<Integer> differences = new ArrayList<>(column.subList(0, 1));
    for (int i = 1; i < column.size(); i++) {
      differences.add(column.get(i) - column.get(i - 1));
    }
    return differences;
  }

  private static List<Integer> sums(List<Integer> differences) {
    List<Integer> sums = new ArrayList<>();
    int sum = 0;
    for (int difference : differences) {
      sum += difference;
      sums.add(sum);
    }
    return sums;
  }

  /** The same report with its chips and links one by one. */
  static BoardReport inRows(BoardReport report) {
    BoardReport r = BoardReport.newBuilder(report).build();
    ChipColumns c = report.getChipColumns();
    if (c != null) {
      ChipDifferences d = report.getChipDifferences();
      if (d != null) {
        c = ChipColumns.newBuilder(c).build();
        if (!d.getTemperatureDecicelsius().isEmpty()) {
          c.setTemperatureDecicelsius(sums(d.getTemperatureDecicelsius()));
        }
        if (!d.getHbmTemperatureDecicelsius().isEmpty()) {
          c.setHbmTemperatureDecicelsius(sums(d.getHbmTemperatureDecicelsius()));
        }
      }
      List<ChipSample> chips = new ArrayList<>(report.getChips());
      for (int i = 0; i < c.getChip().size(); i++) {
        Integer health = entry(c.getHealth(), i);
        chips.add(
            new ChipSample(
                c.getChip().get(i),
                health == null ? null : ReportedHealth.valueOf(HEALTH.get(health)),
                longEntry(c.getErrorCode(), i),
                entry(c.getTemperatureDecicelsius(), i),
                entry(c.getHbmTemperatureDecicelsius(), i),
                entry(c.getPowerDeciwatts(), i),
                entry(c.getUtilizationPermille(), i),
                entry(c.getTensorActivityPermille(), i),
                entry(c.getClockMegahertz(), i),
                entry(c.getHbmUsedMebibytes(), i),
                entry(c.getThrottleReasons(), i),
                longEntry(c.getEccCorrected(), i),
                longEntry(c.getEccUncorrected(), i),
                longEntry(c.getSteps(), i)));
      }
      r.setChips(chips);
      r.setChipColumns(null);
      r.setChipDifferences(null);
    }
    LinkColumns l = report.getLinkColumns();
    if (l != null) {
      List<LinkSample> links = new ArrayList<>(report.getLinks());
      for (int i = 0; i < l.getChip().size(); i++) {
        Integer state = entry(l.getState(), i);
        links.add(
            new LinkSample(
                l.getChip().get(i),
                l.getPort().get(i),
                state == null ? null : LinkState.valueOf(STATES.get(state)),
                entry(l.getRateMegabitsPerSecond(), i),
                longEntry(l.getTxBytes(), i),
                longEntry(l.getRxBytes(), i),
                longEntry(l.getCrcErrors(), i),
                longEntry(l.getRetries(), i),
                longEntry(l.getRecoveries(), i),
                longEntry(l.getWaitMicroseconds(), i)));
      }
      r.setLinks(links);
      r.setLinkColumns(null);
    }
    return r;
  }

  private static <T> List<Integer> ints(List<T> of, Function<T, @Nullable Integer> reading) {
    List<@Nullable Integer> given = of.stream().map(reading).toList();
    List<Integer> entries = given.stream().map(n -> n == null ? Report.ABSENT : n).toList();
    if (given.stream().allMatch(Objects::isNull)) {
      return List.of();
    }
    return entries.stream().distinct().count() == 1 ? entries.subList(0, 1) : entries;
  }

  private static <T> List<Long> longs(List<T> of, Function<T, @Nullable Long> reading) {
    List<@Nullable Long> given = of.stream().map(reading).toList();
    List<Long> entries = given.stream().map(n -> n == null ? Report.ABSENT_LONG : n).toList();
    if (given.stream().allMatch(Objects::isNull)) {
      return List.of();
    }
    return entries.stream().distinct().count() == 1 ? entries.subList(0, 1) : entries;
  }

  private static @Nullable Integer entry(List<Integer> column, int i) {
    return column.isEmpty() ? null : orNull(column.get(column.size() == 1 ? 0 : i));
  }

  private static @Nullable Long longEntry(List<Long> column, int i) {
    return column.isEmpty() ? null : orNull(column.get(column.size() == 1 ? 0 : i));
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
