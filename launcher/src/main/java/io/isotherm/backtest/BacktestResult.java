package io.isotherm.backtest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.avro.InjectedFault;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.Outcome;
import io.isotherm.core.SiteFindings;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.schemas.Topologies;
import io.isotherm.score.Broken;
import io.isotherm.score.DetectorFile;
import io.isotherm.score.Matching;
import io.isotherm.score.Measures;
import io.isotherm.score.Score;
import io.isotherm.score.ScoreJson;
import io.isotherm.score.SeedRun;
import io.isotherm.score.Sweep;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What came of a back-test, in the forms in which it is read.
 *
 * @param recording what was read
 * @param read how much of it
 * @param detectors settings of the detectors
 * @param book what the monitors told
 * @param sweep the setting that was varied; null if none was
 * @param swept what the monitors told at each of its values
 * @param wallSeconds how long it took
 * @param cpuSeconds time of all processors
 */
record BacktestResult(
    RecordedCluster recording,
    Backtest.Read read,
    DetectorSettings detectors,
    IncidentBook book,
    @Nullable Sweep sweep,
    List<IncidentBook> swept,
    double wallSeconds,
    double cpuSeconds) {

  /** What was found against what was broken; empty if the recording does not know that. */
  Optional<Score> score(IncidentBook of) {
    if (recording.truth().isEmpty() || of.podWindows() == 0) {
      return Optional.empty();
    }
    List<PodLayout> layouts =
        recording.pods().values().stream()
            .filter(pod -> of.judged().contains(pod.getPod()))
            .map(Topologies::layout)
            .toList();
    List<Placement> placements = recording.placements();
    List<Broken> broken = new ArrayList<>();
    for (InjectedFault f : recording.truth()) {
      if (f.getStartMs() < of.lastWindowMs() && isJudged(f, placements, of.judged())) {
        broken.add(Broken.of(f));
      }
    }
    Matching matching =
        Matching.of(
            broken, of.raised(), layouts, placements, of.firstWindowMs(), of.lastWindowMs());
    return Optional.of(
        new Score(
            List.of(
                new SeedRun(
                    0,
                    of.firstWindowMs(),
                    of.lastWindowMs() - of.firstWindowMs(),
                    layouts.size(),
                    read.reports(),
                    matching))));
  }

  /** Whether a fault is of the site, or of a pod or a job of which a window was judged. */
  private static boolean isJudged(
      InjectedFault fault, List<Placement> placements, Set<String> judged) {
    String subject = fault.getSubject();
    if (subject.startsWith(Placement.PATH)) {
      return placements.stream()
          .filter(p -> subject.equals(Placement.PATH + p.job()))
          .flatMap(p -> p.members().stream())
          .anyMatch(m -> judged.contains(m.pod()));
    }
    return subject.equals(SiteFindings.SITE) || judged.contains(fault.getPod());
  }

  ObjectNode json() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("recording", recording.directory().toString());
    root.put("cluster", recording.cluster());
    root.put("pods", recording.pods().size());
    if (book.podWindows() > 0) {
      root.put("from", time(book.firstWindowMs()));
      root.put("to", time(book.lastWindowMs()));
    }
    root.put("windows", book.podWindows());
    root.put("reports", read.reports());
    root.put("chip_samples", read.chipSamples());
    ObjectNode outcomes = root.putObject("outcomes");
    for (Outcome o : Outcome.values()) {
      outcomes.put(EventJson.word(o), read.outcomes().getOrDefault(o, 0L));
    }
    outcomes.put("unknown_pod", read.unknownPods());
    recording.recording().leftOut().forEach(root.putArray("left_out")::add);
    incidents(root.putObject("incidents"), book, true);
    score(book).ifPresent(s -> score(root.putObject("score"), s));
    ObjectNode settings = root.putObject("detectors");
    DetectorFile.values(detectors).forEach(settings::put);
    if (sweep != null) {
      ObjectNode of = root.putObject("sweep");
      of.put("key", sweep.key());
      ArrayNode points = of.putArray("points");
      for (int i = 0; i < swept.size(); i++) {
        ObjectNode point = points.addObject();
        point.put("value", sweep.values().get(i));
        incidents(point.putObject("incidents"), swept.get(i), false);
        score(swept.get(i)).ifPresent(s -> score(point.putObject("score"), s));
      }
    }
    ObjectNode cost = root.putObject("cost");
    cost.put("wall_seconds", rounded(wallSeconds));
    cost.put("cpu_seconds", rounded(cpuSeconds));
    cost.put("chip_samples_per_cpu_second", Math.round(read.chipSamples() / cpuSeconds));
    return root;
  }

  private static void incidents(ObjectNode node, IncidentBook of, boolean list) {
    List<IncidentLife> all = of.incidents();
    node.put("sha256", of.sha256());
    node.put("events", of.events());
    node.put("opened", all.size());
    node.put("open", all.stream().filter(i -> !i.resolved()).count());
    if (!list) {
      return;
    }
    ArrayNode each = node.putArray("list");
    for (IncidentLife i : all) {
      ObjectNode one = each.addObject();
      one.put("id", i.first().id());
      one.put("kind", EventJson.word(i.last().kind()));
      one.put("severity", EventJson.word(i.last().severity()));
      one.put("subject", i.last().subject());
      one.put("opened", time(i.first().openedMs()));
      one.put("resolved", i.resolved() ? time(i.resolvedMs()) : null);
      one.put("chips_affected", i.last().chipsAffected());
      one.put("children", i.last().childrenTotal());
      one.put("summary", i.last().summary());
    }
  }

  private static void score(ObjectNode node, Score score) {
    node.set("overall", ScoreJson.measures(score.overall()));
  }

  String table() {
    StringBuilder out = new StringBuilder();
    Texts.table(rows(), out);
    List<IncidentLife> all = book.incidents();
    out.append(
        String.format(
            Locale.ROOT,
            "%nIncidents: %d, %d of them open at the end; %d events, sha256 %s%n",
            all.size(),
            all.stream().filter(i -> !i.resolved()).count(),
            book.events(),
            book.sha256()));
    score(book)
        .ifPresent(
            s -> {
              Measures m = s.overall();
              out.append(
                  String.format(
                      Locale.ROOT,
                      "Against the truth: %d faults that count, %d found, %d incidents of no"
                          + " fault; precision %s, recall %s%n",
                      m.faults(),
                      m.found(),
                      m.falseIncidents(),
                      share(m.precision()),
                      share(m.recall())));
              out.append(
                  String.format(
                      Locale.ROOT,
                      "Of the found ones that ended: half of the incidents ended within %s of"
                          + " them, 95%% within %s; %d still open, %d ended early%n",
                      seconds(m.closingSeconds(0.5)),
                      seconds(m.closingSeconds(0.95)),
                      m.open(),
                      m.early()));
            });
    out.append(
        String.format(
            Locale.ROOT,
            "Read: %,d reports, %,d chip-samples, %,d windows; %.1f s, %.1f CPU s, %.2f M"
                + " chip-samples a CPU second%n",
            read.reports(),
            read.chipSamples(),
            book.podWindows(),
            wallSeconds,
            cpuSeconds,
            read.chipSamples() / cpuSeconds / 1e6));
    for (String line : recording.recording().leftOut()) {
      out.append("Missing in the recording: ").append(line).append('\n');
    }
    if (sweep != null) {
      out.append('\n');
      Texts.table(sweepRows(), out);
    }
    return out.toString();
  }

  /** The incidents, one a row after the heading. */
  List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("OPENED", "LASTED", "SEVERITY", "KIND", "SUBJECT", "CHIPS", "ID"));
    for (IncidentLife i : book.incidents()) {
      rows.add(
          List.of(
              time(i.first().openedMs()),
              i.resolved() ? (i.resolvedMs() - i.first().openedMs()) / 1000 + " s" : "open",
              EventJson.word(i.last().severity()),
              EventJson.word(i.last().kind()),
              i.last().subject(),
              Integer.toString(i.last().chipsAffected()),
              i.first().id()));
    }
    return rows;
  }

  /** What came of each value of the sweep, one a row after the heading. */
  List<List<String>> sweepRows() {
    List<List<String>> rows = new ArrayList<>();
    if (sweep == null) {
      return rows;
    }
    boolean truth = !recording.truth().isEmpty();
    List<String> heading = new ArrayList<>(List.of(sweep.key(), "INCIDENTS", "OPEN AT THE END"));
    if (truth) {
      heading.addAll(List.of("PRECISION", "RECALL", "OF NO FAULT"));
    }
    rows.add(heading);
    for (int i = 0; i < swept.size(); i++) {
      IncidentBook at = swept.get(i);
      List<IncidentLife> all = at.incidents();
      List<String> row = new ArrayList<>();
      row.add(Integer.toString(sweep.values().get(i)));
      row.add(Integer.toString(all.size()));
      row.add(Long.toString(all.stream().filter(l -> !l.resolved()).count()));
      score(at)
          .map(Score::overall)
          .ifPresent(
              m -> {
                row.add(share(m.precision()));
                row.add(share(m.recall()));
                row.add(Integer.toString(m.falseIncidents()));
              });
      while (row.size() < heading.size()) {
        row.add("-");
      }
      rows.add(row);
    }
    return rows;
  }

  private static String share(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.3f", value);
  }

  private static String seconds(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.0f s", value);
  }

  private static double rounded(double seconds) {
    return Math.round(seconds * 1e3) / 1e3;
  }

  static String time(long ms) {
    return Instant.ofEpochMilli(ms).truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
