package io.isotherm.core;

import io.isotherm.core.IncidentEvent.AffectedJob;
import io.isotherm.core.IncidentEvent.Evidence;
import java.util.ArrayList;
import java.util.List;

/** What one window says for an incident: its root cause, and what that explains. */
final class Candidate {
  static final int MAX_EVIDENCE = 10;
  static final int MAX_CHILDREN = 100;

  /** Bits of a subject's number in a key. */
  private static final int SUBJECT_BITS = 56;

  final IncidentKind kind;

  /** Number of the part; that of a job has more bits, which only the key has. */
  final int subject;

  private final long key;
  final String path;

  /** Explained by another candidate: it opens nothing, but what is open already stays open. */
  boolean covered;

  /** True if it calls for action now. */
  boolean critical;

  /** Windows just before this one that now turn out to have begun it. */
  int windowsBefore;

  int chipsAffected;
  int childrenTotal;
  final List<String> children = new ArrayList<>();
  final List<Evidence> evidence = new ArrayList<>();

  /** Whose work it hits. */
  List<AffectedJob> jobs = List.of();

  Candidate(IncidentKind kind, long subject, String path) {
    this.kind = kind;
    this.subject = (int) subject;
    this.path = path;
    key = key(kind, subject);
  }

  /**
   * Order and identity of incidents within a pod: by kind, then by the subject's number.
   *
   * @param subject less than 2 to the power of 56
   */
  static long key(IncidentKind kind, long subject) {
    return (long) kind.code() << SUBJECT_BITS | subject;
  }

  /** The kind of a key. */
  static IncidentKind kindOf(long key) {
    return IncidentKind.of((int) (key >>> SUBJECT_BITS));
  }

  /** The subject's number of a key. */
  static long subjectOf(long key) {
    return key & ((1L << SUBJECT_BITS) - 1);
  }

  /** The key for a stored one, which may be of the time when subjects had 32 bits. */
  static long keyOf(long stored) {
    return stored >>> SUBJECT_BITS != 0
        ? stored
        : key(IncidentKind.of((int) (stored >>> 32)), stored & 0xffff_ffffL);
  }

  long key() {
    return key;
  }

  /** Whether the path of one more child would be kept. */
  boolean keepsChild() {
    return children.size() < MAX_CHILDREN;
  }

  void child(String childPath) {
    childrenTotal++;
    if (keepsChild()) {
      children.add(childPath);
    }
  }

  /** Notes that a job stands still or is slower for it; jobs are the first of the children. */
  void stops(String jobPath) {
    childrenTotal++;
    if (children.size() == MAX_CHILDREN) {
      children.remove(MAX_CHILDREN - 1);
    }
    children.add(0, jobPath);
  }

  void evidence(Evidence e) {
    if (evidence.size() < MAX_EVIDENCE) {
      evidence.add(e);
    }
  }
}
