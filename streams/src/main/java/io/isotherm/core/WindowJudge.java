package io.isotherm.core;

import io.isotherm.core.PodWindow.Counters;
import io.isotherm.model.PodLayout;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Judges a window that is over: what each part did, which findings that gives, which of them
 * explain others, and how the pod is.
 *
 * <p>Findings fold upwards: silent boards of one cabinet are one silent cabinet, silent cabinets
 * one silent pod, hot chips of a hot cabinet its cooling, and a link that is down because a chip at
 * its end is gone belongs to that chip. What is explained is attached as a child and opens nothing.
 */
final class WindowJudge {
  private final PodLayout layout;
  private final DetectorSettings settings;
  private final PodState state;
  private final IncidentLedger ledger;
  private final ErrorCodes codes;
  private final Judgement judgement;
  private final SilenceFindings silence;
  private final HeatFindings heat;
  private final MemoryFindings memory;
  private final LinkFindings links;
  private final PowerFindings power;
  private final SlowFindings slowness;
  private final JobFindings jobFindings;
  private final CongestionFindings congestion;
  private final WindowSummary summary;

  WindowJudge(
      PodLayout layout,
      DetectorSettings settings,
      PodState state,
      IncidentLedger ledger,
      FabricWaits waits,
      ErrorCodes codes) {
    this.layout = layout;
    this.settings = settings;
    this.state = state;
    this.ledger = ledger;
    this.codes = codes;
    judgement = new Judgement(layout, settings, state, ledger);
    silence = new SilenceFindings(judgement);
    heat = new HeatFindings(judgement);
    memory = new MemoryFindings(judgement);
    links = new LinkFindings(judgement);
    congestion = new CongestionFindings(judgement, waits);
    power = new PowerFindings(judgement);
    slowness = new SlowFindings(judgement);
    jobFindings = new JobFindings(judgement, slowness, links);
    ChipStates chipStates = new ChipStates(judgement, links, slowness);
    summary = new WindowSummary(judgement, heat, congestion, chipStates);
  }

  /** Judges a window and tells what follows from it: incident events first, then the window. */
  void judge(
      long window,
      long watermarkMs,
      JobMap jobs,
      Counters counters,
      long[] linkTotals,
      PodMonitor.Output output) {
    long windowStartMs = window * settings.windowMs();
    judgement.begin(windowStartMs, state.window(window), jobs);
    silence.find();
    power.find();
    heat.find();
    memory.find();
    slowness.find();
    int[] ports = links.find();
    List<PodWindow.JobShare> jobShares = jobFindings.find();
    congestion.find();
    codes.addTo(judgement.candidates.values(), ledger, windowStartMs);
    AffectedJobs.addTo(judgement.candidates.values(), layout, jobs);
    Consumer<IncidentEvent> incidents = output::incident;
    ledger.update(windowStartMs, judgement.candidates, Set.of(), judgement.pausing, incidents);
    output.window(summary.of(watermarkMs, counters, ports, linkTotals, jobShares));
    heat.end();
    memory.end(jobFindings::waits);
    links.end();
    slowness.end();
    judgement.end();
  }

  /** Takes over what another one knew of jobs. */
  void follow(WindowJudge before) {
    jobFindings.follow(before.jobFindings);
  }

  /** Writes what is remembered of the pod as a whole. */
  void write(DataOutputStream out) throws IOException {
    jobFindings.write(out);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param before whether the version before wrote it
   */
  void read(DataInputStream in, boolean before) throws IOException {
    jobFindings.read(in, before);
  }
}
