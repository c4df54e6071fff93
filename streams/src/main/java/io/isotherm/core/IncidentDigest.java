package io.isotherm.core;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.PriorityQueue;

/**
 * A number for a whole stream of incident events: equal for equal events, whatever the order in
 * which they are given, and different if one field of one event differs, or an event is missing or
 * there twice.
 *
 * <p>It is the SHA-256 of the events' {@linkplain #line lines} in UTF-8, each ended by a newline,
 * in the order of event time, pod, kind, subject, revision, and then of the line itself. Text is
 * ordered by its UTF-16 code units.
 */
public final class IncidentDigest {
  private record Entry(
      long eventMs, String pod, String kind, String subject, int revision, String line) {}

  private static final Comparator<Entry> ORDER =
      Comparator.comparingLong(Entry::eventMs)
          .thenComparing(Entry::pod)
          .thenComparing(Entry::kind)
          .thenComparing(Entry::subject)
          .thenComparingInt(Entry::revision)
          .thenComparing(Entry::line);

  private final MessageDigest settled = sha256();
  private final PriorityQueue<Entry> waiting = new PriorityQueue<>(ORDER);
  private long settledUntilMs = Long.MIN_VALUE;
  private long events;

  /**
   * Takes an event.
   *
   * @throws IllegalArgumentException if it is of a time that is settled
   */
  public void add(IncidentEvent event) {
    if (event.eventMs() < settledUntilMs) {
      throw new IllegalArgumentException(
          "event of %s at %d, before %d, which was settled"
              .formatted(event.id(), event.eventMs(), settledUntilMs));
    }
    waiting.add(
        new Entry(
            event.eventMs(),
            event.pod(),
            event.kind().name(),
            event.subject(),
            event.revision(),
            line(event)));
    events++;
  }

  /**
   * Promises that no event before a time comes any more, so that those need not be kept.
   *
   * @param eventMs event time in milliseconds since 1970-01-01 UTC
   */
  public void settle(long eventMs) {
    settledUntilMs = Math.max(settledUntilMs, eventMs);
    while (!waiting.isEmpty() && waiting.element().eventMs() < settledUntilMs) {
      take(settled, waiting.remove());
    }
  }

  /** Number of events so far. */
  public long events() {
    return events;
  }

  /** The digest of the events so far, in 64 hexadecimal digits; more may follow. */
  public String sha256Hex() {
    MessageDigest all;
    try {
      all = (MessageDigest) settled.clone();
    } catch (CloneNotSupportedException e) {
      throw new LinkageError("the JDK's SHA-256 can be copied", e);
    }
    List<Entry> rest = new ArrayList<>(waiting);
    rest.sort(ORDER);
    rest.forEach(entry -> take(all, entry));
    return HexFormat.of().formatHex(all.digest());
  }

  private static void take(MessageDigest digest, Entry entry) {
    digest.update(entry.line().getBytes(StandardCharsets.UTF_8));
    digest.update((byte) '\n');
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new LinkageError("every Java platform has SHA-256", e);
    }
  }

  /**
   * The canonical form of an event: every component in the order of {@link IncidentEvent},
   * separated by tabs. Numbers are decimal, names of constants upper case. A list is its length,
   * then its elements; an evidence is its six components, a job its three. In text, backslash, tab,
   * newline and carriage return are written {@code \\}, {@code \t}, {@code \n} and {@code \r}.
   */
  public static String line(IncidentEvent e) {
    StringBuilder s = new StringBuilder(512);
    text(s, e.id());
    number(s, e.revision());
    text(s, e.type().name());
    text(s, e.kind().name());
    text(s, e.severity().name());
    text(s, e.pod());
    text(s, e.subject());
    number(s, e.firstSeenMs());
    number(s, e.openedMs());
    number(s, e.eventMs());
    number(s, e.chipsAffected());
    text(s, e.summary());
    text(s, e.nextStep());
    number(s, e.evidence().size());
    for (IncidentEvent.Evidence v : e.evidence()) {
      text(s, v.finding());
      text(s, v.subject());
      number(s, v.windowStartMs());
      number(s, v.value());
      number(s, v.expected());
      text(s, v.unit());
    }
    number(s, e.children().size());
    e.children().forEach(child -> text(s, child));
    number(s, e.childrenTotal());
    number(s, e.jobs().size());
    for (IncidentEvent.AffectedJob j : e.jobs()) {
      text(s, j.job());
      number(s, j.boards());
      number(s, j.boardsInPod());
    }
    s.setLength(s.length() - 1);
    return s.toString();
  }

  private static void number(StringBuilder s, long value) {
    s.append(value).append('\t');
  }

  private static void text(StringBuilder s, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> s.append("\\\\");
        case '\t' -> s.append("\\t");
        case '\n' -> s.append("\\n");
        case '\r' -> s.append("\\r");
        default -> s.append(c);
      }
    }
    s.append('\t');
  }
}
