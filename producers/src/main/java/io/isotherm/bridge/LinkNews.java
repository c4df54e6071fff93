package io.isotherm.bridge;

import io.isotherm.readings.ReadingField;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Says what of a board's links is to be told, and when.
 *
 * <p>Exporters refresh links more rarely than they are asked, up to once a minute, and do not say
 * when they did; and a report tells of all links of a board or of none. Told at every round, the
 * errors of that minute would stand in one report as if they were of a few seconds, and none in the
 * others. So counters are told in the round in which the last of the exporters has refreshed
 * something, and at least every {@value #LONGEST_MS} ms.
 *
 * <p>When a link has gone up or down or changed its speed that is told at once, with the counters
 * that were told last. After that, or whenever counters were told that were not just refreshed, new
 * ones wait for {@value #SETTLE_MS} ms and a refresh: what grew before would seem to have grown
 * since.
 */
final class LinkNews {
  /** What the slowest of the known exporters takes. */
  static final long LONGEST_MS = 60_000;

  /** Half of what most exporters take: a rate is at most twice what it was. */
  static final long SETTLE_MS = 15_000;

  /** What exporters said in the round before. */
  private List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> seen = List.of();

  /** What was told last. */
  private List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> told = List.of();

  /** Exporters that have refreshed something since. */
  private final BitSet refreshed = new BitSet();

  private long toldMs;

  /** Whether counters were told that were not refreshed in that round. */
  private boolean old;

  /**
   * What is to be told, which then counts as told; null if nothing is.
   *
   * @param links what each exporter of the board says of links, in the same order every time
   * @param nowMs time, of any clock that only goes forward
   */
  @Nullable SortedMap<PartOfBoard, Map<ReadingField, Long>> tell(
      List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> links, long nowMs) {
    if (links.stream().allMatch(Map::isEmpty)) {
      return null;
    }
    if (links.size() != told.size()) {
      refreshed.clear();
      return counters(links, nowMs, /* fresh= */ false);
    }
    BitSet fresh = new BitSet();
    IntStream.range(0, links.size())
        .filter(i -> !links.get(i).isEmpty() && !links.get(i).equals(seen.get(i)))
        .forEach(fresh::set);
    refreshed.or(fresh);
    seen = List.copyOf(links);
    if (IntStream.range(0, links.size()).anyMatch(i -> statesDiffer(links.get(i), told.get(i)))) {
      return states(links, nowMs);
    }
    boolean all =
        IntStream.range(0, links.size()).allMatch(i -> links.get(i).isEmpty() || refreshed.get(i));
    boolean settled = !old || nowMs - toldMs >= SETTLE_MS;
    if (all && !settled) {
      refreshed.clear();
    }
    return (all && settled) || nowMs - toldMs >= LONGEST_MS
        ? counters(links, nowMs, allOf(links, fresh))
        : null;
  }

  private static boolean allOf(
      List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> links, BitSet fresh) {
    return IntStream.range(0, links.size()).allMatch(i -> links.get(i).isEmpty() || fresh.get(i));
  }

  private SortedMap<PartOfBoard, Map<ReadingField, Long>> counters(
      List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> links, long nowMs, boolean fresh) {
    seen = List.copyOf(links);
    return told(links, nowMs, !fresh);
  }

  /** The states of now with the counters that were told last. */
  private SortedMap<PartOfBoard, Map<ReadingField, Long>> states(
      List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> links, long nowMs) {
    List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> mixed = new ArrayList<>();
    for (int i = 0; i < links.size(); i++) {
      SortedMap<PartOfBoard, Map<ReadingField, Long>> before = told.get(i);
      SortedMap<PartOfBoard, Map<ReadingField, Long>> of = new TreeMap<>();
      links
          .get(i)
          .forEach(
              (link, now) -> {
                Map<ReadingField, Long> both = new EnumMap<>(now);
                both.putAll(before.getOrDefault(link, Map.of()));
                both.keySet().retainAll(now.keySet());
                for (ReadingField state :
                    List.of(ReadingField.LINK_STATE, ReadingField.LINK_RATE)) {
                  if (now.containsKey(state)) {
                    both.put(state, now.get(state));
                  }
                }
                of.put(link, both);
              });
      mixed.add(of);
    }
    return told(mixed, nowMs, /* wereOld= */ true);
  }

  private SortedMap<PartOfBoard, Map<ReadingField, Long>> told(
      List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> links, long nowMs, boolean wereOld) {
    told = List.copyOf(links);
    toldMs = nowMs;
    old = wereOld;
    refreshed.clear();
    SortedMap<PartOfBoard, Map<ReadingField, Long>> all = new TreeMap<>();
    for (SortedMap<PartOfBoard, Map<ReadingField, Long>> of : links) {
      of.forEach(
          (link, readings) -> {
            Map<ReadingField, Long> merged =
                all.computeIfAbsent(link, l -> new EnumMap<>(ReadingField.class));
            readings.forEach(merged::putIfAbsent);
          });
    }
    return all;
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
