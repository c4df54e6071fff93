package io.isotherm.launcher;

import io.isotherm.avro.Incident;
import io.isotherm.avro.PodHealth;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The live status of a demo on standard error: a block that is drawn over itself on a terminal, one
 * plain line otherwise. Not safe for use by several threads.
 */
final class DemoScreen {
  /** True if standard error is a terminal; the script knows, Java cannot ask. */
  static final String TERMINAL_PROPERTY = "isotherm.terminal";

  private static final int MOST_INCIDENTS = 8;

  /** What moves up by a number of rows and clears all from there on. */
  private static final String OVER = "\033[%dA\033[J";

  /** A line that is too long is cut off, so that lines and rows of the terminal are as many. */
  private static final String CUT = "\033[?7l";

  /** A line that is too long takes several rows, as it does when the demo begins. */
  private static final String WRAP = "\033[?7h";

  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

  private final PrintWriter err;
  private final boolean terminal;
  private final List<String> addresses;
  private int drawn;

  /**
   * @param addresses lines that say where things are reached
   */
  DemoScreen(PrintWriter err, boolean terminal, List<String> addresses) {
    this.err = err;
    this.terminal = terminal;
    this.addresses = List.copyOf(addresses);
  }

  /** Whether it draws over itself, and can therefore be shown often. */
  boolean terminal() {
    return terminal;
  }

  /**
   * Shows where things are reached, before there is anything else to show. It is not drawn over, as
   * what is logged while things start stands below it.
   */
  void begin() {
    addresses.forEach(err::println);
    err.flush();
  }

  /**
   * Shows the newest state.
   *
   * @param reportsPerSecond reports sent in each second since the last time
   */
  void show(ResultLog results, double reportsPerSecond, ProcessUsage usage) {
    long healthy = 0;
    long suspect = 0;
    long degraded = 0;
    long failed = 0;
    long unknown = 0;
    long watermark = Long.MAX_VALUE;
    for (PodHealth pod : results.pods()) {
      healthy += pod.getHealthy();
      suspect += pod.getSuspect();
      degraded += pod.getDegraded();
      failed += pod.getFailed();
      unknown += pod.getUnknown();
      watermark = Math.min(watermark, pod.getWatermarkMs());
    }
    String lag =
        watermark == Long.MAX_VALUE
            ? "no window yet"
            : String.format(
                Locale.ROOT,
                "judged until %.0f s ago",
                (System.currentTimeMillis() - watermark) / 1000.0);
    List<Incident> open = new ArrayList<>(results.openIncidents());
    open.sort(Comparator.comparing(Incident::getOpenedMs).thenComparing(Incident::getId));
    String chips =
        watermark == Long.MAX_VALUE
            ? "chips: the first window closes within seconds"
            : String.format(
                Locale.ROOT,
                "chips: %d healthy, %d suspect, %d degraded, %d failed, %d unknown",
                healthy,
                suspect,
                degraded,
                failed,
                unknown);
    String rates =
        String.format(
            Locale.ROOT,
            "%.0f reports/s, %s, %.2f cores, %d MiB",
            reportsPerSecond,
            lag,
            usage.cores(),
            usage.residentBytes() >> 20);
    if (!terminal) {
      err.println(
          chips
              + "; "
              + rates
              + "; "
              + open.size()
              + " open incident"
              + (open.size() == 1 ? "" : "s"));
      err.flush();
      return;
    }
    List<String> lines = new ArrayList<>(List.of(chips, rates));
    lines.addAll(addresses);
    lines.add(
        open.isEmpty()
            ? "no open incident"
            : open.size() + " open incident" + (open.size() == 1 ? ":" : "s:"));
    int subjects = open.stream().mapToInt(i -> i.getSubject().length()).max().orElse(1);
    for (Incident incident : open.subList(0, Math.min(MOST_INCIDENTS, open.size()))) {
      lines.add(
          ("  %-17s %-" + subjects + "s since %s")
              .formatted(
                  DemoSummary.lower(incident.getKind()),
                  incident.getSubject(),
                  CLOCK.format(Instant.ofEpochMilli(incident.getOpenedMs()))));
    }
    draw(lines);
  }

  /** Draws lines over those that were drawn last; what is wider than the terminal is cut off. */
  void draw(List<String> lines) {
    StringBuilder block = new StringBuilder();
    if (drawn > 0) {
      block.append(OVER.formatted(drawn));
    }
    block.append(CUT);
    lines.forEach(line -> block.append(line).append('\n'));
    block.append(WRAP);
    drawn = lines.size();
    err.print(block);
    err.flush();
  }
}
