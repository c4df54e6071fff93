package io.isotherm.core;

import static io.isotherm.core.IncidentKind.BOARD_SILENT;
import static io.isotherm.core.IncidentKind.CABINET_SILENT;
import static io.isotherm.core.IncidentKind.CHIP_FATAL;
import static io.isotherm.core.IncidentKind.CHIP_LINKS;
import static io.isotherm.core.IncidentKind.CHIP_SILENT;
import static io.isotherm.core.IncidentKind.HBM_UNCORRECTABLE;
import static io.isotherm.core.IncidentKind.LINK_DEGRADED;
import static io.isotherm.core.IncidentKind.LINK_DOWN;
import static io.isotherm.core.IncidentKind.LINK_FLAP;
import static io.isotherm.core.IncidentKind.LINK_NARROW;
import static io.isotherm.core.IncidentKind.PLANE_FAULT;
import static io.isotherm.core.IncidentKind.POD_SILENT;
import static io.isotherm.core.IncidentKind.SWITCH_FAULT;

import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Links that are down, have too many errors, are narrow or flap, and what they have in common. */
final class ObviousLinks implements ObviousMonitor.Finder {
  private static final int FEWEST_LINKS = 3;

  /** The last three falls of each port, but for those that something else explained. */
  private final Map<Integer, List<Long>> own = new TreeMap<>();

  /** How many falls of each port were looked at. */
  private final Map<Integer, Integer> looked = new HashMap<>();

  private @Nullable ObviousPorts ports;

  /** The plane, rail, board or cabinet of the switch with a path. */
  static String holder(String path) {
    return path.substring(0, path.lastIndexOf('/'));
  }

  @Override
  public void find(ObviousJudgement window) {
    if (ports == null) {
      ports = new ObviousPorts(window.layout, window.settings);
    }
    ports.take(window.history);
    window.ports = ports;
    new Now(window, ports).find();
  }

  /** One window. */
  private final class Now {
    private final ObviousJudgement window;
    private final PodLayout layout;
    private final ObviousPorts ports;

    /** Ports of boards that were heard and of which something is known. */
    private final Map<Integer, ObviousPorts.Port> known = new TreeMap<>();

    /** Ports that are sick, and how. */
    private final Map<Integer, Set<IncidentKind>> sick = new TreeMap<>();

    /** Samples of each chip in the window. */
    private final Map<Integer, Integer> samples = new HashMap<>();

    Now(ObviousJudgement window, ObviousPorts ports) {
      this.window = window;
      this.layout = window.layout;
      this.ports = ports;
      window.said.stream()
          .flatMap(r -> r.chips().stream())
          .forEach(c -> samples.merge(c.chip(), 1, Integer::sum));
    }

    void find() {
      ports
          .at(window.endMs)
          .forEach(
              (port, said) -> {
                if (window.reports(boardOf(port))) {
                  known.put(port, said);
                }
              });
      Set<Integer> narrow = narrow();
      known.forEach(
          (port, said) -> {
            if (said.down()) {
              sick.put(port, Set.of(LINK_DOWN));
            } else {
              Set<IncidentKind> kinds = new TreeSet<>();
              if (said.degraded()) {
                kinds.add(LINK_DEGRADED);
              }
              if (narrow.contains(port)) {
                kinds.add(LINK_NARROW);
              }
              if (!kinds.isEmpty()) {
                sick.put(port, kinds);
              }
            }
          });
      window.links = counts();
      window.sickPorts.addAll(sick.keySet());
      switches();
      planes();
      chips();
      flaps();
      links(LINK_DOWN);
      links(LINK_DEGRADED);
      links(LINK_NARROW);
    }

    private int boardOf(int port) {
      return layout.boardOfChip(layout.chipOfPort(port));
    }

    /** A port counts as degraded if it is narrow, too; one without a state if it has errors. */
    private String counts() {
      long down = known.values().stream().filter(ObviousPorts.Port::down).count();
      long degraded = sick.size() - down;
      long up = known.keySet().stream().filter(p -> up(p) && !sick.containsKey(p)).count();
      return "%d up, %d down, %d degraded, %d unknown, %d sent, %d received, %d errors"
          .formatted(
              up,
              down,
              degraded,
              layout.ports() - up - down - degraded,
              ports.txBytes,
              ports.rxBytes,
              ports.errors);
    }

