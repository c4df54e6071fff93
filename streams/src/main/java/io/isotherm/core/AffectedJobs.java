package io.isotherm.core;

import io.isotherm.core.IncidentEvent.AffectedJob;
import io.isotherm.model.PodLayout;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Whose work an incident hits: the jobs on its part. */
final class AffectedJobs {
  /** Jobs of one incident that are told; of more, the last are left out. */
  static final int MAX_JOBS = 100;

  private AffectedJobs() {}

  /** Adds the jobs of each part that a window says something of. */
  static void addTo(Collection<Candidate> candidates, PodLayout layout, JobMap jobs) {
    if (jobs.jobs() > 0) {
      candidates.forEach(c -> c.jobs = on(boards(c, layout), jobs));
    }
  }

  /** The boards that are of a part, or that it is of; none if the part is everybody's. */
  private static IntStream boards(Candidate c, PodLayout layout) {
    return switch (c.kind) {
      case CHIP_SILENT,
          CHIP_FATAL,
          CHIP_HOT,
          CHIP_SLOW,
          CHIP_LINKS,
          HBM_CORRECTABLE,
          HBM_UNCORRECTABLE ->
          IntStream.of(layout.boardOfChip(c.subject));
      case LINK_DOWN, LINK_DEGRADED, LINK_FLAP, LINK_NARROW ->
          IntStream.of(layout.boardOfChip(layout.chipOfPort(c.subject)));
      case BOARD_SILENT, BOARD_CLOCK, HOST_RESTART -> IntStream.of(c.subject);
      case CABINET_SILENT, CABINET_HOT -> cabinets(c.subject, 1, layout);
      case COOLING_LOOP_HOT -> cabinets(c.subject, layout.cabinetsPerCoolingLoop(), layout);
      case POWER_SAG -> cabinets(c.subject, layout.cabinetsPerPowerFeed(), layout);
      case POD_SILENT -> IntStream.range(0, layout.boards());
      case SWITCH_FAULT, CONGESTION -> layout.boardsOfSet(layout.setOfSwitch(c.subject));
      case PLANE_FAULT -> layout.boardsOfSet(c.subject);
      case JOB_HANG, JOB_CRASHED, JOB_SLOW, SITE_FAULT -> IntStream.empty();
    };
  }

  /** The boards of the n-th group of so many cabinets; the pod's last may have fewer. */
  private static IntStream cabinets(int group, int cabinetsPerGroup, PodLayout layout) {
    int boards = cabinetsPerGroup * layout.boardsPerCabinet();
    return IntStream.range(group * boards, Math.min(layout.boards(), (group + 1) * boards));
  }

  private static List<AffectedJob> on(IntStream boards, JobMap jobs) {
    TreeMap<Integer, Integer> here = new TreeMap<>();
    boards
        .map(jobs::jobOf)
        .filter(job -> job != JobMap.NO_JOB)
        .forEach(job -> here.merge(job, 1, Integer::sum));
    return here.entrySet().stream()
        .map(e -> new AffectedJob(jobs.name(e.getKey()), e.getValue(), jobs.boards(e.getKey())))
        .sorted(Comparator.comparingInt(AffectedJob::boards).reversed())
        .limit(MAX_JOBS)
        .toList();
  }
}
