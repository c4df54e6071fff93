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
    everyFaultIsOneIncident("jobs-over-pods.yaml", "2.6", 9);
  }

  @Test
  void whatAJobHasGoneOnWithHidesNothingOfIt() throws Exception {
    everyFaultIsOneIncident("old-faults.yaml", "1.8", 8);
  }

  @Test
  void aJobIsSlowBesideAChipThatExplainsLessThanThat() throws Exception {
    everyFaultIsOneIncident("slow-jobs.yaml", "2", 4);
  }

  private void everyFaultIsOneIncident(String name, String hours, int faults) throws Exception {
    Path scenario = dir.resolve(name);
    try (InputStream in =
        Objects.requireNonNull(JobsOverPodsTest.class.getResourceAsStream(name))) {
      Files.copy(in, scenario);
    }
    Ended ended =
        Ended.isotherm(
            "score", "--scenario", scenario.toString(), "--hours", hours, "--output", "json");

    assertThat(ended.code()).as(ended.err()).isEqualTo(Main.DONE);
    JsonNode all = new ObjectMapper().readTree(ended.out()).at("/overall");
    assertThat(all.at("/faults").asInt()).isEqualTo(faults);
    assertThat(all.at("/found").asInt()).isEqualTo(faults);
    assertThat(all.at("/incidents").asInt()).isEqualTo(faults);
    assertThat(all.at("/false_incidents").asInt()).isZero();
    assertThat(all.at("/kind_accuracy").asDouble()).isEqualTo(1);
    assertThat(all.at("/incidents_per_fault").asDouble()).isEqualTo(1);
  }
}
