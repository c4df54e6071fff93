package io.isotherm.core;

import static io.isotherm.core.IncidentKind.BOARD_SILENT;
import static io.isotherm.core.IncidentKind.CABINET_SILENT;
import static io.isotherm.core.IncidentKind.CHIP_FATAL;
import static io.isotherm.core.IncidentKind.CHIP_SILENT;
import static io.isotherm.core.IncidentKind.LINK_DEGRADED;
import static io.isotherm.core.IncidentKind.LINK_DOWN;
import static io.isotherm.core.IncidentKind.POD_SILENT;

import io.isotherm.model.PodLayout;
import java.util.Arrays;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds links that are down or have too many errors. A link that is sick because a chip at its end
 * is gone belongs to that chip.
 */
final class LinkFindings {
  private final Judgement judgement;
  private final PodLayout layout;
  private final DetectorSettings settings;
  private final PodState state;
  private final IncidentLedger ledger;
  private final byte[] boardStatus;
  private final SortedMap<Long, Candidate> candidates;
  private final boolean[] suspect;

  LinkFindings(Judgement judgement) {
    this.judgement = judgement;
    layout = judgement.layout;
    settings = judgement.settings;
    state = judgement.state;
    ledger = judgement.ledger;
    boardStatus = judgement.boardStatus;
    candidates = judgement.candidates;
    suspect = new boolean[layout.chips()];
  }

  /** Whether a link of the chip is sick without a reason elsewhere. */
  boolean suspect(int chip) {
    return suspect[chip];
  }

  /** Makes the findings of this window and counts the ports: up, down, degraded, unknown. */
  int[] find() {
    int[] counts = new int[4];
    Arrays.fill(suspect, false);
    int ports = layout.portsPerChip();
    for (int chip = 0; chip < layout.chips(); chip++) {
      if (boardStatus[layout.boardOfChip(chip)] != Judgement.HEARD) {
        counts[3] += ports;
        continue;
      }
      for (int p = chip * ports; p < (chip + 1) * ports; p++) {
        byte bits = state.port[p];
        switch (bits & PodState.PORT_STATE) {
          case PodState.PORT_UP -> {
            if ((bits & PodState.PORT_DEGRADED) != 0) {
              counts[2]++;
              sickLink(p, LINK_DEGRADED);
            } else {
              counts[0]++;
            }
          }
          case PodState.PORT_DOWN -> {
            counts[1]++;
            sickLink(p, LINK_DOWN);
          }
          default -> counts[3]++;
        }
      }
    }
    return counts;
  }

  private void sickLink(int port, IncidentKind kind) {
    int peer = layout.peerPort(port);
    int subject = peer == PodLayout.NO_PORT ? port : Math.min(port, peer);
    if (candidates.containsKey(Candidate.key(kind, subject))
        || candidates.containsKey(Candidate.key(LINK_DOWN, subject))) {
      return;
    }
    int chip = layout.chipOfPort(port);
    int peerChip = peer == PodLayout.NO_PORT ? chip : layout.chipOfPort(peer);
    Candidate c = judgement.candidate(kind, subject, layout.portPath(subject));
    c.chipsAffected = peerChip == chip ? 1 : 2;
    if (kind == LINK_DOWN) {
      c.evidence(judgement.evidence("link_down", layout.portPath(port), 0, 1, "ports_up"));
      candidates.remove(Candidate.key(LINK_DEGRADED, subject));
    } else {
      PodState.PortErrors errors = state.watched.get(chip);
      int rate = errors == null ? 0 : errors.perSecond()[port % layout.portsPerChip()];
      c.evidence(
          judgement.evidence(
              "link_degraded",
              layout.portPath(port),
              rate,
              settings.linkErrorsPerSecond(),
              "errors_per_second"));
    }
    Candidate cause = coverOf(chip);
    Judgement.cover(c, cause != null ? cause : coverOf(peerChip));
    if (!c.covered) {
      suspect[chip] = true;
      suspect[peerChip] = true;
    }
  }

  /**
   * What explains that the links of a chip are sick, or null if the chip and its board are well.
   */
  private @Nullable Candidate coverOf(int chip) {
    int board = layout.boardOfChip(chip);
    int cab = layout.cabinetOfChip(chip);
    IncidentKind[] kinds = {POD_SILENT, CABINET_SILENT, BOARD_SILENT, CHIP_SILENT, CHIP_FATAL};
    int[] subjects = {0, cab, board, chip, chip};
    for (int i = 0; i < kinds.length; i++) {
      Candidate c = candidates.get(Candidate.key(kinds[i], subjects[i]));
      if (c != null && !c.covered) {
        boolean here = kinds[i] != POD_SILENT || boardStatus[board] == Judgement.SILENT;
        if (here) {
          return c;
        }
      }
    }
    for (int i = 1; i < kinds.length; i++) {
      // Parts that are back may bring their links back only at the next reading.
      if (ledger.isOpen(kinds[i], subjects[i])) {
        return Judgement.STILL_OPEN;
      }
    }
    return null;
  }

  /** Whether an incident of one of the chip's links is open. */
  boolean open(int chip) {
    for (int p = chip * layout.portsPerChip(); p < (chip + 1) * layout.portsPerChip(); p++) {
      int peer = layout.peerPort(p);
      int subject = peer == PodLayout.NO_PORT ? p : Math.min(p, peer);
      if (ledger.isOpen(LINK_DOWN, subject) || ledger.isOpen(LINK_DEGRADED, subject)) {
        return true;
      }
    }
    return false;
  }
}
