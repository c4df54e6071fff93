package io.isotherm.launcher.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The compose file of the checkout as it stands. */
record Compose(JsonNode json) {
  /** Docker's own. */
  private static final String DEFAULT_GRACE = "10s";

  static Compose read() throws IOException {
    return new Compose(
        new YAMLMapper().readTree(Checkout.ROOT.resolve("docker-compose.yml").toFile()));
  }

  /** Names of all services. */
  List<String> services() {
    return json.path("services").properties().stream().map(Map.Entry::getKey).toList();
  }

  /**
   * What is said of a service, by itself or by the block that it merges. Of that Jackson gives the
   * anchor, which is the block's name without its {@code x-}.
   */
  JsonNode of(String service, String setting) {
    JsonNode own = json.path("services").path(service);
    JsonNode merged = json.path("x-" + own.path("<<").asText());
    return own.has(setting) ? own.path(setting) : merged.path(setting);
  }

  /** How long a service that is told to stop may take before it is killed. */
  Duration stopGrace(String service) {
    String grace = of(service, "stop_grace_period").asText(DEFAULT_GRACE);
    return Duration.parse("PT" + grace.toUpperCase(Locale.ROOT));
  }
}
