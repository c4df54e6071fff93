package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code isotherm demo} in this process, on free ports, while a test looks at it from outside. */
public final class RunningDemo implements AutoCloseable {
  private static final Pattern METRICS = Pattern.compile("metrics (http://\\S+)/metrics");

  private final StopSignal stop = new StopSignal();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final CompletableFuture<Integer> code;
  private final URI root;

  private RunningDemo(List<String> arguments) {
    List<String> all = new ArrayList<>(List.of("demo", "--port=0", "--broker-port=0"));
    all.addAll(arguments);
    code =
        CompletableFuture.supplyAsync(
            () ->
                Main.commandLine(stop)
                    .setOut(new PrintWriter(out, true))
                    .setErr(new PrintWriter(err, true))
                    .execute(all.toArray(String[]::new)),
            task -> new Thread(task, "demo").start());
    root =
        URI.create(
            await()
                .atMost(Duration.ofSeconds(60))
                .until(this::metrics, url -> !url.isEmpty() || code.isDone()));
  }

  /** Starts the demo and waits until it says where its metrics are. */
  public static RunningDemo start(String... arguments) {
    RunningDemo demo = new RunningDemo(List.of(arguments));
    assertThat(demo.root.getPort()).as(demo.log()).isPositive();
    return demo;
  }

  private String metrics() {
    Matcher matcher = METRICS.matcher(err.toString());
    return matcher.find() ? matcher.group(1) : "";
  }

  /** Where the exporter answers. */
  public URI root() {
    return root;
  }

  /** Whether it has not ended. */
  public boolean running() {
    return !code.isDone();
  }

  /** Waits for its end and gives the exit code. */
  public int exitCode(Duration atMost) throws Exception {
    return code.get(atMost.toSeconds(), TimeUnit.SECONDS);
  }

  /** What it wrote to standard output so far. */
  public String output() {
    return out.toString();
  }

  /** What it wrote to standard error so far. */
  public String log() {
    return err.toString();
  }

  /** Stops it and waits until it has ended. */
  @Override
  public void close() {
    stop.request();
    code.join();
  }
}
