package io.isotherm.launcher.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts of the checkout, with stubs for what they run. */
@Timeout(60)
final class ScriptsTest {
  private static final List<String> TOOLS_OF_TESTS =
      List.of(
          "promtool",
          "prometheus",
          "amtool",
          "kcat",
          "docker-compose",
          "docker",
          "dockerd",
          "debootstrap",
          "chromium");

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  /** Directory of the scripts, below the one that they are run from. */
  @SuppressWarnings("NullAway.Init") // makeCheckout sets it
  private Path checkout;

  @SuppressWarnings("NullAway.Init") // makeCheckout sets it
  private Path bin;

  private final ProcessBuilder builder = new ProcessBuilder();
  private @Nullable Process started;

  @BeforeEach
  void makeCheckout() throws IOException {
    checkout = Files.createDirectories(dir.resolve("checkout"));
    bin = Files.createDirectories(dir.resolve("bin"));
    builder
        .directory(dir.toFile())
        .redirectErrorStream(true)
        .redirectOutput(dir.resolve("said.txt").toFile());
    builder.environment().put("PATH", bin + ":/usr/bin:/bin");
    builder.environment().remove("JAVA_HOME");
  }

  @AfterEach
  void end() throws InterruptedException {
    if (started != null) {
      started.destroyForcibly().waitFor();
    }
  }

