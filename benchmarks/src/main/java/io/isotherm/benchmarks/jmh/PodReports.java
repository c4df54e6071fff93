package io.isotherm.benchmarks.jmh;

import io.isotherm.benchmarks.Load;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.PodMonitor;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.Scenario;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The encoded reports of one pod in one window, second by second. They stand for those of every
 * later window: {@link #read} moves time and sequence on.
 */
public final class PodReports {
  /** Chips of the pod. */
  public static final int CHIPS = 8_192;

  /** Seconds of a window. */
  public static final int SECONDS = 10;

  private static final long START_MS = 1_800_000_000_000L;

  private final PodLayout layout;
  private final List<Placement> placements;
  private final List<List<byte[]>> seconds = new ArrayList<>();
  private final ReportReader reader = new ReportReader(SchemaHistory.bundled());

  /** The report that {@link #read} fills. */
  public final Report report = new Report();

  /** Windows that time is moved on by. */
  private long window;

  /**
   * @param chipsPerReport 1, 8 or 64
   * @param root the checkout
   */
  public PodReports(int chipsPerReport, Path root) {
    Fleet fleet =
        new Fleet(new Load.Shape(chipsPerReport, SECONDS).plan(root), Scenario.quiet(1), START_MS);
    layout = fleet.plan().pods().get(0);
    placements = fleet.placements();
    ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
    int[] order = fleet.samplingOrder();
    for (int s = 0; s < SECONDS; s++) {
      fleet.step(START_MS + s * 1_000L);
      List<byte[]> second = new ArrayList<>();
      for (int board : order) {
        if (board < layout.boards() && fleet.fill(board, report)) {
          second.add(writer.toBytes(report));
        }
      }
      seconds.add(second);
    }
  }

  /** The pod. */
  public PodLayout layout() {
    return layout;
  }

  /** A new monitor of the pod that knows the jobs whose chips these reports speak of. */
  public PodMonitor monitor() {
    PodMonitor monitor = new PodMonitor(layout, DetectorSettings.DEFAULT);
    monitor.placements(placements);
    return monitor;
  }

  /** The encoded reports of a second of the window. */
  public List<byte[]> second(int second) {
    return seconds.get(second);
  }

  /** Moves on to the next window. */
  public void nextWindow() {
    window++;
  }

  /** Decodes a report into {@link #report}, as one of the present window. */
  public void read(byte[] bytes) {
    reader.read(bytes, report);
    report.timeMs += window * Load.WINDOW_MS;
    report.sequence += window * SECONDS;
  }
}
