package io.isotherm.backtest;

import io.isotherm.avro.PodTopology;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.SiteFindings;
import io.isotherm.model.Placement;
import io.isotherm.model.Report;
import io.isotherm.recording.Manifest;
import io.isotherm.recording.Recording;
import io.isotherm.recording.RecordingException;
import io.isotherm.recording.RecordingWriter;
import io.isotherm.recording.ReportSource;
import io.isotherm.recording.Side;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topologies;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * What an incident of a recording rests on: its events, its evidence, its children, and the
 * readings of its subject in the windows from two before it was first seen until its last event: of
 * many the first and the last ones.
 *
 * @param recording directory of the recording
 * @param incident its id, or the beginning of it
 * @param detectors settings of the detectors
 * @param threads most threads, from 1
 * @param cut directory for a recording of the reports of the parts that it names, without their
 *     peers; null for none
 */
public record Explanation(
    Path recording, String incident, DetectorSettings detectors, int threads, @Nullable Path cut) {
  private static final int WINDOWS_BEFORE = 2;

  /** Windows whose readings are shown of a longer incident. */
  private static final int FIRST_WINDOWS = 40;

  private static final int LAST_WINDOWS = 20;

  private static final Pattern PART =
      Pattern.compile(
          "(?<pod>[^/]+)(?:/cab-(?<cab>\\d+)(?:/board-(?<board>\\d+)"
              + "(?:/chip-(?<chip>\\d+)(?:/port-(?<port>\\d+))?)?)?)?");

  /** The chips and the port that a subject names; -1 stands for any. */
  private record Part(String pod, int cabinet, int board, int chip, int port) {
    static @Nullable Part of(String subject) {
      Matcher m = PART.matcher(subject);
      return m.matches()
              && !subject.startsWith(Placement.PATH)
              && !subject.equals(SiteFindings.SITE)
          ? new Part(
              m.group("pod"),
              number(m.group("cab")),
              number(m.group("board")),
              number(m.group("chip")),
              number(m.group("port")))
          : null;
    }

    private static int number(@Nullable String digits) {
      return digits == null ? -1 : Integer.parseInt(digits);
    }

    boolean speaks(Report r) {
      return r.pod.equals(pod)
          && (cabinet < 0 || r.cabinet == cabinet)
          && (board < 0 || r.board == board);
    }
  }

  /** Consecutive boards of a pod, counted through it: where a job runs. */
  private record Run(String pod, int boardsPerCabinet, int firstBoard, int boards) {
    boolean speaks(Report r) {
      int board = r.cabinet * boardsPerCabinet + r.board;
      return r.pod.equals(pod) && board >= firstBoard && board < firstBoard + boards;
    }
  }

  /** What an incident rests on. */
  private record Rests(Set<Part> parts, Set<Run> runs, Set<String> pods) {
    static Rests of(Set<Part> parts, Set<Run> runs) {
      Set<String> pods = new HashSet<>();
      parts.forEach(p -> pods.add(p.pod()));
      runs.forEach(r -> pods.add(r.pod()));
      return new Rests(parts, runs, pods);
    }

    boolean speaks(Report r) {
      return pods.contains(r.pod)
          && (r.tick
              || parts.stream().anyMatch(p -> p.speaks(r))
              || runs.stream().anyMatch(run -> run.speaks(r)));
    }
  }

  /** Lowest, highest and mean of a reading. */
  private static final class Reading {
    private long least = Long.MAX_VALUE;
    private long most = Long.MIN_VALUE;
    private long sum;
    private long n;

    void add(int value) {
      if (value != Report.ABSENT) {
        add((long) value);
      }
    }

    void add(long value) {
      if (value != Report.ABSENT_LONG) {
        least = Math.min(least, value);
        most = Math.max(most, value);
        sum += value;
        n++;
      }
    }

    String in(double unit) {
      return n == 0
          ? "-"
          : least == most
              ? String.format(Locale.ROOT, "%.1f", least / unit)
              : String.format(
                  Locale.ROOT,
                  "%.1f (%.1f to %.1f)",
                  (double) sum / n / unit,
                  least / unit,
                  most / unit);
    }
  }

  private static final class Window {
    int reports;
    int samples;
    final Reading temperature = new Reading();
    final Reading power = new Reading();
    final Reading utilization = new Reading();
    final Reading tensor = new Reading();
    final Reading clock = new Reading();
    int fatal;
    final TreeSet<Long> codes = new TreeSet<>();
    int links;
    int linksDown;
    final Reading crc = new Reading();
    final Reading retries = new Reading();
    final Reading tx = new Reading();

    String codes() {
      return codes.isEmpty()
          ? "-"
          : codes.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }
  }

  /** The windows with reports of a subject: the first and the last ones, by their starts. */
  private static final class Windows {
    final TreeMap<Long, Window> shown = new TreeMap<>();
    final Set<Long> between = new HashSet<>();

    /** The window with that start; null if it lies between those that are shown. */
    @Nullable Window at(long startMs) {
      if (between.contains(startMs)) {
        return null;
      }
      Window window = shown.computeIfAbsent(startMs, s -> new Window());
      if (shown.size() <= FIRST_WINDOWS + LAST_WINDOWS) {
        return window;
      }
      Long middle = shown.keySet().stream().skip(FIRST_WINDOWS).findFirst().orElseThrow();
      shown.remove(middle);
      between.add(middle);
      return middle == startMs ? null : window;
    }
  }

  /**
   * Finds the incident and reads what it rests on.
   *
   * @return text for a terminal
   * @throws RecordingException if the recording cannot be read, has no such incident, or has no
   *     report for the cut
   * @throws io.isotherm.recording.StoppedException if it was asked to end; no cut is left
   */
  public String text(Backtest.Progress progress, BooleanSupplier stop)
      throws IOException, InterruptedException {
    RecordedCluster recorded = RecordedCluster.of(Recording.open(recording).until(stop));
    BacktestResult result =
        BacktestJob.whole(recording, detectors, threads).judge(recorded, null, progress, stop);
    IncidentLife life = find(result.book().incidents());
    long windowMs = detectors.windowMs();
    long fromMs = life.first().firstSeenMs() - WINDOWS_BEFORE * windowMs;
    long untilMs = life.events().stream().mapToLong(IncidentEvent::eventMs).max().orElseThrow();
    StringBuilder out = new StringBuilder();
    story(life, out);
    Rests rests = rests(life, recorded, fromMs, untilMs);
    Part subject = Part.of(life.last().subject());
    Windows windows = new Windows();
    long kept = read(recorded, subject, rests, fromMs, untilMs, windows);
    out.append("\nReadings of ").append(life.last().subject()).append('\n');
    if (subject == null) {
      out.append("  no agent reports it by itself; see the evidence\n");
    } else {
      readings(subject, windows, out);
    }
    if (cut != null) {
      out.append(
          "%nWrote the %d reports of the parts that it names, %s to %s, to %s%n"
              .formatted(kept, BacktestResult.time(fromMs), BacktestResult.time(untilMs), cut));
    }
    return out.toString();
  }

  private IncidentLife find(List<IncidentLife> all) {
    List<IncidentLife> found =
        all.stream().filter(l -> l.first().id().startsWith(incident)).toList();
    if (found.size() != 1) {
      throw new RecordingException(
          "%d incidents of %s begin with '%s'; 'isotherm backtest %s' lists all %d"
              .formatted(found.size(), recording, incident, recording, all.size()));
    }
    return found.get(0);
  }

  static void story(IncidentLife life, StringBuilder out) {
    IncidentEvent last = life.last();
    // What it was found as: a hang that ended in a crash is told, and advised on, as a crash.
    IncidentEvent found =
        life.events().stream().filter(e -> e.kind() == last.kind()).findFirst().orElse(last);
    out.append(
        "%s at %s, incident %s%n  %s%n  %s%n%nEvents%n"
            .formatted(
                EventJson.word(last.kind()),
                last.subject(),
                last.id(),
                found.summary(),
                found.nextStep()));
    out.append("  first seen %s%n".formatted(BacktestResult.time(last.firstSeenMs())));
    for (IncidentEvent e : life.events()) {
      out.append(
          "  %s %s  %s, %s, %d chips affected, %d parts explained%n"
              .formatted(
                  EventJson.word(e.type()),
                  BacktestResult.time(e.eventMs()),
                  EventJson.word(e.kind()),
                  EventJson.word(e.severity()),
                  e.chipsAffected(),
                  e.childrenTotal()));
    }
    out.append("\nEvidence\n");
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("  WINDOW", "FINDING", "SUBJECT", "SEEN", "EXPECTED", "UNIT"));
    for (IncidentEvent e : life.events()) {
      for (IncidentEvent.Evidence v : e.evidence()) {
        List<String> row =
            List.of(
                "  " + BacktestResult.time(v.windowStartMs()),
                v.finding(),
                v.subject(),
                Long.toString(v.value()),
                Long.toString(v.expected()),
                v.unit());
        if (!rows.contains(row)) {
          rows.add(row);
        }
      }
    }
    Texts.table(rows, out);
    TreeSet<String> jobs = new TreeSet<>();
    life.events().forEach(e -> e.jobs().forEach(j -> jobs.add(j.job())));
    out.append("\nJobs whose work it hits: ")
        .append(jobs.isEmpty() ? "none is told" : String.join(", ", jobs))
        .append('\n');
    TreeSet<String> children = new TreeSet<>();
    life.events().forEach(e -> children.addAll(e.children()));
    out.append("\nParts that it explains: ").append(children.size()).append('\n');
    children.forEach(c -> out.append("  ").append(c).append('\n'));
  }

  /**
   * The parts that the incident speaks of: of a job, the boards that it has in that time; of what
   * else no agent reports, its whole pod; and of the site, the pods that are its children.
   */
  private static Rests rests(
      IncidentLife life, RecordedCluster recorded, long fromMs, long untilMs) {
    TreeSet<String> subjects = new TreeSet<>();
    for (IncidentEvent e : life.events()) {
      subjects.add(e.subject());
      subjects.addAll(e.children());
      for (IncidentEvent.Evidence v : e.evidence()) {
        subjects.add(v.subject());
      }
    }
    Set<Part> parts = new HashSet<>();
    Set<Run> runs = new HashSet<>();
    for (String subject : subjects) {
      Part part = Part.of(subject);
      if (part != null) {
        parts.add(part);
      } else if (subject.startsWith(Placement.PATH)) {
        runs.addAll(boards(subject.substring(Placement.PATH.length()), recorded, fromMs, untilMs));
      } else if (!subject.equals(SiteFindings.SITE)) {
        parts.add(new Part(life.last().pod(), -1, -1, -1, -1));
      }
    }
    return Rests.of(parts, runs);
  }

  /** Where a job runs between two times, in all pods. */
  private static Set<Run> boards(String job, RecordedCluster recorded, long fromMs, long untilMs) {
    Map<String, PodTopology> pods = recorded.pods();
    Set<Run> runs = new HashSet<>();
    for (Placement p : recorded.placements()) {
      if (!p.job().equals(job) || p.fromMs() >= untilMs || p.untilMs() <= fromMs) {
        continue;
      }
      for (Placement.Member m : p.members()) {
        PodTopology pod = pods.get(m.pod());
        if (pod != null) {
          int inCabinet = Topologies.layout(pod).boardsPerCabinet();
          runs.add(new Run(m.pod(), inCabinet, m.firstBoard(), m.boards()));
        }
      }
    }
    return runs;
  }

  private long read(
      RecordedCluster recorded,
      @Nullable Part subject,
      Rests rests,
      long fromMs,
      long untilMs,
      Windows windows)
      throws IOException {
    if (cut == null) {
      return read(recorded, subject, rests, fromMs, untilMs, windows, null);
    }
    Manifest m = recorded.recording().manifest();
    return RecordingWriter.write(
        cut,
        m.kafkaCluster(),
        m.topic(),
        m.nextOffsets().size(),
        to -> {
          for (Side<?> side : Side.ALL) {
            copy(side, recorded.recording(), to);
          }
          long kept = read(recorded, subject, rests, fromMs, untilMs, windows, to);
          if (kept == 0) {
            throw new RecordingException(
                "%s has no report of the parts that incident '%s' names, so there is nothing to cut"
                    .formatted(recording, incident));
          }
          return kept;
        });
  }

  private static <V extends SpecificRecord> void copy(
      Side<V> side, Recording from, RecordingWriter to) throws IOException {
    long offset = 0;
    for (V record : from.side(side)) {
      to.append(side, offset++, record);
    }
  }

  private long read(
      RecordedCluster recorded,
      @Nullable Part subject,
      Rests rests,
      long fromMs,
      long untilMs,
      Windows windows,
      @Nullable RecordingWriter to)
      throws IOException {
    long kept = 0;
    Report report = new Report();
    ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
    for (int partition : recorded.recording().partitions()) {
      long offset = 0;
      try (ReportSource reports = recorded.recording().reports(partition)) {
        while (reports.next(report)) {
          if (report.timeMs < fromMs || report.timeMs >= untilMs) {
            continue;
          }
          if (to != null && rests.speaks(report)) {
            byte[] framed = writer.toBytes(report);
            int length = framed.length - Framing.LENGTH;
            to.append(partition, offset++, framed, Framing.LENGTH, length, report);
            kept++;
          }
          if (!report.tick && subject != null && subject.speaks(report)) {
            long start = Math.floorDiv(report.timeMs, detectors.windowMs()) * detectors.windowMs();
            Window window = windows.at(start);
            if (window != null) {
              add(subject, report, window);
            }
          }
        }
      }
    }
    return kept;
  }

  private static void add(Part subject, Report r, Window w) {
    w.reports++;
    for (int i = 0; i < r.chipCount; i++) {
      if (subject.chip() >= 0 && r.chip[i] != subject.chip()) {
        continue;
      }
      w.samples++;
      w.temperature.add(r.temperature[i]);
      w.power.add(r.power[i]);
      w.utilization.add(r.utilization[i]);
      w.tensor.add(r.tensorActivity[i]);
      w.clock.add(r.clock[i]);
      w.fatal += r.health[i] == Report.HEALTH_FATAL ? 1 : 0;
      if (r.errorCode[i] > 0) {
        w.codes.add(r.errorCode[i]);
      }
    }
    for (int i = 0; i < r.linkCount; i++) {
      if ((subject.chip() >= 0 && r.linkChip[i] != subject.chip())
          || (subject.port() >= 0 && r.linkPort[i] != subject.port())) {
        continue;
      }
      w.links++;
      w.linksDown += r.linkState[i] == Report.LINK_DOWN ? 1 : 0;
      w.crc.add(r.crcErrors[i]);
      w.retries.add(r.retries[i]);
      w.tx.add(r.txBytes[i]);
    }
  }

  private static void readings(Part subject, Windows windows, StringBuilder out) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        subject.port() >= 0
            ? List.of("  WINDOW", "REPORTS", "READ", "DOWN", "CRC ERRORS", "RETRIES", "BYTES SENT")
            : List.of(
                "  WINDOW",
                "REPORTS",
                "SAMPLES",
                "TEMPERATURE C",
                "POWER W",
                "UTILIZATION",
                "TENSOR",
                "CLOCK MHZ",
                "FATAL",
                "ERROR CODES",
                "LINKS DOWN"));
    windows.shown.forEach(
        (start, w) ->
            rows.add(
                subject.port() >= 0
                    ? List.of(
                        "  " + BacktestResult.time(start),
                        Integer.toString(w.reports),
                        Integer.toString(w.links),
                        Integer.toString(w.linksDown),
                        w.crc.in(1),
                        w.retries.in(1),
                        w.tx.in(1))
                    : List.of(
                        "  " + BacktestResult.time(start),
                        Integer.toString(w.reports),
                        Integer.toString(w.samples),
                        w.temperature.in(10),
                        w.power.in(10),
                        w.utilization.in(1000),
                        w.tensor.in(1000),
                        w.clock.in(1),
                        Integer.toString(w.fatal),
                        w.codes(),
                        w.linksDown + " of " + w.links)));
    if (!windows.between.isEmpty()) {
      List<String> more = new ArrayList<>(Collections.nCopies(rows.get(0).size(), ""));
      more.set(0, "  ... %d windows more ...".formatted(windows.between.size()));
      rows.add(1 + FIRST_WINDOWS, more);
    }
    Texts.table(rows, out);
  }
}
