package io.isotherm.score;

import io.isotherm.avro.FaultKind;
import io.isotherm.core.SiteFindings;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds the places that subjects of faults and incidents name. */
final class Atlas {
  private static final Pattern PATH =
      Pattern.compile(
          "(?<pod>[^/]+)(?:/loop-(?<loop>\\d+)|/feed-(?<feed>\\d+)"
              + "|/(?<plane>(?:plane|rail)-\\d+)(?:/switch-(?<pswitch>\\d+))?"
              + "|/cab-(?<cab>\\d+)(?:/switch-(?<cswitch>\\d+)"
              + "|/board-(?<board>\\d+)(?:/switch-(?<bswitch>\\d+)"
              + "|/chip-(?<chip>\\d+)(?:/port-(?<port>\\d+))?)?)?)?");

  private final Map<String, PodLayout> layouts = new HashMap<>();
  private final Map<String, List<Placement>> jobs = new HashMap<>();
  private final Map<String, Integer> switches = new HashMap<>();
  private final Map<String, Integer> planes = new HashMap<>();
  private final Map<String, Place> known = new HashMap<>();

  Atlas(Collection<PodLayout> pods, Collection<Placement> placements) {
    for (PodLayout pod : pods) {
      layouts.put(pod.pod(), pod);
      for (int s = 0; s < pod.switches(); s++) {
        switches.put(pod.switchPathOf(s), s);
      }
      for (int p = 0; p < pod.planes(); p++) {
        planes.put(pod.planePath(p), p);
      }
    }
    for (Placement p : placements) {
      jobs.computeIfAbsent(p.job(), job -> new ArrayList<>()).add(p);
    }
  }

  /** Where a fault is: of one that cuts off a share of the site's pods, the first by name. */
  Place place(Broken fault) {
    if (fault.kind() != FaultKind.SITE_CUT_OFF || fault.magnitude() == 0) {
      return place(fault.subject());
    }
    List<PodLayout> byName = byName();
    int struck = (int) Math.ceil(byName.size() * fault.magnitude() / 1_000);
    return Place.site(fault.subject(), byName.subList(0, Math.min(struck, byName.size())));
  }

  private List<PodLayout> byName() {
    return layouts.values().stream().sorted(Comparator.comparing(PodLayout::pod)).toList();
  }

  /** The place that a subject names. */
  Place place(String subject) {
    return known.computeIfAbsent(subject, this::find);
  }

  private Place find(String subject) {
    if (subject.startsWith(Placement.PATH)) {
      return Place.job(
          subject,
          jobs.getOrDefault(subject.substring(Placement.PATH.length()), List.of()),
          layouts);
    }
    if (subject.equals(SiteFindings.SITE)) {
      return Place.site(subject, byName());
    }
    Matcher m = PATH.matcher(subject);
    PodLayout layout = m.matches() ? layouts.get(m.group("pod")) : null;
    if (layout == null) {
      return Place.nowhere(subject);
    }
    Integer found = switches.get(subject);
    if (m.group("pswitch") != null || m.group("cswitch") != null || m.group("bswitch") != null) {
      return found == null ? Place.nowhere(subject) : ofSwitch(layout, m, found);
    }
    if (m.group("plane") != null) {
      Integer plane = planes.get(subject);
      return plane == null
          ? Place.nowhere(subject)
          : new Place(subject, Place.Level.PLANE, layout, plane, 0, layout.chips());
    }
    if (m.group("loop") != null) {
      int loop = number(m, "loop");
      int first = loop * layout.cabinetsPerCoolingLoop();
      return layout.cabinetsPerCoolingLoop() == 1
          ? cabinet(layout, first)
          : cabinets(
              subject, Place.Level.LOOP, layout, loop, first, layout.cabinetsPerCoolingLoop());
    }
    if (m.group("feed") != null) {
      int feed = number(m, "feed");
      int n = layout.cabinetsPerPowerFeed();
      return cabinets(subject, Place.Level.FEED, layout, feed, feed * n, n);
    }
    if (m.group("cab") == null) {
      return new Place(subject, Place.Level.POD, layout, 0, 0, layout.chips());
    }
    int cabinet = number(m, "cab");
    if (m.group("board") == null) {
      return cabinet(layout, cabinet);
    }
    if (!layout.hasBoard(cabinet, number(m, "board"))) {
      return Place.nowhere(subject);
    }
    int board = layout.boardIndex(cabinet, number(m, "board"));
    if (m.group("chip") == null) {
      int first = layout.chipIndex(board, 0);
      return new Place(
          subject, Place.Level.BOARD, layout, board, first, first + layout.chipsPerBoard());
    }
    if (number(m, "chip") >= layout.chipsPerBoard()) {
      return Place.nowhere(subject);
    }
    int chip = layout.chipIndex(board, number(m, "chip"));
    if (m.group("port") == null) {
      return new Place(subject, Place.Level.CHIP, layout, chip, chip, chip + 1);
    }
    if (number(m, "port") >= layout.portsPerChip()) {
      return Place.nowhere(subject);
    }
    int port = layout.portIndex(chip, number(m, "port"));
    int peer = layout.peerPort(port);
    int lower = peer == PodLayout.NO_PORT ? port : Math.min(port, peer);
    int at = layout.chipOfPort(lower);
    return new Place(layout.portPath(lower), Place.Level.PORT, layout, lower, at, at + 1);
  }

  private static Place ofSwitch(PodLayout layout, Matcher m, int number) {
    int first = 0;
    int end = 0;
    if (m.group("bswitch") != null) {
      int board = layout.boardIndex(number(m, "cab"), number(m, "board"));
      first = layout.chipIndex(board, 0);
      end = first + layout.chipsPerBoard();
    } else if (m.group("cswitch") != null) {
      first = number(m, "cab") * layout.chipsPerCabinet();
      end = first + layout.chipsPerCabinet();
    }
    return new Place(m.group(), Place.Level.SWITCH, layout, number, first, end);
  }

  private static Place cabinet(PodLayout layout, int cabinet) {
    String path = layout.cabinetPath(cabinet);
    return cabinet < layout.cabinets()
        ? cabinets(path, Place.Level.CABINET, layout, cabinet, cabinet, 1)
        : Place.nowhere(path);
  }

  private static Place cabinets(
      String path, Place.Level level, PodLayout layout, int number, int first, int count) {
    int end = Math.min(layout.cabinets(), first + count);
    return new Place(
        path,
        level,
        layout,
        number,
        first * layout.chipsPerCabinet(),
        Math.max(first, end) * layout.chipsPerCabinet());
  }

  private static int number(Matcher m, String group) {
    @Nullable String digits = m.group(group);
    // Nobody numbers a million parts of one kind within one other; more digits would overflow.
    return digits == null || digits.length() > 6
        ? Integer.MAX_VALUE >> 11
        : Integer.parseInt(digits);
  }
}
