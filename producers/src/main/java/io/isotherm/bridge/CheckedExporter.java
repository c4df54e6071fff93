package io.isotherm.bridge;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an exporter answered when it was checked.
 *
 * @param board path of its board
 * @param url what was asked
 * @param exporter name of the mapping
 * @param tookMs how long the answer took, in milliseconds
 * @param failure why the answer has no readings; null if it has
 * @param chips chips of which it has a reading
 * @param links links of which it has a reading
 * @param readings the readings that it gave, by name
 * @param serves those of them by which incidents can be found: all but a health that the mapping
 *     never makes fatal
 * @param missing the readings that the mapping knows and it did not give
 * @param complaints what of it was no use
 * @param passedOver what the mapping leaves out on purpose
 */
public record CheckedExporter(
    String board,
    URI url,
    String exporter,
    long tookMs,
    @Nullable String failure,
    long chips,
    long links,
    List<String> readings,
    GivenReadings serves,
    List<String> missing,
    List<String> complaints,
    List<String> passedOver) {}
