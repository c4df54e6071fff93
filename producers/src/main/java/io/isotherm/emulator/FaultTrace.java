package io.isotherm.emulator;

import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Mistake;
import io.isotherm.catalog.YamlNode;
import io.isotherm.catalog.YamlNode.Entry;
import io.isotherm.catalog.YamlNode.Mapping;
import io.isotherm.catalog.YamlNode.Scalar;
import io.isotherm.catalog.YamlNode.Sequence;
import io.isotherm.emulator.Scenario.FaultSpec;
import io.isotherm.model.PodLayout;
import io.isotherm.schemas.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The faults of a foreign trace, laid on the boards of a cluster.
 *
 * <p>The format is that of InfiniteHBD-Trace: a JSON array of starts and ends of faults of servers.
 * What each class of fault becomes here stands in {@code docs/scenarios.md}. The seed chooses a
 * board for every server, and the chip or port of the board for every fault.
 *
 * @param faults the faults that have a kind here, in the order of the file
 * @param notes what became of the trace, in sentences
 */
record FaultTrace(List<FaultSpec> faults, List<String> notes) {
  private static final double MS_PER_DAY = 86_400_000;

  /** Longest time after the start of a run that a fault may have: ten thousand years. */
  private static final double MOST_MS = 3.2e14;

  /**
   * Reads a trace.
   *
   * @throws ScenarioException if the file cannot be read or has a mistake
   */
  static FaultTrace read(Scenario.Trace trace, ClusterPlan plan, long seed) {
    return new Reader(trace, plan, seed).read();
  }

  /**
   * The kind that a class of fault becomes; null for what changes nothing that is emulated.
   *
   * @param type the trace's class, for instance {@code GPU}
   * @param text the trace's description, for instance {@code GPU Lost}
   */
  static @Nullable FaultKind kind(String type, String text) {
    return switch (type) {
      case "GPU" -> {
        if (text.contains("Temperature")) {
          yield FaultKind.THERMAL_THROTTLE;
        }
        if (text.endsWith("low") || text.endsWith("Low")) {
          yield FaultKind.LINK_DEGRADED;
        }
        yield text.contains("SBE") || text.contains("Silent") ? null : FaultKind.CHIP_LOST;
      }
      case "Parameter Plane Cable", "Change" -> FaultKind.LINK_DOWN;
      case "NIC" -> text.endsWith("low") ? FaultKind.LINK_DEGRADED : FaultKind.LINK_DOWN;
      case "Fan" -> text.contains("Redundancy") ? null : FaultKind.THERMAL_THROTTLE;
      case "Power Supply" -> text.contains("Redundancy") ? null : FaultKind.BOARD_LOST;
      case "Motherboard Battery", "RAID Card" -> null;
      default -> FaultKind.BOARD_LOST;
    };
  }

  private static final class Reader {
    private record Start(long atMs, @Nullable FaultKind kind, YamlNode node, int number) {}

    private final Scenario.Trace trace;
    private final ClusterPlan plan;
    private final long seed;
    private final int boards;
    private final Map<String, Integer> boardOf = new HashMap<>();
    private final boolean[] taken;

    Reader(Scenario.Trace trace, ClusterPlan plan, long seed) {
      this.trace = trace;
      this.plan = plan;
      this.seed = seed;
      int sum = 0;
      for (PodLayout pod : plan.pods()) {
        sum += pod.boards();
      }
      this.boards = sum;
      this.taken = new boolean[sum];
    }

