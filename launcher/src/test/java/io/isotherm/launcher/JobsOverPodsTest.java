package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is broken in one pod of a job is one incident, whatever the job does in the others. */
final class JobsOverPodsTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  @Test
  void eachFaultOfAJobOverThreePodsIsOneIncident() throws Exception {
    Path scenario = dir.resolve("jobs-over-pods.yaml");
    try (InputStream in =
        Objects.requireNonNull(JobsOverPodsTest.class.getResourceAsStream("jobs-over-pods.yaml"))) {
      Files.copy(in, scenario);
    }
    Ended ended =
        Ended.isotherm(
            "score", "--scenario", scenario.toString(), "--hours", "2.6", "--output", "json");

    assertThat(ended.code()).as(ended.err()).isEqualTo(Main.DONE);
    JsonNode all = new ObjectMapper().readTree(ended.out()).at("/overall");
    assertThat(all.at("/faults").asInt()).isEqualTo(9);
    assertThat(all.at("/found").asInt()).isEqualTo(9);
    assertThat(all.at("/incidents").asInt()).isEqualTo(9);
    assertThat(all.at("/false_incidents").asInt()).isZero();
    assertThat(all.at("/kind_accuracy").asDouble()).isEqualTo(1);
    assertThat(all.at("/incidents_per_fault").asDouble()).isEqualTo(1);
  }
}
