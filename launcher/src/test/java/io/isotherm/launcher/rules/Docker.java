package io.isotherm.launcher.rules;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The Docker of this machine: the one that runs, or one that is started for as long as the tests
 * need it. Where there is none and it may not be started, the tests are skipped.
 */
final class Docker {
  private static final Tool CLIENT = new Tool("docker", "docker.io");
  private static final Tool DAEMON = new Tool("dockerd", "docker.io");
  private static final Tool DEBOOTSTRAP = new Tool("debootstrap", "debootstrap");

  /** What the Dockerfile wants, from a registry of images. */
  private static final String PUBLIC_JRE = "eclipse-temurin:17-jre";

  /** Debian's, for machines that reach packages but no registry of images. */
  private static final String DEBIAN_JRE = "isotherm-test-jre:bookworm";

  private static final String DEBIAN = "http://deb.debian.org/debian";
  private static final long START_SECONDS = 30;

  /** For what loads packages. */
  private static final Duration DOWNLOAD = Duration.ofMinutes(10);

  private final @Nullable Process daemon;

  private Docker(@Nullable Process daemon) {
    this.daemon = daemon;
  }

  /** Finds the running Docker, or starts one if this is root. */
  static Docker open() throws IOException, InterruptedException {
    if (answers()) {
      return new Docker(null);
    }
    assumeTrue(
        System.getProperty("user.name").equals("root"),
        "Docker does not answer, and only root may start it; start it to run this test");
    Docker docker = start();
    if (!tellsGateway()) {
      docker.close();
      docker = start();
    }
    return docker;
  }

  private static Docker start() throws IOException, InterruptedException {
    Path log = Files.createTempFile("dockerd", ".log");
    Process daemon =
        DAEMON.command(List.of()).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    long end = System.nanoTime() + SECONDS.toNanos(START_SECONDS);
    boolean started = false;
    while (!started && System.nanoTime() < end && !daemon.waitFor(1, SECONDS)) {
      started = answers();
    }
    Docker docker = new Docker(daemon);
    if (!started) {
      docker.close();
    }
    assumeTrue(started, "dockerd did not start within %d s: %s".formatted(START_SECONDS, log));
    Files.delete(log);
    return docker;
  }

  /**
   * Whether Docker says which address its containers reach this machine by, as it does from its
   * second start on. Where there is a file {@code /.dockerenv} Testcontainers asks for it, and else
   * wants to pull an image to find it out.
   */
  private static boolean tellsGateway() throws IOException, InterruptedException {
    Tool.Ran bridge =
        CLIENT.run(
            "network",
            "inspect",
            "bridge",
            "--format",
            "{{range .IPAM.Config}}{{.Gateway}}{{end}}");
    return bridge.exitCode() == 0 && !bridge.output().isBlank();
  }

  private static boolean answers() throws IOException, InterruptedException {
    return CLIENT.run("version").exitCode() == 0;
  }

  /** Runs a command of Docker's to its end. */
  Tool.Ran run(String... arguments) throws IOException, InterruptedException {
    return CLIENT.run(arguments);
  }

  /** Name of an image with a Java runtime that our Dockerfile can be built on. */
  String javaRuntime() throws IOException, InterruptedException {
    for (String image : List.of(PUBLIC_JRE, DEBIAN_JRE)) {
      if (run("image", "inspect", image).exitCode() == 0) {
        return image;
      }
    }
    if (CLIENT.runWithin(DOWNLOAD, "", "pull", PUBLIC_JRE).exitCode() == 0) {
      return PUBLIC_JRE;
    }
    buildDebianRuntime();
    return DEBIAN_JRE;
  }

  private void buildDebianRuntime() throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("debian");
    try {
      Path root = directory.resolve("root");
      Path packed = directory.resolve("root.tar");
      known(
          DEBOOTSTRAP.runWithin(
              DOWNLOAD, "", "--variant=minbase", "bookworm", root.toString(), DEBIAN));
      known(new Tool("tar", "tar").run("-C", root.toString(), "-cf", packed.toString(), "."));
      known(run("import", packed.toString(), DEBIAN_JRE + "-base"));
      // The build needs the packages' servers, which a network of Docker's own may not reach.
      known(
          CLIENT.runWithin(
              DOWNLOAD,
              """
              FROM %s-base
              RUN apt-get update -q \\
                && apt-get install -y -q --no-install-recommends openjdk-17-jre-headless
              """
                  .formatted(DEBIAN_JRE),
              "build",
              "--network",
              "host",
              "-t",
              DEBIAN_JRE,
              "-"));
    } finally {
      new Tool("rm", "coreutils").run("-rf", directory.toString());
    }
  }

  /** Skips the test if there is no image to build on, which is no fault of ours. */
  private static void known(Tool.Ran step) {
    assumeTrue(
        step.exitCode() == 0,
        () -> "there is no image with a Java runtime to build on: " + lastLine(step.output()));
  }

  private static String lastLine(String output) {
    String text = output.strip();
    return text.substring(text.lastIndexOf('\n') + 1);
  }

  /** Ends the Docker that was started here. */
  void close() throws InterruptedException {
    if (daemon != null) {
      daemon.destroy();
      if (!daemon.waitFor(START_SECONDS, SECONDS)) {
        daemon.destroyForcibly();
      }
    }
  }
}
