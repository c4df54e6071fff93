package io.isotherm.core;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one window says of one part, in the obvious way. */
final class ObviousFinding {
  final IncidentKind kind;

  /** Path of the part. */
  final String path;

  boolean critical;
  int chips;

  /** Windows just before this one that now turn out to have begun it. */
  int windowsBefore;

  /** Error code of the chip, and the window in which it came; null if none counts. */
  @Nullable String code;

  /** Whether a cabinet, or one of a loop, is hot beside its peers. */
  boolean besidePeers;

  /** Whether something else explains it: it opens nothing, but what is open stays open. */
  boolean explained;

  /** Paths of what it explains. */
  final List<String> children = new ArrayList<>();

  ObviousFinding(IncidentKind kind, String path, boolean critical, int chips) {
    this.kind = kind;
    this.path = path;
    this.critical = critical;
    this.chips = chips;
  }

  /**
   * Notes what explains it: {@link ObviousJudgement#explains}.
   *
   * @param by null if nothing does
   */
  void explainedBy(@Nullable ObviousFinding by) {
    if (by != null) {
      explained = true;
      by.children.add(path);
    }
  }
}
