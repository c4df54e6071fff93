package io.isotherm.core;

import io.isotherm.core.IncidentEvent.Evidence;
import java.util.ArrayList;
import java.util.List;

/** What one window says for an incident: its root cause, and what that explains. */
final class Candidate {
  static final int MAX_EVIDENCE = 10;
  static final int MAX_CHILDREN = 100;

  final IncidentKind kind;
  final int subject;
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

  Candidate(IncidentKind kind, int subject, String path) {
    this.kind = kind;
    this.subject = subject;
    this.path = path;
  }

  /** Order and identity of incidents within a pod: by kind, then by the subject's number. */
  static long key(IncidentKind kind, int subject) {
    return (long) kind.code() << 32 | subject;
  }

  long key() {
    return key(kind, subject);
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
