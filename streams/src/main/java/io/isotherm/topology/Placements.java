package io.isotherm.topology;

import io.isotherm.avro.JobMember;
import io.isotherm.avro.JobPlacement;
import io.isotherm.model.Placement;
import org.jspecify.annotations.Nullable;

/** Makes the plain placement of a job from its record. */
final class Placements {
  private Placements() {}

  static Placement placement(JobPlacement record) {
    @Nullable Long until = record.getEffectiveUntilMs();
    return new Placement(
        record.getJob(),
        record.getEffectiveFromMs(),
        until == null ? Long.MAX_VALUE : until,
        record.getSynchronous(),
        record.getMembers().stream().map(Placements::member).toList());
  }

  private static Placement.Member member(JobMember member) {
    return new Placement.Member(
        member.getPod(),
        member.getFirstBoard(),
        member.getBoards(),
        member.getRole(),
        member.getStage());
  }
}
