package io.isotherm.core;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What all reports until now say of ports, in the obvious way. A reading is a report that speaks of
 * links, if it is newer than those of its board that came before it; of a port that the newest one
 * leaves out nothing is known.
 */
final class ObviousPorts {
  /**
   * A port at the newest reading of its board.
   *
   * @param state null if its reading gave none
   * @param megabits the speed that it is trained to
   * @param degraded whether it had too many errors a second since the reading before
   * @param waited thousandths of the time since the reading before in which data waited at it
   */
  record Port(@Nullable Integer state, @Nullable Integer megabits, boolean degraded, int waited) {
    boolean up() {
      return Objects.equals(state, Report.LINK_UP);
    }

    boolean down() {
      return Objects.equals(state, Report.LINK_DOWN);
    }
  }

  /**
   * What a report says of the links of one chip.
   *
   * @param beforeMs time of the reading of its board before
   */
  private record Reading(long timeMs, long beforeMs, int agent, List<ObviousReport.Link> links) {
    /** Its ports, and which of their counters it has. */
    Set<String> counters() {
      return links.stream()
          .map(
              l ->
                  "%d %b %b %b %b"
                      .formatted(
                          l.port(),
                          l.txBytes() == null,
                          l.rxBytes() == null,
                          l.crcErrors() == null,
                          l.retries() == null))
          .collect(Collectors.toSet());
    }

    long sum(ToLongFunction<ObviousReport.Link> counter) {
      return links.stream().mapToLong(counter).sum();
    }
  }

  private final PodLayout layout;
  private final DetectorSettings settings;

  /** Of each chip. What does not speak of it is no reading of it. */
  private final Map<Integer, List<Reading>> readings = new HashMap<>();

  /** Of each board, the time of its newest reading. */
  private final Map<Integer, Long> newestMs = new HashMap<>();

  private int taken;

  /** Every port that the newest reading of its board speaks of. */
  private final Map<Integer, Port> newest = new TreeMap<>();

  /** Times at which ports fell, in order. */
  final Map<Integer, List<Long>> falls = new TreeMap<>();

  /** Ports that were down when their state was read last. */
  final Set<Integer> down = new TreeSet<>();

  long txBytes;
  long rxBytes;
  long errors;

  ObviousPorts(PodLayout layout, DetectorSettings settings) {
    this.layout = layout;
    this.settings = settings;
  }

  /** Takes the reports that were accepted since it was asked last. */
  void take(List<ObviousReport> history) {
    history.subList(taken, history.size()).forEach(this::take);
    taken = history.size();
  }

  /** What is known of ports at a time: of each board, what was read of late. */
  Map<Integer, Port> at(long nowMs) {
    Map<Integer, Port> known = new TreeMap<>(newest);
    known
        .keySet()
        .removeIf(
            p -> {
              Long readMs = newestMs.get(layout.boardOfChip(layout.chipOfPort(p)));
              return readMs == null || readMs < nowMs - settings.linkUnreadMinutes() * 60_000L;
            });
    return known;
  }

  private void take(ObviousReport r) {
    if (r.links().isEmpty() || r.timeMs() <= newestMs.getOrDefault(r.board(), Long.MIN_VALUE)) {
      return;
    }
    Long before = newestMs.put(r.board(), r.timeMs());
    long beforeMs = before == null ? Long.MIN_VALUE : before;
    newest.keySet().removeIf(p -> layout.boardOfChip(layout.chipOfPort(p)) == r.board());
    r.links().forEach(l -> state(l, r.timeMs()));
    Map<Integer, List<ObviousReport.Link>> chips =
        r.links().stream().collect(Collectors.groupingBy(l -> layout.chipOfPort(l.port())));
    chips.forEach(
        (chip, links) -> {
          List<Reading> of = readings.computeIfAbsent(chip, c -> new ArrayList<>());
          of.add(new Reading(r.timeMs(), beforeMs, r.agent(), links));
          totals(of);
          newest(of);
        });
  }

  /** A port falls when it is read to be down and was not when its state was read before. */
  private void state(ObviousReport.Link l, long timeMs) {
    if (Objects.equals(l.state(), Report.LINK_UP)) {
      down.remove(l.port());
    } else if (Objects.equals(l.state(), Report.LINK_DOWN) && down.add(l.port())) {
      falls.computeIfAbsent(l.port(), p -> new ArrayList<>()).add(timeMs);
    }
  }

  /** Adds what all ports of a chip together sent, received and erred since the reading before. */
  private void totals(List<Reading> of) {
    int k = of.size() - 1;
    if (comparable(of, k) && rises(of, k)) {
      txBytes += growth(of, k, ObviousPorts::sent);
      rxBytes += growth(of, k, ObviousPorts::received);
      errors += growth(of, k, ObviousPorts::errors);
    }
  }

