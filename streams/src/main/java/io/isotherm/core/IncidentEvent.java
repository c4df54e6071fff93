package io.isotherm.core;

import java.util.List;

/**
 * One event in the life of an incident. Times are event time in milliseconds since 1970-01-01 UTC.
 *
 * @param id identity, derived from kind, subject and first window
 * @param revision number of this event in the incident's life, from 1
 * @param type what happened
 * @param kind root cause
 * @param severity what it calls for
 * @param pod name of the pod
 * @param subject path of the part to look at
 * @param firstSeenMs start of the first window with a finding of this incident
 * @param openedMs end of the window at which it was opened
 * @param eventMs end of the window of this event
 * @param chipsAffected chips that are degraded, failed or unknown because of it
 * @param summary what is wrong, in one sentence
 * @param nextStep what to do next, in one sentence
 * @param evidence the findings that it rests on, the root cause's first
 * @param children paths of parts whose findings this incident explains
 * @param childrenTotal number of parts whose findings this incident explains
 * @param jobs whose work it hits: jobs on the part, those with the most boards there first, and
 *     then those that worked there since it began; of a job's own incident none, as the subject is
 *     the job, and none of the site, a plane or a rail, which are everybody's
 */
public record IncidentEvent(
    String id,
    int revision,
    Type type,
    IncidentKind kind,
    Severity severity,
    String pod,
    String subject,
    long firstSeenMs,
    long openedMs,
    long eventMs,
    int chipsAffected,
    String summary,
    String nextStep,
    List<Evidence> evidence,
    List<String> children,
    int childrenTotal,
    List<AffectedJob> jobs) {

  /** What happened to an incident. */
  public enum Type {
    OPENED,
    UPDATED,
    RESOLVED
  }

  /** What an incident calls for. */
  public enum Severity {
    /** Act now. */
    CRITICAL,
    /** Act today. */
    WARNING,
    /** Know it. */
    INFO
  }

  /**
   * A value against its expectation in one window.
   *
   * @param finding name of the finding, for instance {@code chip_hot}
   * @param subject path of the part that shows it
   * @param windowStartMs start of the window
   * @param value what was seen, in the unit
   * @param expected threshold that it was held against, in the unit
   * @param unit unit of value and expected
   */
  public record Evidence(
      String finding, String subject, long windowStartMs, long value, long expected, String unit) {}

  /**
   * A job whose work an incident hits.
   *
   * @param job its name
   * @param boards boards on which it works that are of the part, or that the part is of; 0 if it
   *     works there no longer
   * @param boardsInPod boards on which it works, or worked, in the pod
   */
  public record AffectedJob(String job, int boards, int boardsInPod) {}

  /** Copies the lists. */
  public IncidentEvent {
    evidence = List.copyOf(evidence);
    children = List.copyOf(children);
    jobs = List.copyOf(jobs);
  }
}
