package io.isotherm.score;

import io.isotherm.avro.FaultKind;
import io.isotherm.score.Expectation.Group;
import io.isotherm.score.Matching.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** A score's tables: rows of cells, the first of them the heading. */
final class ScoreRows {
  private ScoreRows() {}

  static List<List<String>> measures(Score score) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(heading("FAULT"));
    rows.add(row("overall", score.overall()));
    rows.add(row("hard", score.of(Group.HARD)));
    rows.add(row("slow", score.of(Group.SLOW)));
    for (FaultKind kind : score.kinds()) {
      rows.add(row(Score.lower(kind), score.of(kind)));
    }
    return rows;
  }

  static List<List<String>> sweep(Sweep sweep, List<Score> swept) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            sweep.key(),
            "PRECISION",
            "RECALL",
            "HARD RECALL",
            "SLOW RECALL",
            "SUBJECT",
            "FALSE/DAY",
            "HARD P50",
            "SLOW P50"));
    for (int i = 0; i < swept.size(); i++) {
      Measures all = swept.get(i).overall();
      Measures hard = swept.get(i).of(Group.HARD);
      Measures slow = swept.get(i).of(Group.SLOW);
      rows.add(
          List.of(
              Integer.toString(sweep.values().get(i)),
              share(all.precision()),
              share(all.recall()),
              share(hard.recall()),
              share(slow.recall()),
              share(all.subjectAccuracy()),
              number(all.falseIncidentsPerDay()),
              seconds(hard.delaySeconds(0.5)),
              seconds(slow.delaySeconds(0.5))));
    }
    return rows;
  }

  static List<List<String>> confusion(Score score) {
    Map<String, Map<String, Integer>> by = score.confusion();
    TreeSet<String> incidents = new TreeSet<>();
    by.values().forEach(row -> incidents.addAll(row.keySet()));
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("BROKEN", "NAMED", "TIMES"));
    for (Map.Entry<String, Map<String, Integer>> row : by.entrySet()) {
      for (Map.Entry<String, Integer> cell : row.getValue().entrySet()) {
        rows.add(List.of(row.getKey(), cell.getKey(), cell.getValue().toString()));
      }
    }
    return rows;
  }

  /** What went wrong, one by one. */
  static List<List<String>> failures(Score score) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("WHAT", "SEED", "AT", "BROKEN", "WHERE", "NAMED", "WHERE NAMED"));
    for (SeedRun run : score.runs()) {
      String seed = Long.toString(run.seed());
      for (Case c : run.matching().cases()) {
        if (c.excluded() != null) {
          continue;
        }
        Broken f = c.fault();
        String kind = Score.lower(f.kind());
        Raised found = c.found();
        if (found == null) {
          rows.add(List.of("missed", seed, at(run, f.startMs()), kind, f.subject(), "", ""));
        } else if (!c.rightKind() || !c.rightSubject()) {
          rows.add(failure("misnamed", seed, at(run, f.startMs()), kind, f.subject(), found));
        }
        for (Raised r : c.extra()) {
          rows.add(failure("extra", seed, at(run, r.openedMs()), kind, f.subject(), r));
        }
      }
      for (Raised r : run.matching().unmatched()) {
        rows.add(failure("false", seed, at(run, r.openedMs()), "", "", r));
      }
    }
    return rows;
  }

  private static List<String> failure(
      String what, String seed, String at, String kind, String subject, Raised r) {
    return List.of(what, seed, at, kind, subject, Score.lower(r.kind()), r.subject());
  }

  private static String at(SeedRun run, long ms) {
    long s = Math.floorDiv(ms - run.startMs(), 1_000);
    return String.format(Locale.ROOT, "%d:%02d:%02d", s / 3_600, s / 60 % 60, s % 60);
  }

  private static List<String> heading(String first) {
    return List.of(
        first,
        "FAULTS",
        "FOUND",
        "FALSE",
        "PRECISION",
        "RECALL",
        "F1",
        "SUBJECT",
        "KIND",
        "PER FAULT",
        "FALSE/DAY",
        "P50",
        "P95",
        "END P50",
        "END P95",
        "OPEN",
        "EARLY");
  }

  private static List<String> row(String name, Measures m) {
    return List.of(
        name,
        Integer.toString(m.faults()),
        Integer.toString(m.found()),
        Integer.toString(m.falseIncidents()),
        share(m.precision()),
        share(m.recall()),
        share(m.f1()),
        share(m.subjectAccuracy()),
        share(m.kindAccuracy()),
        share(m.incidentsPerFault()),
        number(m.falseIncidentsPerDay()),
        seconds(m.delaySeconds(0.5)),
        seconds(m.delaySeconds(0.95)),
        seconds(m.closingSeconds(0.5)),
        seconds(m.closingSeconds(0.95)),
        Integer.toString(m.open()),
        Integer.toString(m.early()));
  }

  private static String share(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.3f", value);
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.2f", value);
  }

  private static String seconds(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.0f s", value);
  }
}