  private void newest(List<Reading> of) {
    int k = of.size() - 1;
    boolean erroneous = erroneous(of, k) && erroneous(of, k - 1);
    boolean waits = waits(of, k) && waits(of, k - 1);
    for (ObviousReport.Link l : of.get(k).links) {
      long perSecond =
          erroneous
                  && (told(of, k, l, e -> e.crcErrors() != null)
                      || told(of, k, l, e -> e.retries() != null))
                  && !changed(of, k, l, e -> e.crcErrors() != null)
                  && !changed(of, k, l, e -> e.retries() != null)
              ? growth(of, k, l, ObviousPorts::errors) * 1_000 / elapsed(of, k)
              : 0;
      long waited =
          waits && told(of, k, l, w -> w.waitMicros() != null)
              ? growth(of, k, l, ObviousPorts::waits) / elapsed(of, k)
              : 0;
      boolean degraded = perSecond >= settings.linkErrorsPerSecond();
      newest.put(
          l.port(), new Port(l.state(), l.megabits(), degraded, (int) Math.min(1_000, waited)));
    }
  }

  /** Whether a reading and the one before tell something of a port. */
  private static boolean told(
      List<Reading> of, int k, ObviousReport.Link link, Predicate<ObviousReport.Link> tells) {
    return tells.test(link)
        && of.get(k - 1).links.stream().anyMatch(l -> l.port() == link.port() && tells.test(l));
  }

  /** Whether just one of a reading and the one before tells something of a port. */
  private static boolean changed(
      List<Reading> of, int k, ObviousReport.Link link, Predicate<ObviousReport.Link> tells) {
    return of.get(k - 1).links.stream()
        .anyMatch(l -> l.port() == link.port() && tells.test(l) != tells.test(link));
  }

  /**
   * Whether all ports of a chip together had as many errors a second as one may have, or have
   * counters that they had not in the reading before. Only after two such readings in a row ports
   * are asked one by one.
   */
  private boolean erroneous(List<Reading> of, int k) {
    return known(of, k)
        && (!comparable(of, k)
            || (rises(of, k)
                && growth(of, k, ObviousPorts::errors) * 1_000
                    >= settings.linkErrorsPerSecond() * elapsed(of, k)));
  }

  /**
   * The same for the time in which data waited at all ports of a chip together, in whole
   * milliseconds.
   */
  private boolean waits(List<Reading> of, int k) {
    if (!comparable(of, k)) {
      return known(of, k);
    }
    long millis =
        of.get(k).sum(ObviousPorts::waits) / 1_000 - of.get(k - 1).sum(ObviousPorts::waits) / 1_000;
    return millis * 1_000 >= settings.congestionWait() * elapsed(of, k);
  }

  /** Whether the board's reading before was of the same agent and spoke of the chip's links. */
  private static boolean known(List<Reading> of, int k) {
    return k > 0
        && of.get(k).beforeMs == of.get(k - 1).timeMs
        && of.get(k).agent == of.get(k - 1).agent;
  }

  /** Whether it had the same counters of the same ports of the chip, too. */
  private static boolean comparable(List<Reading> of, int k) {
    return known(of, k) && of.get(k).counters().equals(of.get(k - 1).counters());
  }

  /**
   * Whether none of the sums over the ports of a chip fell, as they do when counters begin anew.
   */
  private static boolean rises(List<Reading> of, int k) {
    return growth(of, k, ObviousPorts::sent) >= 0
        && growth(of, k, ObviousPorts::received) >= 0
        && growth(of, k, ObviousPorts::errors) >= 0;
  }

  private static long elapsed(List<Reading> of, int k) {
    return of.get(k).timeMs - of.get(k - 1).timeMs;
  }

  /** How much the sum of a counter over the ports of a chip grew since the reading before. */
  private static long growth(List<Reading> of, int k, ToLongFunction<ObviousReport.Link> counter) {
    return of.get(k).sum(counter) - of.get(k - 1).sum(counter);
  }

  /** How much a counter of a port grew since the reading before; 0 if it fell. */
  private static long growth(
      List<Reading> of,
      int k,
      ObviousReport.Link link,
      ToLongFunction<ObviousReport.Link> counter) {
    return of.get(k - 1).links.stream()
        .filter(l -> l.port() == link.port())
        .mapToLong(l -> Math.max(0, counter.applyAsLong(link) - counter.applyAsLong(l)))
        .findFirst()
        .orElse(0);
  }

  private static long sent(ObviousReport.Link l) {
    return counter(l.txBytes());
  }

  private static long received(ObviousReport.Link l) {
    return counter(l.rxBytes());
  }

  private static long errors(ObviousReport.Link l) {
    return counter(l.crcErrors()) + counter(l.retries());
  }

  private static long waits(ObviousReport.Link l) {
    return counter(l.waitMicros());
  }

  /** A counter that was not given counts nothing. */
  private static long counter(@Nullable Long value) {
    return value == null ? 0 : value;
  }
}
