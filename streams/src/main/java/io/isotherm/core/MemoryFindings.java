package io.isotherm.core;

import static io.isotherm.core.IncidentKind.CHIP_FATAL;
import static io.isotherm.core.IncidentKind.CHIP_HOT;

import io.isotherm.model.PodLayout;
import java.util.SortedMap;

/** Finds chips that are broken by their exporter's own word. */
final class MemoryFindings {
  private final Judgement judgement;
  private final PodLayout layout;
  private final SortedMap<Long, Candidate> candidates;

  MemoryFindings(Judgement judgement) {
    this.judgement = judgement;
    layout = judgement.layout;
    candidates = judgement.candidates;
  }

  /** Makes the findings of this window. */
  void find() {
    for (int chip = 0; chip < layout.chips(); chip++) {
      if ((judgement.open().flags[chip] & OpenWindow.FATAL) != 0) {
        Candidate c = judgement.candidate(CHIP_FATAL, chip, layout.chipPath(chip));
        c.critical = judgement.jobs().synchronous(layout.boardOfChip(chip));
        c.chipsAffected = 1;
        c.evidence(judgement.evidence("chip_fatal", c.path, 1, 0, "fatal"));
        Candidate hot = candidates.get(Candidate.key(CHIP_HOT, chip));
        if (hot != null && !hot.covered) {
          c.evidence(hot.evidence.get(0));
          Judgement.cover(hot, c);
        }
      }
    }
  }
}
