package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.PodMonitor;
import io.isotherm.core.PodWindow;
import io.isotherm.model.ChipLimits;
import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
import io.isotherm.model.Report;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The obvious way and the monitor's say the same of chips and ports, sick ones among them. */
final class ObviousWindowsTest {
  private static final int SECONDS = 120;
  private static final int CHIPS = 2;
  private static final int PORTS = 3;

  /** Ports that go down for a while, that have errors, and whose agent starts anew. */
  private static final int DOWN = 1;

  private static final int SICK = 4;
  private static final int RESTARTED_BOARD = 3;

  private static final PodLayout LAYOUT =
      new PodLayout(
          "pod-00",
          2,
          2,
          CHIPS,
          PORTS,
          List.of(
              new PortGroup(
                  0, PORTS, PortGroup.Wiring.SWITCH, PortGroup.Scope.CABINET, 0, PORTS, "Y")),
          new int[CHIPS],
          1,
          1,
          new ChipLimits("Test chip", 870, 890, 950, true, Report.ABSENT));

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theMonitorSaysTheSame(long seed) {
    ObviousWindows windows =
        new ObviousWindows(List.of(LAYOUT), Load.WINDOW_MS, 0, SECONDS * 1_000L);
    MonitorsAnswer monitors = new MonitorsAnswer();
    PodMonitor monitor = new PodMonitor(LAYOUT, DetectorSettings.DEFAULT);
    write(
        new SplittableRandom(seed),
        report -> {
          windows.accept(report);
          monitor.accept(report, monitors);
        });
    Answer answer = new Answer();
    windows.close(SECONDS * 1_000L, answer);

    assertThat(monitors.answer.lines()).isEqualTo(answer.lines());
    assertThat(answer.lines())
        .anyMatch(line -> line.matches("pod-00/links \\d+ 22 1 1 .*"))
        .anyMatch(line -> line.matches("pod-00/links \\d+ 24 0 0 .*"));
  }

  private interface Sink {
    void take(Report report);
  }

  /** As the emulator: each board at an instant of its own, with its links every ten seconds. */
  private static void write(SplittableRandom random, Sink sink) {
    int ports = CHIPS * PORTS;
    long[] bytes = new long[LAYOUT.ports()];
    long[] errors = new long[bytes.length];
    Report r = new Report();
    for (int second = 0; second <= SECONDS; second++) {
      for (int board = 0; board < LAYOUT.boards(); board++) {
        boolean anew = board == RESTARTED_BOARD && second >= 65;
        r.clear();
        r.pod = LAYOUT.pod();
        r.cabinet = board / LAYOUT.boardsPerCabinet();
        r.board = board % LAYOUT.boardsPerCabinet();
        r.timeMs = second * 1_000L + board * 200L;
        r.agentStartMs = anew ? 64_000 : 0;
        r.sequence = anew ? second - 65 : second;
        for (int chip = 0; chip < CHIPS; chip++) {
          int i = r.addChip(chip);
          r.temperature[i] = 500 + random.nextInt(5);
          r.power[i] = 1_000 + random.nextInt(100);
          r.utilization[i] = 900 + random.nextInt(100);
        }
        for (int n = 0; n < ports; n++) {
          int port = board * ports + n;
          bytes[port] += random.nextInt(1_000_000);
          errors[port] += random.nextInt(8) == 0 ? 1 : 0;
          if (anew && second == 65) {
            bytes[port] = 0;
            errors[port] = 0;
          }
          // The monitor watches the ports of a chip once their sum is over the threshold of one,
          // and then needs a reading to begin with: two ports that are under it make it do so.
          if (second >= 20 && second < 90 && port >= SICK && port < SICK + 2) {
            errors[port] += port == SICK && second >= 50 ? 25 : 8;
          }
          if ((second + 3 * board) % 10 == 0) {
            int i = r.addLink(n / PORTS, n % PORTS);
            r.linkState[i] =
                port == DOWN && second >= 50 && second < 90 ? Report.LINK_DOWN : Report.LINK_UP;
            r.txBytes[i] = bytes[port];
            r.rxBytes[i] = bytes[port] / 2;
            r.crcErrors[i] = errors[port] / 3;
            r.retries[i] = errors[port] - errors[port] / 3;
          }
        }
        sink.take(r);
      }
    }
  }

  /** What a monitor says, as an answer. */
  private static final class MonitorsAnswer implements PodMonitor.Output {
    final Answer answer = new Answer();
    private long tx;
    private long rx;
    private long errors;

    @Override
    public void window(PodWindow w) {
      answer.pod(
          w.pod(),
          w.windowStartMs(),
          w.boardsReporting(),
          w.chipsReporting(),
          w.power(),
          w.temperature().counts(),
          w.temperature().sum(),
          w.utilization().counts(),
          w.utilization().sum());
      for (PodWindow.Cabinet c : w.cabinets()) {
        answer.cabinet(
            w.pod(),
            w.windowStartMs(),
            c.cabinet(),
            c.maxTemperature(),
            c.meanTemperature(),
            c.power());
      }
      for (int i = 0; i < w.hotSpots().size(); i++) {
        PodWindow.HotSpot h = w.hotSpots().get(i);
        answer.hotSpot(w.pod(), w.windowStartMs(), i + 1, h.subject(), h.temperature());
      }
      PodWindow.Links l = w.links();
      answer.links(
          w.pod(),
          w.windowStartMs(),
          l.up(),
          l.down(),
          l.degraded(),
          l.txBytesTotal() - tx,
          l.rxBytesTotal() - rx,
          l.errorsTotal() - errors);
      tx = l.txBytesTotal();
      rx = l.rxBytesTotal();
      errors = l.errorsTotal();
    }

    @Override
    public void incident(IncidentEvent event) {}
  }
}
