package io.isotherm.core;

import java.util.List;

/**
 * The cluster in one window that every pod has closed. The meaning and unit of every component are
 * those of the field of the schema {@code ClusterHealth} with the same name.
 */
public record ClusterWindow(
    String cluster,
    long windowStartMs,
    int windowMs,
    int pods,
    int podsReporting,
    int chips,
    PodWindow.StateCounts states,
    int chipsReporting,
    int effectiveComputePermille,
    long power,
    int links,
    int linksDown,
    int linksDegraded,
    int openIncidents,
    List<PodWindow.OpenKind> openKinds) {}
