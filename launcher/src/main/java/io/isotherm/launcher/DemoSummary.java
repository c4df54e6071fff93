package io.isotherm.launcher;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.avro.InjectedFault;
import io.isotherm.avro.PodHealth;
import io.isotherm.backtest.Texts;
import io.isotherm.producers.EmulatorStatus;
import io.isotherm.score.Raised;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What came of a demo: what was broken against what was found, and what it cost.
 *
 * @param incidentsSha256 digest of all events of incidents, see {@link
 *     io.isotherm.core.IncidentDigest}
 * @param emulated what the emulator did: its chips are those that the topology says exist
 * @param chipsAccounted chips in any state in the newest window of their pod
 * @param judgedUntilMs end of the newest window, in milliseconds since 1970-01-01 UTC
 * @param cores CPU seconds for every second of wall time
 * @param peakBytes highest memory of the process in bytes, or -1 where it is not known
 */
record DemoSummary(
    FaultScore score,
    String incidentsSha256,
    EmulatorStatus emulated,
    long chipsAccounted,
    long judgedUntilMs,
    long windows,
    long deadLetters,
    Duration wall,
    double cores,
    long peakBytes) {

  static DemoSummary of(
      FaultScore score, EmulatorStatus emulated, ResultLog results, ProcessUsage usage) {
    long accounted = 0;
    long windows = 0;
    for (PodHealth pod : results.pods()) {
      accounted +=
          pod.getHealthy()
              + pod.getSuspect()
              + pod.getDegraded()
              + pod.getFailed()
              + pod.getUnknown();
      windows += pod.getWindowsTotal();
    }
    return new DemoSummary(
        score,
        results.incidentsSha256(),
        emulated,
        accounted,
        results.judgedUntilMs(),
        windows,
        results.deadLetters(),
        usage.wall(),
        usage.cores(),
        usage.peakResidentBytes().orElse(-1));
  }

  void table(PrintWriter out) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("BROKEN", "WHERE", "FOUND AS", "AFTER"));
    for (FaultScore.Match match : score.matches()) {
      InjectedFault fault = match.fault();
      String kind = lower(fault.getKind());
      if (match.incidents().isEmpty()) {
        String excluded = match.excluded();
        rows.add(
            List.of(
                kind,
                fault.getSubject(),
                "not found",
                excluded == null ? lasted(fault) : "does not count: " + excluded));
      }
      for (Raised incident : match.incidents()) {
        rows.add(
            List.of(
                kind,
                fault.getSubject(),
                lower(incident.kind())
                    + (incident.subject().equals(fault.getSubject())
                        ? ""
                        : " at " + incident.subject()),
                String.format(
                    Locale.ROOT,
                    "%.0f s%s",
                    (incident.openedMs() - fault.getStartMs()) / 1000.0,
                    match.found() ? "" : ", one of " + match.incidents().size())));
      }
    }
    for (Raised incident : score.unmatched()) {
      rows.add(
          List.of(
              "nothing", incident.subject(), lower(incident.kind()), "nothing was broken there"));
    }
    StringBuilder table = new StringBuilder();
    Texts.table(rows, table);
    out.print(table);
    long counting = score.matches().stream().filter(FaultScore.Match::counts).count();
    long found = score.matches().stream().filter(FaultScore.Match::found).count();
    long others = score.matches().size() - counting;
    out.printf(
        Locale.ROOT,
        "%nFaults: %d, found by exactly one incident: %d; %sincidents of no fault: %d%n",
        counting,
        found,
        others == 0 ? "" : others + " more that do not count; ",
        score.unmatched().size());
    if (emulated.failuresLeftOut() > 0) {
      out.printf(
          Locale.ROOT,
          "Left out: %d random faults, no free place for them%n",
          emulated.failuresLeftOut());
    }
    out.printf(
        Locale.ROOT,
        "Chips: %d of %d accounted for; %d reports, %d windows, %d dead letters%n",
        chipsAccounted,
        emulated.chips(),
        emulated.reports(),
        windows,
        deadLetters);
    if (emulated.skippedBeats() > 0) {
      out.printf(
          Locale.ROOT,
          "Too slow: the emulator left out %d intervals of every board, for want of processor time;"
              + " to the monitor those boards were silent%n",
          emulated.skippedBeats());
    }
    if (emulated.skippedReports() > 0) {
      out.printf(
          Locale.ROOT,
          "Too slow: the emulator left out %d more reports, whose turn came too late%n",
          emulated.skippedReports());
    }
    if (emulated.sendErrors() > 0) {
      out.printf(Locale.ROOT, "Lost: Kafka did not take %d records%n", emulated.sendErrors());
    }
    out.printf(
        Locale.ROOT,
        "Cost: %.0f s, %.2f cores on average, %s of memory at most%n",
        wall.toMillis() / 1000.0,
        cores,
        peakBytes < 0 ? "unknown" : (peakBytes >> 20) + " MiB");
    out.flush();
  }

  /** How long a fault that was not found could be seen. */
  private String lasted(InjectedFault fault) {
    Long end = fault.getEndMs();
    long until = end == null ? judgedUntilMs : Math.min(end, judgedUntilMs);
    return String.format(
        Locale.ROOT,
        "it lasted %.0f s until the last window",
        Math.max(0, until - fault.getStartMs()) / 1000.0);
  }

  void json(PrintWriter out) throws JsonProcessingException {
    List<Map<String, Object>> faults = new ArrayList<>();
    for (FaultScore.Match match : score.matches()) {
      Map<String, Object> fault = new LinkedHashMap<>();
      fault.put("id", match.fault().getId());
      fault.put("kind", lower(match.fault().getKind()));
      fault.put("subject", match.fault().getSubject());
      fault.put("start", Instant.ofEpochMilli(match.fault().getStartMs()).toString());
      fault.put("found", match.found());
      fault.put("counts", match.counts());
      if (match.excluded() != null) {
        fault.put("excluded", match.excluded());
      }
      if (!match.incidents().isEmpty()) {
        fault.put("delay_seconds", match.delaySeconds());
      }
      fault.put("incidents", match.incidents().stream().map(DemoSummary::json).toList());
      faults.add(fault);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("faults", faults);
    all.put("faults_left_out", emulated.failuresLeftOut());
    all.put("unmatched_incidents", score.unmatched().stream().map(DemoSummary::json).toList());
    all.put("incidents", Map.of("sha256", incidentsSha256));
    all.put("chips", emulated.chips());
    all.put("chips_accounted", chipsAccounted);
    all.put("reports", emulated.reports());
    all.put("intervals_skipped", emulated.skippedBeats());
    all.put("reports_skipped", emulated.skippedReports());
    all.put("records_refused", emulated.sendErrors());
    all.put("windows", windows);
    all.put("dead_letters", deadLetters);
    all.put("wall_seconds", wall.toMillis() / 1000.0);
    all.put("cpu_cores", cores);
    if (peakBytes >= 0) {
      all.put("peak_memory_bytes", peakBytes);
    }
    out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(all));
    out.flush();
  }

  private static Map<String, Object> json(Raised incident) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", incident.id());
    map.put("kind", lower(incident.kind()));
    map.put("subject", incident.subject());
    map.put("opened", Instant.ofEpochMilli(incident.openedMs()).toString());
    map.put("summary", incident.summary());
    return map;
  }

  static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
