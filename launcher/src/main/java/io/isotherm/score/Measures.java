package io.isotherm.score;

import java.util.Arrays;

/**
 * Measures of some kinds of fault, as they are defined in {@code docs/scoring.md}. Those of nothing
 * are {@link Double#NaN}: a precision without incidents, a recall without faults.
 *
 * @param faults faults that count
 * @param found of those, the ones that an incident names
 * @param rightSubject of the found ones, those whose incident names the fault's own part
 * @param rightKind of the found ones, those whose incident is of a kind that the fault must lead to
 * @param extra incidents beyond the first of a fault
 * @param falseIncidents incidents of no fault
 * @param podDays event time that was watched, in days, summed over the pods
 * @param delays milliseconds from start to opening of each found fault, ascending
 * @param named milliseconds from start until the incident had its last kind, ascending
 * @param closing milliseconds from the end of each found fault to that of its incident, ascending;
 *     of faults that ended before the run, and incidents that ended neither before them nor never
 * @param open found faults that ended before the run and whose incident did not
 * @param early found faults that held on when their incident had ended for the last time
 */
@SuppressWarnings("ArrayRecordComponent")
public record Measures(
    int faults,
    int found,
    int rightSubject,
    int rightKind,
    int extra,
    int falseIncidents,
    double podDays,
    long[] delays,
    long[] named,
    long[] closing,
    int open,
    int early) {
  /** Sorts the delays. */
  public Measures {
    delays = delays.clone();
    Arrays.sort(delays);
    named = named.clone();
    Arrays.sort(named);
    closing = closing.clone();
    Arrays.sort(closing);
  }

  /** Incidents that are of a fault that counts, or of none. */
  public int incidents() {
    return found + extra + falseIncidents;
  }

  /** Of all that is named, the share that is really broken: found over found and false. */
  public double precision() {
    return ratio(found, found + falseIncidents);
  }

  /** Of all that is broken, the share that is named. */
  public double recall() {
    return ratio(found, faults);
  }

  /** Harmonic mean of precision and recall. */
  public double f1() {
    double sum = precision() + recall();
    return sum == 0 ? 0 : 2 * precision() * recall() / sum;
  }

  public double subjectAccuracy() {
    return ratio(rightSubject, found);
  }

  public double kindAccuracy() {
    return ratio(rightKind, found);
  }

  public double incidentsPerFault() {
    return ratio(found + extra, found);
  }

  /** False incidents for each day of a pod. */
  public double falseIncidentsPerDay() {
    return podDays == 0 ? Double.NaN : falseIncidents / podDays;
  }

  /**
   * Delay in seconds that the given share of found faults did not exceed.
   *
   * @param share 0 to 1
   */
  public double delaySeconds(double share) {
    return seconds(delays, share);
  }

  /**
   * Time in seconds after which the given share of found faults was called by its last name.
   *
   * @param share 0 to 1
   */
  public double namedSeconds(double share) {
    return seconds(named, share);
  }

  /**
   * Time in seconds from a fault's end by which the given share of the incidents that outlasted it
   * had ended.
   *
   * @param share 0 to 1
   */
  public double closingSeconds(double share) {
    return seconds(closing, share);
  }

  private static double seconds(long[] ascending, double share) {
    if (ascending.length == 0) {
      return Double.NaN;
    }
    int rank = (int) Math.ceil(share * ascending.length);
    return ascending[Math.max(0, rank - 1)] / 1_000.0;
  }

  private static double ratio(int part, int whole) {
    return whole == 0 ? Double.NaN : (double) part / whole;
  }
}