    /**
     * Ports that are up at less than {@code linkNarrowPermille} of their nominal speed; none of a
     * group if more than half of its ports that are up are.
     */
    private Set<Integer> narrow() {
      Set<Integer> narrow = new TreeSet<>();
      for (PortGroup g : layout.portGroups()) {
        List<Integer> up =
            known.keySet().stream().filter(p -> layout.portGroup(p).equals(g) && up(p)).toList();
        List<Integer> slow = up.stream().filter(this::slow).toList();
        if (slow.size() * 2 <= up.size()) {
          narrow.addAll(slow);
        }
      }
      return narrow;
    }

    private boolean up(int port) {
      ObviousPorts.Port said = known.get(port);
      return said != null && said.up();
    }

    private boolean slow(int port) {
      ObviousPorts.Port said = known.get(port);
      int nominal = layout.portMegabits(port % layout.portsPerChip());
      return said != null
          && said.megabits() != null
          && said.megabits() * 1_000L < (long) nominal * window.settings.linkNarrowPermille();
    }

    /**
     * At least three and half of a switch's ports that are known, or a quarter to go on. What a
     * chip explains does not count.
     */
    private void switches() {
      for (int s = 0; s < layout.switches(); s++) {
        int at = s;
        String path = layout.switchPathOf(s);
        List<Integer> here =
            known.keySet().stream().filter(p -> layout.switchOfPort(p) == at).toList();
        int ill =
            (int)
                here.stream()
                    .filter(sick::containsKey)
                    .filter(p -> coverOf(layout.chipOfPort(p)) == null)
                    .count();
        int parts = window.isOpen(SWITCH_FAULT, path) ? 4 : 2;
        if (ill >= FEWEST_LINKS && ill * parts >= here.size()) {
          window.found(SWITCH_FAULT, path, /* critical= */ true, ill);
        }
      }
    }

    /**
     * At least two and half of the switches of a plane, or of a board or cabinet that has switches
     * of its own, or a quarter to go on.
     */
    private void planes() {
      Map<String, List<String>> switchesOf = new TreeMap<>();
      for (int s = 0; s < layout.switches(); s++) {
        String path = layout.switchPathOf(s);
        switchesOf.computeIfAbsent(holder(path), h -> new ArrayList<>()).add(path);
      }
      switchesOf.forEach(
          (path, switches) -> {
            List<ObviousFinding> faults =
                switches.stream()
                    .map(s -> window.find(SWITCH_FAULT, s))
                    .filter(Objects::nonNull)
                    .toList();
            int parts = window.isOpen(PLANE_FAULT, path) ? 4 : 2;
            if (faults.size() >= 2 && faults.size() * parts >= switches.size()) {
              int chips = faults.stream().mapToInt(f -> f.chips).sum();
              window.found(PLANE_FAULT, path, /* critical= */ true, chips);
            }
            faults.forEach(f -> f.explainedBy(window.explains(PLANE_FAULT, path)));
          });
    }

    /** At least three and a third of a chip's own ports that nothing else explains. */
    private void chips() {
      for (int chip = 0; chip < layout.chips(); chip++) {
        int at = chip;
        long ill =
            sick.keySet().stream()
                .filter(p -> layout.chipOfPort(p) == at && layout.portGroup(p).ofChip())
                .filter(p -> ofParts(p) == null && ofFabric(p) == null)
                .count();
        if (ill >= FEWEST_LINKS && ill * 3 >= layout.ownPortsPerChip()) {
          boolean critical = window.synchronous(layout.boardOfChip(chip));
          window.found(CHIP_LINKS, layout.chipPath(chip), critical, /* chips= */ 1);
        }
      }
    }

