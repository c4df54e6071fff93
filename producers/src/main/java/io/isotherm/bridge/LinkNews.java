package io.isotherm.bridge;

import io.isotherm.readings.ReadingField;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.stream.IntStream;

/**
 * Says when what was read of a board's links is to be told.
 *
 * <p>Exporters refresh links more rarely than they are asked, up to once a minute, and do not say
 * when they did. Told at every round, the errors of that minute would stand in one report as if
 * they were of a few seconds, and none in the others; and a report tells of all links of a board or
 * of none. So they are told when each exporter that speaks of links has refreshed something of
 * them, when a link has gone up or down or changed its speed, and at least every {@value
 * #LONGEST_MS} ms.
 */
final class LinkNews {
  /** What the slowest of the known exporters takes. */
  static final long LONGEST_MS = 60_000;

  private List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> told = List.of();
  private long toldMs;

  /**
   * Whether they are to be told, which then counts as done.
   *
   * @param links what each exporter of the board says of links, in the same order every time
   */
  boolean tell(List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> links, long nowMs) {
    if (links.stream().allMatch(Map::isEmpty)) {
      return false;
    }
    boolean due =
        links.size() != told.size()
            || nowMs - toldMs >= LONGEST_MS
            || IntStream.range(0, links.size())
                .anyMatch(i -> statesDiffer(links.get(i), told.get(i)))
            || IntStream.range(0, links.size())
                .filter(i -> !links.get(i).isEmpty())
                .allMatch(i -> !links.get(i).equals(told.get(i)));
    if (due) {
      told = List.copyOf(links);
      toldMs = nowMs;
    }
    return due;
  }

  private static boolean statesDiffer(
      SortedMap<PartOfBoard, Map<ReadingField, Long>> now,
      SortedMap<PartOfBoard, Map<ReadingField, Long>> before) {
    return now.entrySet().stream()
        .anyMatch(
            link -> {
              Map<ReadingField, Long> then = before.getOrDefault(link.getKey(), Map.of());
              return differs(ReadingField.LINK_STATE, link.getValue(), then)
                  || differs(ReadingField.LINK_RATE, link.getValue(), then);
            });
  }

  private static boolean differs(
      ReadingField field, Map<ReadingField, Long> now, Map<ReadingField, Long> then) {
    return !Objects.equals(now.get(field), then.get(field));
  }
}
