package io.isotherm.launcher;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.CatalogException;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.Preset;
import io.isotherm.catalog.TopologyFileException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code isotherm topology}: what a cluster can be made of. */
@Command(
    name = "topology",
    description = "Lists, shows and checks chips, presets and topology files.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TopologyCommand.ListAll.class,
      TopologyCommand.Show.class,
      TopologyCommand.Validate.class
    })
final class TopologyCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command: list, show or validate");
  }

  /** {@code isotherm topology list}. */
  @Command(name = "list", description = "Lists the bundled presets and chips.")
  static final class ListAll implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin private final FormOption form = new FormOption();

    @Override
    public Integer call() {
      Catalog catalog = Catalog.bundled();
      PrintWriter out = spec.commandLine().getOut();
      if (form.json()) {
        out.println(TopologyJson.list(catalog));
      } else {
        out.print(TopologyTables.list(catalog));
      }
      out.flush();
      return Main.DONE;
    }
  }

  /** {@code isotherm topology show}. */
  @Command(
      name = "show",
      description = {
        "Shows a preset, a chip or a topology file.",
        "Every number with its unit, where it comes from and by whom, and the totals."
      })
  static final class Show implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "NAME",
        description = "Name of a preset or a chip.")
    private @Nullable String name;

    @Option(names = "--preset", paramLabel = "NAME", description = "The preset to show.")
    private @Nullable String preset;

    @Option(names = "--topology", paramLabel = "FILE", description = "The topology file to show.")
    private @Nullable Path file;

    @Option(
        names = "--chip",
        paramLabel = "NAME",
        description = "Build it of this chip; alone: the chip to show.")
    private @Nullable String chip;

    @Option(
        names = "--pods",
        paramLabel = "N",
        description = "Pods in the cluster (default: as the preset or file says).")
    private @Nullable Integer pods;

    @Option(
        names = "--cabinets",
        paramLabel = "N",
        description = "Compute cabinets in a pod (default: as the preset or file says).")
    private @Nullable Integer cabinets;

    @Mixin private final FormOption form = new FormOption();

    @Override
    public Integer call() {
      try {
        return show(Catalog.bundled());
      } catch (TopologyFileException e) {
        throw e;
      } catch (CatalogException e) {
        throw new ParameterException(spec.commandLine(), e.getMessage(), e);
      }
    }

    private int show(Catalog catalog) {
      int given = (name == null ? 0 : 1) + (preset == null ? 0 : 1) + (file == null ? 0 : 1);
      if (given > 1) {
        throw new CatalogException("give only one of NAME, --preset and --topology");
      }
      if (given == 0 && chip == null) {
        throw new CatalogException("nothing to show: give a NAME, --preset, --chip or --topology");
      }
      Overrides overrides = new Overrides(chip, pods, cabinets);
      PrintWriter out = spec.commandLine().getOut();
      boolean named = name != null && catalog.hasChip(name) && !catalog.hasPreset(name);
      @Nullable String chipName = named ? name : given == 0 ? chip : null;
      if (chipName != null) {
        if (pods != null || cabinets != null || (named && chip != null)) {
          throw new CatalogException(
              "'%s' is a chip; --chip, --pods and --cabinets go with a preset or a file"
                  .formatted(chipName));
        }
        if (form.json()) {
          out.println(TopologyJson.show(catalog.chip(chipName)));
        } else {
          out.print(TopologyTables.show(catalog.chip(chipName)));
        }
      } else {
        Preset shown = preset(catalog);
        ClusterPlan plan = catalog.plan(shown, overrides);
        if (form.json()) {
          out.println(TopologyJson.show(shown, plan, overrides));
        } else {
          out.print(TopologyTables.show(shown, plan, overrides));
        }
      }
      out.flush();
      return Main.DONE;
    }

    private Preset preset(Catalog catalog) {
      if (file != null) {
        return catalog.presetFromFile(file);
      }
      if (preset != null) {
        return catalog.preset(preset);
      }
      return catalog.presetOrChip(String.valueOf(name));
    }
  }

  /** {@code isotherm topology validate}. */
  @Command(
      name = "validate",
      description = {
        "Checks a topology file.",
        "Prints what it makes, or every mistake as FILE:LINE:COLUMN: what is wrong."
      },
      exitCodeList = {"0:the file is good", "1:the file has mistakes", "2:wrong usage"})
  static final class Validate implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "The topology file.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path file;

    @Mixin private final FormOption form = new FormOption();

    @Override
    public Integer call() {
      Catalog catalog = Catalog.bundled();
      PrintWriter out = spec.commandLine().getOut();
      try {
        ClusterPlan plan = catalog.planFromFile(file, Overrides.NONE);
        if (form.json()) {
          out.println(TopologyJson.verdict(file.toString(), plan, List.of()));
        } else {
          out.println(file + ": good: " + TopologyTables.summary(plan));
        }
        out.flush();
        return Main.DONE;
      } catch (TopologyFileException e) {
        if (form.json()) {
          out.println(TopologyJson.verdict(e.file(), null, e.mistakes()));
        } else {
          e.mistakes().forEach(m -> out.println(e.file() + ":" + m));
        }
        out.flush();
        return Main.FAILED;
      } catch (CatalogException e) {
        throw new ParameterException(spec.commandLine(), e.getMessage(), e);
      }
    }
  }
}