    /**
     * Three falls within {@code flapWithinMinutes} that nothing else explains, until {@code
     * flapHoldMinutes} after the last one, and while the link is down.
     */
    private void flaps() {
      ports.falls.forEach(this::look);
      own.forEach(
          (port, falls) -> {
            String path = path(port);
            if (falls.size() < 3 || away(port) || window.find(LINK_FLAP, path) != null) {
              return;
            }
            long close = window.settings.flapWithinMinutes() * 60_000L;
            long hold = window.settings.flapHoldMinutes() * 60_000L;
            boolean held =
                window.endMs - falls.get(2) <= hold
                    || (window.isOpen(LINK_FLAP, path) && linkDown(port));
            if (falls.get(2) - falls.get(0) <= close && held) {
              window
                  .found(LINK_FLAP, path, /* critical= */ false, chipsOf(port))
                  .explainedBy(causeOf(port));
            }
          });
    }

    /**
     * Keeps the last three falls of a port. Of a link that is not known to flap and that something
     * else explains, those of this window and the one since which it is down are taken back.
     */
    private void look(int port, List<Long> falls) {
      List<Long> kept = own.computeIfAbsent(port, p -> new ArrayList<>());
      Integer before = looked.put(port, falls.size());
      kept.addAll(falls.subList(before == null ? 0 : before, falls.size()));
      kept.subList(0, Math.max(0, kept.size() - 3)).clear();
      if (window.isOpen(LINK_FLAP, path(port)) || (causeOf(port) == null && !away(port))) {
        return;
      }
      kept.removeIf(t -> t >= window.startMs);
      if (ports.down.contains(port)) {
        kept.remove(falls.get(falls.size() - 1));
      }
    }

    private boolean isDown(int port) {
      ObviousPorts.Port said = known.get(port);
      return said != null && said.down();
    }

    private boolean linkDown(int port) {
      int peer = layout.peerPort(port);
      return isDown(port) || (peer != PodLayout.NO_PORT && isDown(peer));
    }

    private boolean away(int port) {
      return window.heard.get(boardOf(port)) == ObviousJudgement.Heard.AWAY;
    }

    /** A link has the path of the end with the lower number. */
    private String path(int port) {
      int peer = layout.peerPort(port);
      return layout.portPath(peer == PodLayout.NO_PORT ? port : Math.min(port, peer));
    }

    private int chipsOf(int port) {
      return layout.peerPort(port) == PodLayout.NO_PORT ? 1 : 2;
    }

    /**
     * One link is one incident: of what is wrong with it at either end that it flaps comes first,
     * then that it is down, and then that of errors and lanes which is open, or its errors.
     */
    private void links(IncidentKind kind) {
      sick.forEach(
          (port, kinds) -> {
            String path = path(port);
            if (kinds.contains(kind)
                && window.find(kind, path) == null
                && window.find(LINK_DOWN, path) == null) {
              ObviousFinding cause = causeOf(port);
              window
                  .found(kind, path, /* critical= */ false, chipsOf(port))
                  .explainedBy(cause == null ? ofLink(kind, path) : cause);
            }
          });
    }

    private @Nullable ObviousFinding ofLink(IncidentKind kind, String path) {
      ObviousFinding flap = window.find(LINK_FLAP, path);
      if (flap != null || kind == LINK_DOWN) {
        return flap;
      }
      boolean narrow =
          window.isOpen(LINK_NARROW, path)
              && sick.entrySet().stream()
                  .anyMatch(
                      p -> path(p.getKey()).equals(path) && p.getValue().contains(LINK_NARROW));
      return kind == LINK_DEGRADED
          ? narrow ? unseen(LINK_NARROW, path) : null
          : narrow ? null : window.find(LINK_DEGRADED, path);
    }

    private ObviousFinding unseen(IncidentKind kind, String path) {
      return new ObviousFinding(kind, path, /* critical= */ false, /* chips= */ 0);
    }

    /** A broken part at one of a link's ends, or of the fabric, or the links of a chip together. */
    private @Nullable ObviousFinding causeOf(int port) {
      ObviousFinding cause = ofParts(port);
      cause = cause != null ? cause : ofFabric(port);
      cause =
          cause != null
              ? cause
              : window.explains(CHIP_LINKS, layout.chipPath(layout.chipOfPort(port)));
      int peer = layout.peerPort(port);
      return cause != null || peer == PodLayout.NO_PORT
          ? cause
          : window.explains(CHIP_LINKS, layout.chipPath(layout.chipOfPort(peer)));
    }

