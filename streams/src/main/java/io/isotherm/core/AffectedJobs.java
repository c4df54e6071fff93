package io.isotherm.core;

import io.isotherm.core.IncidentEvent.Evidence;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Names the jobs that work on a part as evidence of what is found of it. It opens nothing. */
final class AffectedJobs {
  private AffectedJobs() {}

  /** Adds the jobs of each chip, link, board or cabinet, as many as its evidence has room for. */
  static void addTo(
      Collection<Candidate> candidates, PodLayout layout, JobMap jobs, long windowStartMs) {
    if (jobs.jobs() == 0) {
      return;
    }
    for (Candidate c : candidates) {
      // The root cause comes first.
      if (!c.evidence.isEmpty()) {
        addTo(c, layout, jobs, windowStartMs);
      }
    }
  }

  private static void addTo(Candidate c, PodLayout layout, JobMap jobs, long windowStartMs) {
    switch (c.kind) {
      case CHIP_SILENT,
          CHIP_FATAL,
          CHIP_HOT,
          CHIP_SLOW,
          CHIP_LINKS,
          HBM_CORRECTABLE,
          HBM_UNCORRECTABLE ->
          addTo(c, layout.boardOfChip(c.subject), 1, jobs, windowStartMs);
      case LINK_DOWN, LINK_DEGRADED, LINK_FLAP, LINK_NARROW -> {
        int chip = layout.chipOfPort(c.subject);
        addTo(c, layout.boardOfChip(chip), 1, jobs, windowStartMs);
      }
      case BOARD_SILENT, BOARD_CLOCK, HOST_RESTART -> addTo(c, c.subject, 1, jobs, windowStartMs);
      case CABINET_SILENT, CABINET_HOT -> {
        int boards = layout.boardsPerCabinet();
        addTo(c, c.subject * boards, boards, jobs, windowStartMs);
      }
      case POD_SILENT,
          COOLING_LOOP_HOT,
          SWITCH_FAULT,
          PLANE_FAULT,
          CONGESTION,
          POWER_SAG,
          JOB_HANG,
          JOB_CRASHED,
          JOB_SLOW,
          SITE_FAULT -> {
        // Of too many jobs, or of one that it names anyway.
      }
    }
  }

  private static void addTo(
      Candidate c, int firstBoard, int boards, JobMap jobs, long windowStartMs) {
    List<Integer> told = new ArrayList<>();
    for (int board = firstBoard; board < firstBoard + boards; board++) {
      int job = jobs.jobOf(board);
      if (job != JobMap.NO_JOB && !told.contains(job)) {
        told.add(job);
        int here = 0;
        for (int b = board; b < firstBoard + boards; b++) {
          here += jobs.jobOf(b) == job ? 1 : 0;
        }
        c.evidence(
            new Evidence(
                Evidence.JOB,
                JobCourses.path(jobs.name(job)),
                windowStartMs,
                /* value= */ here,
                /* expected= */ jobs.boards(job),
                "boards"));
      }
    }
  }

  /** The names of the jobs among the evidence of an incident. */
  static List<String> among(List<Evidence> evidence) {
    return evidence.stream()
        .filter(e -> e.finding().equals(Evidence.JOB))
        .map(e -> e.subject().substring(JobCourses.path("").length()))
        .toList();
  }
}
