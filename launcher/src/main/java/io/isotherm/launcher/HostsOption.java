package io.isotherm.launcher;

import io.isotherm.bridge.BoardHosts;
import io.isotherm.bridge.BridgeException;
import io.isotherm.bridge.ByHost;
import io.isotherm.export.HostNames;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The option that says which hosts boards are. */
final class HostsOption {
  @Spec(Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = "--hosts",
      paramLabel = "FILE",
      description =
          "Name the hosts of boards by this file of targets, as bridge and jobs take it; may be given"
              + " several times.")
  private List<Path> files = List.of();

  /**
   * The hosts of boards.
   *
   * @throws ParameterException if a file cannot be used
   */
  HostNames names() {
    try {
      return files.isEmpty() ? HostNames.NONE : new HostFiles(files, System::nanoTime);
    } catch (BridgeException e) {
      throw new ParameterException(spec.commandLine(), "--hosts: " + e.getMessage(), e);
    }
  }

  /**
   * The boards of hosts; null if no file is given.
   *
   * @throws ParameterException if a file cannot be used
   */
  @Nullable ByHost<String> boards() {
    try {
      return files.isEmpty() ? null : new ByHost<>(BoardHosts.byHost(files));
    } catch (BridgeException e) {
      throw new ParameterException(spec.commandLine(), "--hosts: " + e.getMessage(), e);
    }
  }
}
