package io.isotherm.score;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.avro.FaultKind;
import io.isotherm.score.Expectation.Group;
import io.isotherm.score.Matching.Case;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A score as JSON. The same tree is what requirements are read against. */
public final class ScoreJson {
  private ScoreJson() {}

  static ObjectNode of(ScoreSettings settings, Score score) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", settings.version());
    ObjectNode given = root.putObject("parameters");
    given.put("scenario", settings.scenario().name());
    given.put("preset", settings.plan().preset());
    given.put("chip", settings.plan().chip().id());
    given.put("pods", settings.plan().pods().size());
    given.put("chips", settings.plan().chips());
    given.put("hours", settings.durationMs() / 3_600_000.0);
    given.put("through_bytes", settings.throughBytes());
    ArrayNode seeds = given.putArray("seeds");
    score.runs().forEach(r -> seeds.add(r.seed()));
    ObjectNode detectors = given.putObject("detectors");
    DetectorFile.values(settings.detectors()).forEach(detectors::put);
    root.put("hours", score.hours());
    root.put("pod_days", score.podDays());
    root.put("reports", score.reports());
    root.set("overall", measures(score.overall()));
    ObjectNode groups = root.putObject("groups");
    for (Group group : List.of(Group.HARD, Group.SLOW)) {
      groups.set(Score.lower(group), measures(score.of(group)));
    }
    ObjectNode kinds = root.putObject("by_kind");
    for (FaultKind kind : score.kinds()) {
      kinds.set(Score.lower(kind), measures(score.of(kind)));
    }
    ObjectNode confusion = root.putObject("confusion");
    for (Map.Entry<String, Map<String, Integer>> row : score.confusion().entrySet()) {
      ObjectNode of = confusion.putObject(row.getKey());
      row.getValue().forEach(of::put);
    }
    ObjectNode excluded = root.putObject("excluded");
    score.excluded().forEach(excluded::put);
    ArrayNode missed = root.putArray("missed");
    ArrayNode misnamed = root.putArray("misnamed");
    ArrayNode extra = root.putArray("extra_incidents");
    ArrayNode nothing = root.putArray("false_incidents");
    for (SeedRun run : score.runs()) {
      for (Case c : run.matching().cases()) {
        if (c.excluded() != null) {
          continue;
        }
        Raised found = c.found();
        if (found == null) {
          missed.add(fault(run, c.fault()));
        } else if (!c.rightKind() || !c.rightSubject()) {
          ObjectNode both = fault(run, c.fault());
          both.set("found_as", incident(run, found));
          misnamed.add(both);
        }
        for (Raised r : c.extra()) {
          ObjectNode both = incident(run, r);
          both.set("fault", fault(run, c.fault()));
          extra.add(both);
        }
      }
      run.matching().unmatched().forEach(r -> nothing.add(incident(run, r)));
    }
    return root;
  }

  /** Measures as JSON. */
  public static ObjectNode measures(Measures m) {
    ObjectNode n = JsonNodeFactory.instance.objectNode();
    n.put("faults", m.faults());
    n.put("found", m.found());
    n.put("incidents", m.incidents());
    n.put("false_incidents", m.falseIncidents());
    number(n, "precision", m.precision());
    number(n, "recall", m.recall());
    number(n, "f1", m.f1());
    number(n, "subject_accuracy", m.subjectAccuracy());
    number(n, "kind_accuracy", m.kindAccuracy());
    number(n, "incidents_per_fault", m.incidentsPerFault());
    number(n, "false_incidents_per_day", m.falseIncidentsPerDay());
    ObjectNode delay = n.putObject("delay_seconds");
    number(delay, "p50", m.delaySeconds(0.5));
    number(delay, "p95", m.delaySeconds(0.95));
    ObjectNode named = n.putObject("named_seconds");
    number(named, "p50", m.namedSeconds(0.5));
    number(named, "p95", m.namedSeconds(0.95));
    ObjectNode closing = n.putObject("resolved_seconds");
    number(closing, "p50", m.closingSeconds(0.5));
    number(closing, "p95", m.closingSeconds(0.95));
    n.put("still_open", m.open());
    n.put("resolved_early", m.early());
    return n;
  }

  private static void number(ObjectNode n, String name, double value) {
    if (Double.isNaN(value)) {
      n.putNull(name);
    } else {
      n.put(name, Math.round(value * 1e6) / 1e6);
    }
  }

  private static ObjectNode fault(SeedRun run, Broken f) {
    ObjectNode n = JsonNodeFactory.instance.objectNode();
    n.put("seed", run.seed());
    n.put("id", f.id());
    n.put("kind", Score.lower(f.kind()));
    n.put("subject", f.subject());
    n.put("start", Instant.ofEpochMilli(f.startMs()).toString());
    n.put("start_second", (f.startMs() - run.startMs()) / 1_000.0);
    if (f.endMs() == Long.MAX_VALUE) {
      n.putNull("end");
      n.putNull("lasted_seconds");
    } else {
      n.put("end", Instant.ofEpochMilli(f.endMs()).toString());
      n.put("lasted_seconds", (f.endMs() - f.startMs()) / 1_000.0);
    }
    n.put("magnitude", f.magnitude());
    return n;
  }

  private static ObjectNode incident(SeedRun run, Raised r) {
    ObjectNode n = JsonNodeFactory.instance.objectNode();
    n.put("seed", run.seed());
    n.put("id", r.id());
    n.put("kind", Score.lower(r.kind()));
    n.put("subject", r.subject());
    n.put("opened", Instant.ofEpochMilli(r.openedMs()).toString());
    n.put("opened_second", (r.openedMs() - run.startMs()) / 1_000.0);
    if (r.resolvedMs() == Long.MAX_VALUE) {
      n.putNull("resolved");
    } else {
      n.put("resolved", Instant.ofEpochMilli(r.resolvedMs()).toString());
    }
    n.put("summary", r.summary());
    return n;
  }
}
