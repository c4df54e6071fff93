package io.isotherm.bridge;

/**
 * How a bridge is doing.
 *
 * @param boards boards that have an exporter
 * @param silentBoards boards of which no report could be made of the newest answers
 * @param exporters exporters that are asked
 * @param failingExporters exporters that gave no usable answer the last three times
 * @param scrapes answers that could be used, since the start
 * @param failedScrapes questions without a usable answer, since the start
 * @param skippedRounds turns of a board that were left out, because the last one was not over
 * @param reports reports made, since the start
 * @param sendErrors records that Kafka did not take
 */
public record BridgeStatus(
    int boards,
    int silentBoards,
    int exporters,
    int failingExporters,
    long scrapes,
    long failedScrapes,
    long skippedRounds,
    long reports,
    long sendErrors) {}
