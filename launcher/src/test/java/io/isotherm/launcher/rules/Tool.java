package io.isotherm.launcher.rules;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A program of the system that judges our files better than we could.
 *
 * @param name file name on the PATH
 * @param debianPackage package that has it
 */
public record Tool(String name, String debianPackage) {
  public static final Tool PROMTOOL = new Tool("promtool", "prometheus");
  public static final Tool PROMETHEUS = new Tool("prometheus", "prometheus");
  public static final Tool AMTOOL = new Tool("amtool", "prometheus-alertmanager");
  public static final Tool ALERTMANAGER =
      new Tool("prometheus-alertmanager", "prometheus-alertmanager");
  public static final Tool NODE_EXPORTER =
      new Tool("prometheus-node-exporter", "prometheus-node-exporter");
  public static final Tool CHROMIUM = new Tool("chromium", "chromium");
  public static final Tool DOCKER_COMPOSE = new Tool("docker-compose", "docker-compose");

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** What a finished program said, both streams together. */
  public record Ran(int exitCode, String output) {}

  /** Runs the program to its end in the root of the checkout. */
  Ran run(String... arguments) throws IOException, InterruptedException {
    return runWithInput("", arguments);
  }

  /** Runs the program to its end in the root of the checkout and gives it the text to read. */
  Ran runWithInput(String input, String... arguments) throws IOException, InterruptedException {
    return runWithin(PATIENCE, input, arguments);
  }

  /** As {@link #runWithInput}, for a program that may take long. */
  Ran runWithin(Duration patience, String input, String... arguments)
      throws IOException, InterruptedException {
    Path text = Files.createTempFile(name, ".in");
    Path output = Files.createTempFile(name, ".out");
    try {
      Files.writeString(text, input, StandardCharsets.UTF_8);
      Process process =
          command(List.of(arguments))
              .directory(Checkout.ROOT.toFile())
              .redirectErrorStream(true)
              .redirectInput(text.toFile())
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        fail(
            "%s %s did not end within %d s",
            name, String.join(" ", arguments), patience.toSeconds());
      }
      return new Ran(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    } finally {
      Files.delete(text);
      Files.delete(output);
    }
  }

  /** The command line, ready to start. Skips the test where the program is absent. */
  public ProcessBuilder command(List<String> arguments) {
    Optional<Path> found = find();
    String absent =
        name
            + " is not on the PATH; install Debian's package "
            + debianPackage
            + " (./verify does)";
    assumeTrue(found.isPresent(), absent);
    List<String> line = new ArrayList<>();
    line.add(found.orElseThrow().toString());
    line.addAll(arguments);
    return new ProcessBuilder(line);
  }

  private Optional<Path> find() {
    return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
        .splitAsStream(System.getenv().getOrDefault("PATH", ""))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