    FaultTrace read() {
      String text;
      try {
        text = Files.readString(trace.file());
      } catch (IOException e) {
        throw new ScenarioException(
            "%s: cannot read %s: %s".formatted(trace.place(), trace.file(), FileFailure.reason(e)));
      }
      List<Mistake> mistakes = new ArrayList<>();
      YamlNode root = YamlNode.read(text, mistakes);
      if (root == null || !mistakes.isEmpty()) {
        throw new ScenarioException(
            trace.file() + ":" + (mistakes.isEmpty() ? "1:1: is empty" : mistakes.get(0)));
      }
      if (!(root instanceof Sequence events)) {
        throw mistake(root, "expected an array of events");
      }
      Map<String, Deque<Start>> open = new HashMap<>();
      FaultSpec[] specs = new FaultSpec[events.items().size()];
      int left = 0;
      for (int i = 0; i < specs.length; i++) {
        YamlNode event = events.items().get(i);
        String node = text(event, "node_id");
        YamlNode fault = get(event, "fault_type");
        String type = text(fault, "Class");
        String desc = text(fault, "Desc");
        long at = atMs(event);
        Deque<Start> same =
            open.computeIfAbsent(node + '\n' + type + '\n' + desc, k -> new ArrayDeque<>());
        switch (text(event, "event_type")) {
          case "fault_start" -> {
            Start start = new Start(at, kind(type, desc), event, i);
            same.add(start);
            specs[i] = spec(start, node, Long.MAX_VALUE);
            left += specs[i] == null ? 1 : 0;
          }
          case "fault_end" -> {
            Start start = same.poll();
            if (start == null) {
              throw mistake(event, "the end of a fault that did not start before");
            }
            specs[start.number()] = spec(start, node, Math.max(start.atMs() + 1, at));
          }
          default -> throw mistake(event, "'event_type' must be fault_start or fault_end");
        }
      }
      List<FaultSpec> faults = new ArrayList<>();
      for (FaultSpec s : specs) {
        if (s != null) {
          faults.add(s);
        }
      }
      String note =
          "%s: %d faults of %d servers, %s times as fast as they happened; %d change nothing here"
              .formatted(
                  trace.file().getFileName(),
                  faults.size(),
                  boardOf.size(),
                  trace.acceleration(),
                  left);
      return new FaultTrace(List.copyOf(faults), List.of(note));
    }

    private long atMs(YamlNode event) {
      double days;
      try {
        days = Double.parseDouble(text(event, "event_time"));
      } catch (NumberFormatException e) {
        days = -1;
      }
      double ms = trace.fromMs() + days * MS_PER_DAY / trace.acceleration();
      if (!(days >= 0 && ms <= MOST_MS)) {
        throw mistake(event, "'event_time' must be a number of days from 0");
      }
      return Math.round(ms);
    }

    private @Nullable FaultSpec spec(Start start, String server, long endMs) {
      FaultKind kind = start.kind();
      if (kind == null) {
        return null;
      }
      int board = boardOf.computeIfAbsent(server, this::draw);
      int pod = 0;
      while (board >= plan.pods().get(pod).boards()) {
        board -= plan.pods().get(pod++).boards();
      }
      PodLayout layout = plan.pods().get(pod);
      if (!Subjects.possible(layout, kind)) {
        return null;
      }
      long bits = Draw.bits(seed, 79, start.number());
      int chip = layout.chipIndex(board, Draw.below(layout.chipsPerBoard(), bits));
      String subject =
          switch (kind.target()) {
            case BOARD -> layout.boardPath(board);
            case LINK ->
                layout.portPath(
                    layout.portIndex(chip, Draw.below(layout.portsPerChip(), bits << 32)));
            default -> layout.chipPath(chip);
          };
      return new FaultSpec(
          kind, start.atMs(), endMs, subject, kind.usual(), false, place(start.node()));
    }

    /** A board for a server; a second server gets one that is taken only when none is free. */
    private int draw(String server) {
      int board = Draw.below(boards, Draw.bits(seed, 78, server.hashCode()));
      for (int i = 0; i < boards && taken[board]; i++) {
        board = (board + 1) % boards;
      }
      taken[board] = true;
      return board;
    }

    private YamlNode get(YamlNode node, String name) {
      Entry e = node instanceof Mapping m ? m.entries().get(name) : null;
      if (e == null) {
        throw mistake(node, "field '%s' is missing".formatted(name));
      }
      return e.node();
    }

    private String text(YamlNode node, String name) {
      YamlNode n = get(node, name);
      String text = n instanceof Scalar s ? s.text() : null;
      if (text == null) {
        throw mistake(n, "'%s' is %s, expected a text or number".formatted(name, n.kind()));
      }
      return text;
    }

    private String place(YamlNode n) {
      return "%s:%d:%d".formatted(trace.file(), n.line(), n.column());
    }

    private ScenarioException mistake(YamlNode n, String message) {
      return new ScenarioException(place(n) + ": " + message);
    }
  }
}
