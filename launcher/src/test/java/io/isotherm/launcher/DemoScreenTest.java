package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DemoScreenTest {
  private static final String LONG = "wide".repeat(30);

  private final StringWriter written = new StringWriter();
  private final DemoScreen screen =
      new DemoScreen(
          new PrintWriter(written), /* terminal= */ true, List.of("console http://localhost:1/"));

  /** What a terminal of so many columns, and rows without end, shows of what was written. */
  private List<String> shown(int columns) {
    List<StringBuilder> rows = new ArrayList<>(List.of(new StringBuilder("$ isotherm demo")));
    rows.add(new StringBuilder());
    int row = 1;
    boolean wraps = true;
    String text = written.toString();
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '\033') {
        int end = at + 2;
        while (!Character.isLetter(text.charAt(end))) {
          end++;
        }
        String order = text.substring(at + 2, end + 1);
        switch (order) {
          case "?7l" -> wraps = false;
          case "?7h" -> wraps = true;
          case "J" -> {
            rows.subList(row + 1, rows.size()).clear();
            rows.get(row).setLength(0);
          }
          default -> {
            assertThat(order).matches("\\d+A");
            row -= Integer.parseInt(order.substring(0, order.length() - 1));
          }
        }
        at = end;
      } else if (c == '\n' || (wraps && rows.get(row).length() == columns)) {
        row++;
        if (row == rows.size()) {
          rows.add(new StringBuilder());
        }
        if (c != '\n') {
          rows.get(row).append(c);
        }
      } else if (rows.get(row).length() < columns) {
        rows.get(row).append(c);
      }
    }
    assertThat(wraps).as("long lines of what comes after are whole").isTrue();
    return rows.stream().map(StringBuilder::toString).toList();
  }

  @Test
  void aBlockWithALineThatIsTooLongIsDrawnOverItself() {
    screen.begin();
    screen.draw(List.of("chips: 1", LONG, "no open incident"));
    screen.draw(List.of("chips: 2", LONG, "1 open incident:", "  chip_hot"));
    screen.draw(List.of("chips: 3", LONG, "no open incident"));

    assertThat(shown(80))
        .containsExactly(
            "$ isotherm demo",
            "console http://localhost:1/",
            "chips: 3",
            LONG.substring(0, 80),
            "no open incident",
            "");
  }

  @Test
  void whatIsLoggedBeforeTheFirstBlockStays() {
    screen.begin();
    written.write("WARN something that starts has a word to say\n");
    screen.draw(List.of("chips: 1", "no open incident"));
    screen.draw(List.of("chips: 2", "no open incident"));

    assertThat(shown(80))
        .containsExactly(
            "$ isotherm demo",
            "console http://localhost:1/",
            "WARN something that starts has a word to say",
            "chips: 2",
            "no open incident",
            "");
  }

  @Test
  void theAddressesFitATerminal() {
    HttpAddress at =
        new HttpAddress(new InetSocketAddress(65535), "[2001:db8:1111:2222:3333:4444:5555:6666]");

    assertThat(Demo.addresses(at, 65535, "localhost:65535"))
        .hasSize(3)
        .allMatch(line -> line.length() < 80)
        .anyMatch(line -> line.equals("metrics " + at.url(65535, "/metrics")));
  }
}
