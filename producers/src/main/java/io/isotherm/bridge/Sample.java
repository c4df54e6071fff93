package io.isotherm.bridge;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One sample of an exporter.
 *
 * @param metric name of the metric
 * @param labels the labels by name
 * @param value the value as it was written
 * @param timeMs when it was taken by the exporter's own clock, in milliseconds since 1970-01-01
 *     UTC; null if the exporter does not say, as most do not
 */
record Sample(String metric, Map<String, String> labels, String value, @Nullable Long timeMs) {}
