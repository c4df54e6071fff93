package io.isotherm.schemas;

import io.isotherm.avro.JobMember;
import io.isotherm.avro.JobPlacement;
import io.isotherm.model.Placement;
import java.util.ArrayList;
import java.util.List;

/** From {@link JobPlacement}, as it is published, to {@link Placement}, and back. */
public final class Placements {
  private Placements() {}

  /**
   * The placement that was published.
   *
   * @throws IllegalArgumentException if its numbers make no sense; the message is one line that
   *     names the job
   */
  public static Placement placement(JobPlacement published) {
    List<Placement.Member> members = new ArrayList<>();
    for (JobMember m : published.getMembers()) {
      members.add(
          new Placement.Member(
              m.getPod(), m.getFirstBoard(), m.getBoards(), m.getRole(), m.getStage()));
    }
    Long until = published.getEffectiveUntilMs();
    return checked(
        new Placement(
            published.getJob(),
            published.getEffectiveFromMs(),
            until == null ? Long.MAX_VALUE : until,
            published.getSynchronous(),
            members));
  }

  /**
   * A placement as it is published.
   *
   * @throws IllegalArgumentException if its numbers make no sense; the message is one line that
   *     names the job
   */
  public static JobPlacement publish(Placement placement) {
    checked(placement);
    List<JobMember> members = new ArrayList<>();
    for (Placement.Member m : placement.members()) {
      members.add(new JobMember(m.pod(), m.firstBoard(), m.boards(), m.role(), m.stage()));
    }
    return new JobPlacement(
        placement.job(),
        placement.fromMs(),
        placement.untilMs() == Long.MAX_VALUE ? null : placement.untilMs(),
        placement.synchronous(),
        members);
  }

  private static Placement checked(Placement p) {
    check(!p.job().isBlank(), p, "the name is blank");
    check(
        p.fromMs() < p.untilMs(), p, "ends at %d, not after its start %d", p.untilMs(), p.fromMs());
    check(!p.members().isEmpty(), p, "has no members");
    for (Placement.Member m : p.members()) {
      check(!m.pod().isBlank(), p, "a member's pod has a blank name");
      check(
          m.firstBoard() >= 0 && m.boards() >= 1,
          p,
          "%d boards from board %d on in pod '%s'; needs at least 1 from 0 on",
          m.boards(),
          m.firstBoard(),
          m.pod());
      check(m.stage() >= 0, p, "stage %d in pod '%s' is negative", m.stage(), m.pod());
    }
    return p;
  }

  private static void check(boolean ok, Placement p, String message, Object... args) {
    if (!ok) {
      throw new IllegalArgumentException(
          "placement of job '%s': %s".formatted(p.job(), message.formatted(args)));
    }
  }
}
