package io.isotherm.core;

import static io.isotherm.core.IncidentKind.CONGESTION;
import static io.isotherm.core.IncidentKind.PLANE_FAULT;
import static io.isotherm.core.IncidentKind.SWITCH_FAULT;

import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Switches at which data waits although their links are well. */
final class ObviousCongestion implements ObviousMonitor.Finder {
  private static final int FEWEST_LINKS = 3;
  private static final int HOT_SPOTS = 5;

  /**
   * A switch at whose ports data waits.
   *
   * @param waits thousandths of the time in which it waits, of the ports that are over the limit
   */
  private record Spot(String path, List<Integer> waits) {
    int sum() {
      return waits.stream().mapToInt(w -> w).sum();
    }
  }

  @Override
  public void find(ObviousJudgement window) {
    ObviousPorts ports = Objects.requireNonNull(window.ports, "links come first");
    List<Spot> spots = new ArrayList<>();
    for (int s = 0; s < window.layout.switches(); s++) {
      Spot spot = judge(window, ports, s);
      if (!spot.waits.isEmpty()) {
        spots.add(spot);
      }
    }
    window.fabricHotSpots =
        spots.stream()
            .sorted(Comparator.comparing(Spot::sum).reversed())
            .limit(HOT_SPOTS)
            .map(s -> "%s: %d, %d".formatted(s.path, s.sum() / s.waits.size(), s.waits.size()))
            .toList();
  }

  /**
   * At least three and half of the ports that are up without errors wait for {@code congestionWait}
   * thousandths of the time; to go on, three and a quarter for half of that.
   */
  private static Spot judge(ObviousJudgement window, ObviousPorts ports, int at) {
    PodLayout layout = window.layout;
    String path = layout.switchPathOf(at);
    boolean open = window.isOpen(CONGESTION, path);
    List<Integer> well =
        ports.at(window.endMs).entrySet().stream()
            .filter(e -> layout.switchOfPort(e.getKey()) == at)
            .filter(e -> window.reports(layout.boardOfChip(layout.chipOfPort(e.getKey()))))
            .map(Map.Entry::getValue)
            .filter(p -> p.up() && !p.degraded())
            .map(ObviousPorts.Port::waited)
            .toList();
    List<Integer> waits =
        well.stream().filter(w -> w * (open ? 2 : 1) >= window.settings.congestionWait()).toList();
    if (waits.size() >= FEWEST_LINKS && waits.size() * (open ? 4 : 2) >= well.size()) {
      window
          .found(CONGESTION, path, /* critical= */ false, waits.size())
          .explainedBy(cause(window, at));
    }
    return new Spot(path, waits);
  }

  /** A plane or switch that is at fault explains its waits. */
  private static @Nullable ObviousFinding cause(ObviousJudgement window, int at) {
    String path = window.layout.switchPathOf(at);
    ObviousFinding fault = window.explains(PLANE_FAULT, ObviousLinks.holder(path));
    return fault != null ? fault : window.explains(SWITCH_FAULT, path);
  }
}