    /** A broken chip or board at one of a link's ends. */
    private @Nullable ObviousFinding ofParts(int port) {
      ObviousFinding cause = coverOf(layout.chipOfPort(port));
      int peer = layout.peerPort(port);
      return cause != null || peer == PodLayout.NO_PORT ? cause : coverOf(layout.chipOfPort(peer));
    }

    /** The switch, or those of its plane, board or cabinet, that explain that a port is sick. */
    private @Nullable ObviousFinding ofFabric(int port) {
      if (layout.switchOfPort(port) == PodLayout.NO_SWITCH) {
        return null;
      }
      String path = layout.switchPath(port);
      ObviousFinding cause = window.explains(PLANE_FAULT, holder(path));
      return cause != null ? cause : window.explains(SWITCH_FAULT, path);
    }

    /**
     * What explains that links of a chip are sick; null if the chip and its board are well. The
     * largest part that was found and is not itself explained; else one whose incident is open.
     */
    private @Nullable ObviousFinding coverOf(int chip) {
      int board = layout.boardOfChip(chip);
      String path = layout.chipPath(chip);
      ObviousFinding pod = window.find(POD_SILENT, layout.pod());
      if (pod != null
          && !pod.explained
          && window.heard.get(board) == ObviousJudgement.Heard.SILENT) {
        return pod;
      }
      String cabinet = layout.cabinetPath(layout.cabinetOfBoard(board));
      ObviousFinding dark = window.find(CABINET_SILENT, cabinet);
      // A cabinet that has been dark for ten minutes says nothing of a board of it that has
      // reported for as long.
      boolean apart =
          dark != null
              && window.isOpenForLong(CABINET_SILENT, cabinet)
              && window.reports(board)
              && window.isHeardForLong(board);
      if (dark != null && !dark.explained && !apart) {
        return dark;
      }
      Map<IncidentKind, String> parts = new LinkedHashMap<>();
      parts.put(BOARD_SILENT, layout.boardPath(board));
      parts.put(CHIP_SILENT, path);
      parts.put(CHIP_FATAL, path);
      parts.put(HBM_UNCORRECTABLE, path);
      for (Map.Entry<IncidentKind, String> part : parts.entrySet()) {
        ObviousFinding found = window.find(part.getKey(), part.getValue());
        if (found != null && !found.explained) {
          return found;
        }
      }
      boolean open =
          (!apart && window.isOpen(CABINET_SILENT, cabinet))
              || parts.entrySet().stream().anyMatch(p -> window.isOpen(p.getKey(), p.getValue()));
      return open || missing(chip) ? unseen(CHIP_SILENT, path) : null;
    }

    /**
     * Whether a chip lacks at least a quarter of the samples that another of its board has, or was
     * missing when its board spoke of chips last.
     */
    private boolean missing(int chip) {
      int board = layout.boardOfChip(chip);
      int first = board * layout.chipsPerBoard();
      int most =
          IntStream.range(first, first + layout.chipsPerBoard())
              .map(c -> samples.getOrDefault(c, 0))
              .max()
              .orElse(0);
      return most > 0
          ? (most - samples.getOrDefault(chip, 0)) * 4 >= most
          : wasMissing(chip, board);
    }

    private boolean wasMissing(int chip, int board) {
      List<ObviousReport> before =
          window.history.stream()
              .filter(r -> r.board() == board && r.timeMs() < window.endMs && !r.chips().isEmpty())
              .toList();
      long last = before.stream().mapToLong(ObviousReport::timeMs).max().orElse(0);
      long startMs = last - last % window.settings.windowMs();
      return !before.isEmpty()
          && before.stream()
              .filter(r -> r.timeMs() >= startMs)
              .flatMap(r -> r.chips().stream())
              .noneMatch(c -> c.chip() == chip);
    }
  }
}
