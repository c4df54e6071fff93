package io.isotherm.score;

import io.isotherm.catalog.ClusterPlan;
import io.isotherm.core.DetectorSettings;
import io.isotherm.emulator.Scenario;

/**
 * What is to be scored.
 *
 * @param plan what the cluster is made of
 * @param scenario what happens to it; its seed is not used
 * @param firstSeed first seed
 * @param seeds number of seeds, each the one before plus one
 * @param durationMs event time to watch for each seed, in milliseconds
 * @param detectors thresholds
 * @param throughBytes whether every report is encoded and decoded on its way
 * @param threads most threads, one for each seed
 * @param version version of Isotherm
 */
public record ScoreSettings(
    ClusterPlan plan,
    Scenario scenario,
    long firstSeed,
    int seeds,
    long durationMs,
    DetectorSettings detectors,
    boolean throughBytes,
    int threads,
    String version) {}