  private void script(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private Process start(String... command) throws IOException {
    Process process = builder.command(command).start();
    started = process;
    return process;
  }

  private int run(String... command) throws Exception {
    Process process = start(command);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as(said()).isTrue();
    return process.exitValue();
  }

  private String said() throws IOException {
    return Files.readString(dir.resolve("said.txt"));
  }

  private void copy(String script) throws IOException {
    script(checkout.resolve(script), Checkout.read(Checkout.ROOT.resolve(script)));
  }

  @Test
  void isothermIsFoundFromAnotherDirectoryWithCdpath() throws Exception {
    // Given
    Path target = copyBuiltIsotherm();

    // When
    builder.environment().put("CDPATH", dir.toString());
    int code = run("checkout/isotherm", "topology", "list");

    // Then
    assertThat(code).as(said()).isZero();
    assertThat(said().lines())
        .singleElement()
        .asString()
        .endsWith(
            "-jar %s topology list"
                .formatted(target.toRealPath().resolve("isotherm-launcher.jar")));
  }

  @Test
  void isothermDoesNotRunWhatAnotherVersionHasLeft() throws Exception {
    // Given
    Path target = copyBuiltIsotherm();
    Files.writeString(target.resolve("isotherm-launcher-9.jar"), "");

    // When
    int code = run("checkout/isotherm", "--version");

    // Then
    assertThat(code).as(said()).isZero();
    assertThat(said()).contains("/isotherm-launcher.jar --version").doesNotContain("launcher-9");
  }

  @ParameterizedTest
  @CsvSource({"xterm, true", "dumb, false", "'', false"})
  void onlyATerminalThatCanDoIsDrawnOn(String term, String terminal) throws Exception {
    Path pty = Path.of("/usr/bin/script");
    assumeTrue(Files.isExecutable(pty), pty + " makes a terminal");
    copyBuiltIsotherm();

    builder.environment().put("TERM", term);
    int code = run(pty.toString(), "-qefc", "checkout/isotherm demo", "/dev/null");

    assertThat(code).as(said()).isZero();
    assertThat(said()).contains(" -Disotherm.terminal=%s ".formatted(terminal));
  }

  @Test
  void whatIsNoTerminalIsNotDrawnOn() throws Exception {
    copyBuiltIsotherm();

    builder.environment().put("TERM", "xterm");
    run("checkout/isotherm", "demo");

    assertThat(said()).contains(" -Disotherm.terminal=false ");
  }

  @ParameterizedTest
  @CsvSource({
    "isotherm, jar=$root/launcher/target/isotherm-launcher.jar",
    "Dockerfile, COPY launcher/target/isotherm-launcher.jar isotherm.jar",
    ".dockerignore, !launcher/target/isotherm-launcher.jar",
    "launcher/pom.xml, <finalName>${project.artifactId}</finalName>",
    "launcher/pom.xml, <forceCreation>true</forceCreation>",
  })
  void theJarHasOneNameEverywhereAndIsAlwaysMadeAnew(String file, String line) {
    assertThat(Checkout.read(Checkout.ROOT.resolve(file)).lines().map(String::strip))
        .contains(line);
  }

  /** The advice of the command names the variable, wherever it runs. */
  @Test
  void theImageTakesFlagsAsTheScriptDoes() throws Exception {
    script(bin.resolve("java"), "#!/bin/sh\necho \"process $$, $# words: $*\"\n");
    String entry =
        Checkout.read(Checkout.ROOT.resolve("Dockerfile"))
            .lines()
            .filter(line -> line.startsWith("ENTRYPOINT "))
            .findFirst()
            .orElseThrow()
            .substring("ENTRYPOINT ".length());
    List<String> command = new ArrayList<>();
    new ObjectMapper().readTree(entry).forEach(word -> command.add(word.asText()));
    command.addAll(List.of("topology", "a b"));

    builder.environment().put("ISOTHERM_JVM", "-Xmx4g -Da=b");
    Process process = start(command.toArray(String[]::new));
    process.waitFor();

    assertThat(said().strip())
        .as("that Java is the process that Docker tells to stop, with the words that it was given")
        .startsWith("process %d, 9 words: -XX:".formatted(process.pid()))
        .endsWith(" -Xmx4g -Da=b -jar /opt/isotherm/isotherm.jar topology a b");
  }

  /** A checkout that is built, with a Java that says what it is given; the directory of its jar. */
  private Path copyBuiltIsotherm() throws IOException {
    copy("isotherm");
    Path target = Files.createDirectories(checkout.resolve("launcher/target"));
    Files.writeString(target.resolve("isotherm-launcher.jar"), "");
    Files.writeString(target.resolve(".isotherm-built"), "");
    script(
        bin.resolve("java"),
        """
        #!/bin/sh
        case "$*" in
          *-XshowSettings*) echo '    java.specification.version = 17' ;;
          *) echo "$@" ;;
        esac
        """);
    return target;
  }

  @ParameterizedTest
  @ValueSource(strings = {"isotherm", "benchmarks/run", "verify"})
  void cdpathIsUnsetBeforeAnythingElseIsDone(String script) {
    assertThat(Checkout.read(Checkout.ROOT.resolve(script)).lines())
        .filteredOn(line -> line.startsWith("unset CDPATH") || line.contains("cd \"$("))
        .first()
        .isEqualTo("unset CDPATH");
  }

  /** A verify whose Maven is a stub. */
  private void copyVerify(String maven) throws IOException {
    copy("verify");
    Files.writeString(checkout.resolve("pom.xml"), "");
    script(checkout.resolve("mvnw"), maven);
    for (String tool : TOOLS_OF_TESTS) {
      script(bin.resolve(tool), "#!/bin/sh\n");
    }
  }

  @Test
  void verifyShowsTheLastLinesOfMavenBeforeItsSummary() throws Exception {
    // Given: the log of an earlier run, and a Maven that has ended before anybody can look
    copyVerify("#!/bin/sh\necho '[INFO] Running FirstTest'\necho '[INFO] BUILD SUCCESS'\n");
    Path target = Files.createDirectories(checkout.resolve("target"));
    Files.writeString(target.resolve("verify.log"), "[INFO] Running EarlierTest\n");

    // When
    int code = run("checkout/verify");

    // Then
    assertThat(code).as(said()).isZero();
    assertThat(said()).doesNotContain("EarlierTest");
    assertThat(said().lines())
        .containsSubsequence(
            "[INFO] Running FirstTest",
            "[INFO] BUILD SUCCESS",
            "",
            "0 passed, 0 failed, 0 skipped");
  }

  @Test
  void verifyIsFoundThroughALink() throws Exception {
    copyVerify("#!/bin/sh\necho '[INFO] BUILD SUCCESS'\n");
    Path link = Files.createDirectories(dir.resolve("home/bin")).resolve("verify");
    Files.createSymbolicLink(link, Path.of("../../checkout/verify"));

    int code = run("home/bin/verify");

    assertThat(code).as(said()).isZero();
    assertThat(checkout.resolve("target/verify.log")).exists();
    assertThat(link.resolveSibling("target")).doesNotExist();
  }

  @Test
  void verifyEndsWithWhatMavenStartedWhenItIsAskedTo() throws Exception {
    // Given: Maven with a JVM of tests
    Path pid = dir.resolve("pid");
    copyVerify(
        "#!/bin/sh\nsleep 50 &\necho $! >%1$s.next; mv %1$s.next %1$s\nwait\n".formatted(pid));
    Process verify = start("checkout/verify");
    await().atMost(Duration.ofSeconds(20)).until(() -> Files.exists(pid));
    ProcessHandle tests =
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();

    // When
    verify.destroy();

    // Then
    assertThat(verify.waitFor(15, TimeUnit.SECONDS)).as(said()).isTrue();
    assertThat(verify.exitValue()).isEqualTo(143);
    await().atMost(Duration.ofSeconds(5)).until(() -> !tests.isAlive());
    assertThat(said()).contains("verify: stopped; ending Maven").doesNotContain("passed");
  }

  @Test
  void verifyThatIsInterruptedWhileItInstallsLetsTheMachineStartServicesAgain() throws Exception {
    // Given: a tool is missing, and what installs it is interrupted
    Path guard = dir.resolve("policy-rc.d");
    copyVerify("#!/bin/sh\n");
    Path verify = checkout.resolve("verify");
    script(verify, Files.readString(verify).replace("/usr/sbin/policy-rc.d", guard.toString()));
    Files.delete(bin.resolve("kcat"));
    for (String tool : List.of("bash", "dirname", "sort", "tee", "chmod", "rm", "env", "sed")) {
      script(bin.resolve(tool), "#!/bin/sh\nexec %s \"$@\"\n".formatted(tool(tool)));
    }
    script(bin.resolve("id"), "#!/bin/sh\necho 0\n");
    script(
        bin.resolve("apt-get"),
        """
        #!/bin/sh
        if [ "$1" = install ]; then
          [ ! -e %1$s ] || echo guarded
          kill -TERM $PPID
        fi
        """
            .formatted(guard));
    builder.environment().put("PATH", bin.toString());

    // When
    int code = run(tool("bash").toString(), "checkout/verify");

    // Then
    assertThat(code).as(said()).isEqualTo(143);
    assertThat(said()).contains("guarded");
    assertThat(guard).doesNotExist();
  }

  private static Path tool(String name) {
    Path usual = Path.of("/usr/bin", name);
    return Files.exists(usual) ? usual : Path.of("/bin", name);
  }
}
