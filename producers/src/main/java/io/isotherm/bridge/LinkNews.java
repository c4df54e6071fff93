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
 * #LONGEST_MS} ms. After a word on a state alone the counters wait for {@value #SETTLE_MS} ms: some
 * of them were old then, and would seem to have grown in no time.
 */
final class LinkNews {
  /** What the slowest of the known exporters takes. */
  static final long LONGEST_MS = 60_000;

  /** What most exporters take. */
  static final long SETTLE_MS = 30_000;

  private List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> told = List.of();
  private long toldMs;
  private boolean ofStates;

  /**
   * Whether they are to be told, which then counts as done.
   *
   * @param links what each exporter of the board says of links, in the same order every time
   * @param nowMs time, of any clock that only goes forward
   */
  boolean tell(List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> links, long nowMs) {
    if (links.stream().allMatch(Map::isEmpty)) {
      return false;
    }
    if (links.size() != told.size()) {
      told(links, nowMs, /* alone= */ false);
      return true;
    }
    boolean refreshed = allRefreshed(links);
    boolean states = anyStateDiffers(links);
    boolean settled = !ofStates || nowMs - toldMs >= SETTLE_MS;
    boolean due = states || (refreshed && settled) || nowMs - toldMs >= LONGEST_MS;
    if (due) {
      told(links, nowMs, /* alone= */ states && !refreshed);
    }
    return due;
  }

  private void told(
      List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> links, long nowMs, boolean alone) {
    told = List.copyOf(links);
    toldMs = nowMs;
    ofStates = alone;
  }

  private boolean allRefreshed(List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> links) {
    return IntStream.range(0, links.size())
        .filter(i -> !links.get(i).isEmpty())
        .allMatch(i -> !links.get(i).equals(told.get(i)));
  }

  private boolean anyStateDiffers(List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> links) {
    return IntStream.range(0, links.size()).anyMatch(i -> statesDiffer(links.get(i), told.get(i)));
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
