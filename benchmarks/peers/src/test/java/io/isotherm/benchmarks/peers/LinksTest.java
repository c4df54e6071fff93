package io.isotherm.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.benchmarks.Answer;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Arrays, keyed state and the obvious way say the same of ports that go down, have errors, are left
 * out, and begin to count anew.
 */
class LinksTest {
  private static final long START_MS = 1_800_000_000_000L;
  private static final int SECONDS = 100;
  private static final int BOARDS = 3;
  private static final int CHIPS = 2;
  private static final int PORTS = 4;

  private record Reading(long timeMs, int state, long bytes, long errors) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void allWaysSayTheSame(long seed) {
    List<Report> reports = reports(new SplittableRandom(seed));

    SortedSet<String> obvious = obvious(reports);
    assertThat(arrays(reports)).isEqualTo(obvious);
    assertThat(states(reports)).isEqualTo(obvious);
    // Windows with ports that are up, down and degraded.
    assertThat(obvious).anyMatch(l -> l.matches("p/links \\d+ [1-9]\\d* [1-9]\\d* [1-9]\\d* .*"));
  }

  /** Reports of links in the order of time, at odd intervals, some of a part of the ports. */
  private static List<Report> reports(SplittableRandom random) {
    long[] bytes = new long[BOARDS * CHIPS * PORTS];
    long[] errors = new long[bytes.length];
    List<Report> reports = new ArrayList<>();
    for (int second = 0; second < SECONDS; second++) {
      for (int board = 0; board < BOARDS; board++) {
        if (random.nextInt(4) > 0) {
          continue;
        }
        Report r = new Report();
        r.pod = "p";
        r.cabinet = board % 2;
        r.board = board / 2;
        r.timeMs = START_MS + second * 1_000L + board * 300L;
        boolean restarted = random.nextInt(8) == 0;
        for (int n = 0; n < CHIPS * PORTS; n++) {
          int port = board * CHIPS * PORTS + n;
          bytes[port] = (restarted ? 0 : bytes[port]) + random.nextInt(1_000_000);
          errors[port] = (restarted ? 0 : errors[port]) + random.nextInt(30);
          if (random.nextInt(10) > 0) {
            int i = r.addLink(n / PORTS, n % PORTS);
            int state = random.nextInt(6);
            r.linkState[i] =
                state == 0 ? Report.ABSENT : state == 1 ? Report.LINK_DOWN : Report.LINK_UP;
            r.txBytes[i] = bytes[port];
            r.rxBytes[i] = 2 * bytes[port];
            r.crcErrors[i] = errors[port];
            r.retries[i] = errors[port] / 2;
          }
        }
        reports.add(r);
      }
    }
    return reports;
  }

  private static SortedSet<String> obvious(List<Report> reports) {
    SortedMap<String, List<Reading>> ports = new TreeMap<>();
    for (Report r : reports) {
      for (int i = 0; i < r.linkCount; i++) {
        ports
            .computeIfAbsent(
                "%d %d %d %d".formatted(r.cabinet, r.board, r.linkChip[i], r.linkPort[i]),
                name -> new ArrayList<>())
            .add(
                new Reading(r.timeMs, r.linkState[i], r.txBytes[i], r.crcErrors[i] + r.retries[i]));
      }
    }
    SortedMap<Long, LinkTotals> windows = new TreeMap<>();
    for (List<Reading> readings : ports.values()) {
      readings.sort(Comparator.comparing(Reading::timeMs));
      for (int i = 0; i < readings.size(); i++) {
        Reading r = readings.get(i);
        long start = start(r);
        LinkTotals w = windows.computeIfAbsent(start, s -> new LinkTotals());
        double perSecond = 0;
        if (i > 0) {
          Reading before = readings.get(i - 1);
          long more = Math.max(0, r.errors() - before.errors());
          perSecond = more * 1_000.0 / (r.timeMs() - before.timeMs());
          w.txBytes += Math.max(0, r.bytes() - before.bytes());
          w.rxBytes += 2 * Math.max(0, r.bytes() - before.bytes());
          w.errors += more;
        }
        boolean newest = i + 1 == readings.size() || start(readings.get(i + 1)) != start;
        if (newest && r.state() == Report.LINK_DOWN) {
          w.down++;
        } else if (newest && r.state() == Report.LINK_UP) {
          w.degraded += perSecond >= 10 ? 1 : 0;
          w.up += perSecond >= 10 ? 0 : 1;
        }
      }
    }
    return lines(windows);
  }

  private static long start(Reading r) {
    return (r.timeMs() - 1_000) / 10_000 * 10_000;
  }

  private static SortedSet<String> arrays(List<Report> reports) {
    PodArrays pod = new PodArrays();
    SortedMap<Long, LinkTotals> windows = new TreeMap<>();
    for (Report r : reports) {
      windows.put(Windows.ofLinks(r.timeMs), new LinkTotals());
      pod.addLinks(Windows.ofLinks(r.timeMs), r);
    }
    windows.replaceAll((start, none) -> pod.close(start).links());
    return lines(windows);
  }

  private static SortedSet<String> states(List<Report> reports) {
    SortedMap<Long, ChipPorts> ports = new TreeMap<>();
    SortedMap<Long, LinkTotals> windows = new TreeMap<>();
    LinkTotals change = new LinkTotals();
    LinkReading reading = new LinkReading();
    PodName pod = PodName.of("p");
    for (Report r : reports) {
      for (int i = 0; i < r.linkCount; i++) {
        reading.take(pod, r, i);
        ports
            .computeIfAbsent(reading.chipPlace(), chip -> new ChipPorts())
            .port(reading.port())
            .next(
                r.timeMs,
                reading.state(),
                reading.txBytes,
                reading.rxBytes,
                reading.errors,
                change);
        windows.computeIfAbsent(Windows.ofLinks(r.timeMs), s -> new LinkTotals()).add(change);
      }
    }
    return lines(windows);
  }

  private static SortedSet<String> lines(SortedMap<Long, LinkTotals> windows) {
    Answer answer = new Answer();
    windows.forEach((start, totals) -> totals.tell("p", start, answer));
    return answer.lines();
  }
}
