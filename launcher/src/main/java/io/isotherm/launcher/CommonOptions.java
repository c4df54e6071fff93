package io.isotherm.launcher;

import io.isotherm.schemas.FileFailure;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.SchemaRegistry;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.CommonClientConfigs;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that every command with a connection to Kafka takes. */
final class CommonOptions {
  /** Where Kafka is unless told otherwise. */
  static final String DEFAULT_BOOTSTRAP_SERVER = "localhost:9092";

  @Spec(Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = "--bootstrap-server",
      paramLabel = "HOST:PORT",
      description =
          "Kafka brokers to connect to first, with commas between them (default: "
              + DEFAULT_BOOTSTRAP_SERVER
              + ").")
  private @Nullable String bootstrapServer;

  @Option(
      names = "--schema-registry",
      paramLabel = "URL",
      description =
          "Take schema ids from this registry (default: the bundled schema history); https://USER:PASSWORD@HOST logs in.")
  private @Nullable String schemaRegistry;

  @Option(
      names = "--command-config",
      paramLabel = "FILE",
      description = "Properties file with any Kafka client settings, TLS and SASL among them.")
  private @Nullable Path commandConfig;

  /**
   * Where schema ids come from.
   *
   * @throws ParameterException if the registry's URL is none
   */
  SchemaIds schemaIds() {
    if (schemaRegistry == null) {
      return SchemaHistory.bundled();
    }
    try {
      return new SchemaRegistry(new URI(schemaRegistry));
    } catch (URISyntaxException e) {
      // Its message has the whole of it, and so the password.
      throw new ParameterException(
          spec.commandLine(),
          "--schema-registry: no URL: %s at character %d"
              .formatted(e.getReason(), e.getIndex() + 1));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--schema-registry: " + e.getMessage(), e);
    }
  }

  /**
   * Settings for every Kafka client: those of the file, and the brokers to connect to. Brokers
   * given as an option win over those of the file.
   *
   * @throws ParameterException if the file cannot be read
   */
  Map<String, Object> clientConfig() {
    Map<String, Object> config = new TreeMap<>();
    config.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, DEFAULT_BOOTSTRAP_SERVER);
    if (commandConfig != null) {
      Properties properties = new Properties();
      try (Reader reader = Files.newBufferedReader(commandConfig, StandardCharsets.UTF_8)) {
        properties.load(reader);
      } catch (IOException e) {
        throw noProperties(commandConfig, FileFailure.reason(e), e);
      } catch (IllegalArgumentException e) {
        throw noProperties(commandConfig, String.valueOf(e.getMessage()), e);
      }
      properties.forEach((name, value) -> config.put(name.toString(), value));
    }
    if (bootstrapServer != null) {
      config.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServer);
    }
    return config;
  }

  private ParameterException noProperties(Path file, String why, Exception e) {
    return new ParameterException(
        spec.commandLine(),
        "--command-config: cannot read %s as a properties file: %s".formatted(file, why),
        e);
  }

  /** The options that say where Kafka is, as they were given, each with a blank before it. */
  String words() {
    return (bootstrapServer == null ? "" : " --bootstrap-server " + bootstrapServer)
        + (commandConfig == null ? "" : " --command-config " + commandConfig);
  }

  /** The brokers that {@link #clientConfig()} names. */
  String bootstrapServers() {
    return String.valueOf(clientConfig().get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG));
  }
}
