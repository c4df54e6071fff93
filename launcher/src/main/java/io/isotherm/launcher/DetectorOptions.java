package io.isotherm.launcher;

import io.isotherm.core.DetectorSettings;
import io.isotherm.score.DetectorFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The option that every command with monitors in it takes. */
final class DetectorOptions {
  @Spec(Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = "--detectors",
      paramLabel = "FILE",
      description = "YAML file with settings of the detectors, such as hot_above_peers: 150.")
  private @Nullable Path file;

  /**
   * The settings of the file, and the defaults where it has none.
   *
   * @throws ParameterException if the file cannot be read or is wrong; the message says where
   */
  DetectorSettings settings() {
    if (file == null) {
      return DetectorSettings.DEFAULT;
    }
    try {
      return DetectorFile.read(file);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--detectors: " + String.valueOf(e.getMessage()), e);
    }
  }
}
