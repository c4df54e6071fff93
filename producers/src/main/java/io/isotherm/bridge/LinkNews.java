package io.isotherm.bridge;

import io.isotherm.readings.ReadingField;
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
 * <p>When a link has gone up or down or changed its speed that is told at once. Whoever reads it
 * takes what is new in any counter for the growth since the report before, so an exporter's
 * counters stand in it as they were told last, unless they grew for no more than twice that time.
 * Links that change all the time would leave no such time; so once an exporter's counters have
 * waited for {@value #SETTLE_MS} ms, changes wait for them.
 */
final class LinkNews {
  /** What the slowest of the known exporters takes. */
  static final long LONGEST_MS = 60_000;

  /** Half of what most exporters take. */
  static final long SETTLE_MS = 15_000;

  /** The exporters of the board, in the order in which they are given. */
  private List<Source> sources = List.of();

  private long toldMs;

  /** Whether a link has changed and that waits for counters. */
  private boolean held;

  /** What an exporter says, and what of it was told last. */
  private static final class Source {
    /** Nothing while it does not answer. */
    private SortedMap<PartOfBoard, Map<ReadingField, Long>> says;

    /** What it said when it last said anything. */
    private SortedMap<PartOfBoard, Map<ReadingField, Long>> heard;

    private SortedMap<PartOfBoard, Map<ReadingField, Long>> told;

    /** When it said something new; at first, when nobody knows, long ago. */
    private long refreshedMs = Long.MIN_VALUE / 2;

    /**
     * How long what it says may have been the same before it was new: what lies between the last
     * two times, which is no less than what lies between two refreshes.
     */
    private long everyMs;

    /** When it first said something else than what was told; null if it says that. */
    private @Nullable Long untoldSinceMs;

    /** Whether it has said something new since it was told. */
    private boolean refreshed;

    Source(SortedMap<PartOfBoard, Map<ReadingField, Long>> says) {
      this.says = says;
      this.heard = says;
      this.told = says;
    }

    void hear(SortedMap<PartOfBoard, Map<ReadingField, Long>> now, long nowMs) {
      says = now;
      if (says.isEmpty()) {
        return;
      }
      if (!says.equals(heard)) {
        everyMs = Math.min(2 * SETTLE_MS, nowMs - refreshedMs);
        refreshedMs = nowMs;
        refreshed = true;
        heard = says;
      }
      if (says.equals(told)) {
        untoldSinceMs = null;
      } else if (untoldSinceMs == null) {
        untoldSinceMs = nowMs;
      }
    }

    boolean isWaitedFor() {
      return !says.isEmpty() && !refreshed;
    }

    /**
     * Whether what is new would look, in a report so long after the last, at most twice as fast.
     */
    boolean mayTell(long elapsedMs) {
      return says.isEmpty()
          || untoldSinceMs == null
          || elapsedMs >= LONGEST_MS
          || refreshedMs - untoldSinceMs + everyMs <= 2 * elapsedMs;
    }

    boolean hasWaited(long nowMs) {
      return !says.isEmpty() && untoldSinceMs != null && nowMs - untoldSinceMs >= SETTLE_MS;
    }

    /** What is told of it: all that it says, or states alone with the counters told last. */
    SortedMap<PartOfBoard, Map<ReadingField, Long>> tell(boolean all) {
      told = all ? says : mixed();
      untoldSinceMs = told.equals(says) ? null : untoldSinceMs;
      refreshed = false;
      return told;
    }

    /** The states of now with the counters that were told last. */
    private SortedMap<PartOfBoard, Map<ReadingField, Long>> mixed() {
      SortedMap<PartOfBoard, Map<ReadingField, Long>> mixed = new TreeMap<>();
      says.forEach(
          (link, now) -> {
            Map<ReadingField, Long> both = new EnumMap<>(now);
            both.putAll(told.getOrDefault(link, Map.of()));
            both.keySet().retainAll(now.keySet());
            for (ReadingField state : List.of(ReadingField.LINK_STATE, ReadingField.LINK_RATE)) {
              if (now.containsKey(state)) {
                both.put(state, now.get(state));
              }
            }
            mixed.put(link, both);
          });
      return mixed;
    }

    boolean statesDiffer() {
      return says.entrySet().stream()
          .anyMatch(
              link -> {
                Map<ReadingField, Long> then = told.getOrDefault(link.getKey(), Map.of());
                return differs(ReadingField.LINK_STATE, link.getValue(), then)
                    || differs(ReadingField.LINK_RATE, link.getValue(), then);
              });
    }

    private static boolean differs(
        ReadingField field, Map<ReadingField, Long> now, Map<ReadingField, Long> then) {
      return !Objects.equals(now.get(field), then.get(field));
    }
  }

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
    if (links.size() != sources.size()) {
      sources = links.stream().map(Source::new).toList();
      held = false;
      return told(nowMs);
    }
    IntStream.range(0, links.size()).forEach(i -> sources.get(i).hear(links.get(i), nowMs));
    long elapsedMs = nowMs - toldMs;
    if (held || sources.stream().anyMatch(Source::statesDiffer)) {
      held = sources.stream().anyMatch(s -> s.hasWaited(nowMs) && !s.mayTell(elapsedMs));
      return held ? null : told(nowMs);
    }
    boolean all = sources.stream().noneMatch(Source::isWaitedFor);
    boolean settled = sources.stream().allMatch(s -> s.mayTell(elapsedMs));
    if (all && !settled) {
      sources.forEach(s -> s.refreshed = false);
    }
    return (all && settled) || elapsedMs >= LONGEST_MS ? told(nowMs) : null;
  }

  private SortedMap<PartOfBoard, Map<ReadingField, Long>> told(long nowMs) {
    long elapsedMs = nowMs - toldMs;
    toldMs = nowMs;
    SortedMap<PartOfBoard, Map<ReadingField, Long>> all = new TreeMap<>();
    for (Source source : sources) {
      source
          .tell(source.mayTell(elapsedMs))
          .forEach(
              (link, readings) -> {
                Map<ReadingField, Long> merged =
                    all.computeIfAbsent(link, l -> new EnumMap<>(ReadingField.class));
                readings.forEach(merged::putIfAbsent);
              });
    }
    return all;
  }
}
