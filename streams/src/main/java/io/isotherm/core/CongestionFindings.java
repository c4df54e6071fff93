package io.isotherm.core;

import static io.isotherm.core.IncidentKind.CONGESTION;
import static io.isotherm.core.IncidentKind.PLANE_FAULT;
import static io.isotherm.core.IncidentKind.SWITCH_FAULT;

import io.isotherm.core.PodWindow.FabricHotSpot;
import io.isotherm.model.PodLayout;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds switches at which data waits although their links are well.
 *
 * <p>Statistic: the share of time in which data waited to leave a port ({@code port_xmit_wait} of
 * InfiniBand, pauses of Ethernet), between two readings. A switch is congested if at least three
 * and half of its ports that are up without errors wait for {@code congestionWait} thousandths of
 * the time or more, held {@code slowOpenAfterWindows}; a quarter at half of that is enough to go
 * on. Ports that are down or erroneous wait for that reason, and a switch or plane that is at fault
 * explains its waits.
 */
final class CongestionFindings {
  private static final int FEWEST_LINKS = 3;

  private final Judgement judgement;
  private final PodLayout layout;
  private final PodState state;
  private final FabricWaits waits;
  private final int[] waiting;
  private final long[] waited;
  private int most;

  /** Most parts of the fabric that are told as hot. */
  private static final int HOT_SPOTS = 5;

  private List<FabricHotSpot> hotSpots = List.of();

  CongestionFindings(Judgement judgement, FabricWaits waits) {
    this.judgement = judgement;
    this.waits = waits;
    layout = judgement.layout;
    state = judgement.state;
    waiting = new int[layout.switches()];
    waited = new long[layout.switches()];
  }

  /** Makes the findings of this window; after those of the links. */
  void find() {
    hotSpots = List.of();
    if (waits.quiet()) {
      return;
    }
    Arrays.fill(waiting, 0);
    Arrays.fill(waited, 0);
    most = 0;
    waits.ports(this::count);
    hotSpots = hottest();
    if (most < FEWEST_LINKS) {
      return;
    }
    int[] known = new int[waiting.length];
    for (int p = 0; p < state.port.length; p++) {
      int s = layout.switchOfPort(p);
      known[s == PodLayout.NO_SWITCH ? 0 : s] += s != PodLayout.NO_SWITCH && well(p) ? 1 : 0;
    }
    int limit = judgement.settings.congestionWait();
    for (int s = 0; s < waiting.length; s++) {
      int n = waiting[s];
      boolean open = judgement.ledger.isOpen(CONGESTION, s);
      if (n < FEWEST_LINKS || n * (open ? 4 : 2) < known[s]) {
        continue;
      }
      Candidate c = judgement.candidate(CONGESTION, s, layout.switchPathOf(s));
      c.chipsAffected = n;
      c.evidence(judgement.evidence("congestion", c.path, waited[s] / n, limit, "permille"));
      Candidate cause = judgement.cause(PLANE_FAULT, layout.setOfSwitch(s));
      Judgement.cover(c, cause != null ? cause : judgement.cause(SWITCH_FAULT, s));
    }
  }

  /** The switches at whose ports data waits most in this window, worst first. */
  List<FabricHotSpot> hotSpots() {
    return hotSpots;
  }

  private List<FabricHotSpot> hottest() {
    return IntStream.range(0, waited.length)
        .filter(s -> waiting[s] > 0)
        .boxed()
        .sorted(Comparator.comparingLong((Integer s) -> waited[s]).reversed().thenComparing(s -> s))
        .limit(HOT_SPOTS)
        .map(
            s ->
                new FabricHotSpot(
                    layout.switchPathOf(s), (int) (waited[s] / waiting[s]), waiting[s]))
        .toList();
  }

  private void count(int port) {
    int s = layout.switchOfPort(port);
    if (s == PodLayout.NO_SWITCH || !well(port)) {
      return;
    }
    int permille = waits.permille(port);
    boolean open = judgement.ledger.isOpen(CONGESTION, s);
    if (permille * (open ? 2 : 1) >= judgement.settings.congestionWait()) {
      waited[s] += permille;
      most = Math.max(most, ++waiting[s]);
    }
  }

  private boolean well(int port) {
    return (state.port[port] & (PodState.PORT_STATE | PodState.PORT_DEGRADED)) == PodState.PORT_UP
        && judgement.linksKnown(layout.boardOfChip(layout.chipOfPort(port)));
  }
}
