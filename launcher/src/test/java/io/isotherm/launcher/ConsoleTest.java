package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.export.Exporter;
import io.isotherm.launcher.rules.Tool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tries the console in a browser; what is tried stands in {@code console-trial.js}. */
class ConsoleTest {
  private static final String OWN_SCRIPT = "<script>\n'use strict';";

  @Test
  void showsWhatIsKnownAndHowOldItIs(@TempDir Path directory) throws Exception {
    // Given the page with answers in place of an exporter's
    String page = resource(Exporter.class, "console.html");
    assertThat(page).containsOnlyOnce(OWN_SCRIPT);
    String trial = "<script>\n" + resource(ConsoleTest.class, "console-trial.js") + "</script>\n";
    Path file = directory.resolve("console.html");
    Files.writeString(file, page.replace(OWN_SCRIPT, trial + OWN_SCRIPT));

    // When
    Path dump = directory.resolve("dump.html");
    ProcessBuilder browser =
        Tool.CHROMIUM
            .command(
                List.of(
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    // Containers have little of it.
                    "--disable-dev-shm-usage",
                    "--user-data-dir=" + directory.resolve("profile"),
                    "--window-size=1280,900",
                    // Ten minutes, which pass as fast as the page allows.
                    "--virtual-time-budget=600000",
                    "--dump-dom",
                    file.toUri() + "#pod=pod-01"))
            .redirectError(directory.resolve("browser.log").toFile())
            .redirectOutput(dump.toFile());
    browser.environment().put("TZ", "UTC");
    Process process = browser.start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }

    // Then
    List<String> said =
        Files.readString(dump).replaceAll("(?s).*<pre id=\"said\">|</pre>.*", "").lines().toList();
    assertThat(said).hasSizeGreaterThan(20).endsWith("end");
    assertThat(said.subList(0, said.size() - 1)).allMatch(line -> line.startsWith("ok "));
  }

  private static String resource(Class<?> of, String name) throws IOException {
    try (InputStream in = of.getResourceAsStream(name)) {
      assertThat(in).as(name).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
