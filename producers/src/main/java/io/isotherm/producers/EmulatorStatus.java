package io.isotherm.producers;

/**
 * How an emulator is doing.
 *
 * @param chips chips of the cluster
 * @param reports reports that were given to Kafka, duplicates included
 * @param skippedBeats intervals in which no report was made because the emulator was too far behind
 * @param skippedReports reports, besides those of such intervals, that were not made because their
 *     turn came too late
 * @param sendErrors records that Kafka did not take
 * @param failures faults that have begun
 * @param openFailures faults that have begun and not ended
 * @param failuresLeftOut random faults that were left out, for want of a free place
 * @param lagMs how far sampling is behind its schedule, in milliseconds
 */
public record EmulatorStatus(
    long chips,
    long reports,
    long skippedBeats,
    long skippedReports,
    long sendErrors,
    int failures,
    int openFailures,
    int failuresLeftOut,
    long lagMs) {}
