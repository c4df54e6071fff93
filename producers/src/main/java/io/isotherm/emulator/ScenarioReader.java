package io.isotherm.emulator;

import io.isotherm.catalog.Mistake;
import io.isotherm.catalog.Suggestion;
import io.isotherm.catalog.YamlNode;
import io.isotherm.catalog.YamlNode.Entry;
import io.isotherm.catalog.YamlNode.Mapping;
import io.isotherm.catalog.YamlNode.Scalar;
import io.isotherm.catalog.YamlNode.Sequence;
import io.isotherm.emulator.Scenario.Cluster;
import io.isotherm.emulator.Scenario.FaultSpec;
import io.isotherm.emulator.Scenario.RandomFaults;
import io.isotherm.schemas.FileFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads scenarios from YAML, and names the line and column of the first mistake. */
public final class ScenarioReader {
  /** Names of the bundled scenarios. */
  public static final List<String> BUNDLED = List.of("demo", "healthy", "site", "standard", "wide");

  /** Longest time that a scenario may state: ten years. */
  private static final long MOST_MS = 3_650L * 86_400_000;

  private static final Pattern DURATION =
      Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)(ms|s|m|h|d)");

  private final String file;
  private final @Nullable Path directory;

  private ScenarioReader(String file, @Nullable Path directory) {
    this.file = file;
    this.directory = directory;
  }

  /**
   * A scenario by the name of a bundled one or the path of a file.
   *
   * @throws ScenarioException if there is none, or it has a mistake
   */
  public static Scenario load(String nameOrFile) {
    if (BUNDLED.contains(nameOrFile)) {
      try (InputStream in = ScenarioReader.class.getResourceAsStream(nameOrFile + ".yaml")) {
        if (in == null) {
          throw new IllegalStateException("bundled scenario %s is missing".formatted(nameOrFile));
        }
        return read(
            nameOrFile + ".yaml", new String(in.readAllBytes(), StandardCharsets.UTF_8), null);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    Path path = Path.of(nameOrFile);
    if (!Files.isRegularFile(path)) {
      throw new ScenarioException(
          "no scenario '%s': expected a file, or one of %s"
              .formatted(nameOrFile, String.join(", ", BUNDLED)));
    }
    try {
      return read(nameOrFile, Files.readString(path), path.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw new ScenarioException(
          "cannot read %s: %s".formatted(nameOrFile, FileFailure.reason(e)));
    }
  }

  /**
   * Reads a scenario.
   *
   * @param file name for messages; the scenario is called by it, without its ending
   * @param directory where paths in the document start; null for the working directory
   * @throws ScenarioException at the first mistake
   */
  public static Scenario read(String file, String document, @Nullable Path directory) {
    List<Mistake> mistakes = new ArrayList<>();
    YamlNode root = YamlNode.read(document, mistakes);
    if (root == null || !mistakes.isEmpty()) {
      throw new ScenarioException(file + ":" + mistakes.get(0));
    }
    return new ScenarioReader(file, directory).scenario(root);
  }

  private Scenario scenario(YamlNode root) {
    Mapping m =
        mapping(
            root,
            "name",
            "description",
            "cluster",
            "seed",
            "interval",
            "links_every",
            "pod_every",
            "jobs",
            "noise",
            "ordinary",
            "faults",
            "random_faults",
            "trace");
    String plainName = Path.of(file).getFileName().toString().replaceFirst("\\.ya?ml$", "");
    List<JobSpec> jobs = new ArrayList<>();
    for (YamlNode n : list(m, "jobs")) {
      JobSpec job = job(n);
      if (jobs.stream().anyMatch(j -> j.name().equals(job.name()))) {
        throw mistake(n, "a second job is called '%s'".formatted(job.name()));
      }
      jobs.add(job);
    }
    List<FaultSpec> faults = new ArrayList<>();
    for (YamlNode n : list(m, "faults")) {
      faults.add(fault(n));
    }
    return new Scenario(
        text(m, "name", plainName),
        text(m, "description", ""),
        cluster(m),
        (long) number(m, "seed", 1, 0, 9e15, true),
        (int) duration(m, "interval", 1000, 100, 60_000),
        (int) number(m, "links_every", 10, 1, 100_000, true),
        duration(m, "pod_every", 0, 0, Scenario.MOST_POD_EVERY_MS),
        jobs,
        noise(m),
        ordinary(m),
        faults,
        randomFaults(m),
        trace(m));
  }

  private Scenario.@Nullable Trace trace(Mapping top) {
    YamlNode n = get(top, "trace");
    if (n == null) {
      return null;
    }
    Mapping m = mapping(n, "file", "from", "acceleration");
    YamlNode file = required(m, "file");
    required(m, "acceleration");
    Path path = Path.of(text(m, "file", ""));
    return new Scenario.Trace(
        directory == null ? path : directory.resolve(path),
        duration(m, "from", 0, 0, MOST_MS),
        number(m, "acceleration", 1, 1e-3, 1e9, false),
        place(file));
  }

  private Cluster cluster(Mapping top) {
    YamlNode n = get(top, "cluster");
    if (n == null) {
      return Cluster.OPEN;
    }
    Mapping m = mapping(n, "preset", "topology", "chip", "pods", "cabinets");
    YamlNode topology = get(m, "topology");
    if (topology != null && get(m, "preset") != null) {
      throw mistake(topology, "give 'preset' or 'topology', not both");
    }
    Path path = topology == null ? null : Path.of(text(m, "topology", ""));
    return new Cluster(
        optional(m, "preset"),
        path == null || directory == null ? path : directory.resolve(path),
        optional(m, "chip"),
        get(m, "pods") == null ? null : (Integer) (int) number(m, "pods", 1, 1, 10_000, true),
        get(m, "cabinets") == null
            ? null
            : (Integer) (int) number(m, "cabinets", 1, 1, 100_000, true));
  }

  private JobSpec job(YamlNode n) {
    Mapping m =
        mapping(
            n,
            "name",
            "kind",
            "share",
            "stages",
            "last_stage_slower",
            "step",
            "checkpoint_every",
            "checkpoint",
            "from",
            "until");
    JobSpec.Kind kind = JobSpec.Kind.TRAINING;
    YamlNode kindNode = get(m, "kind");
    if (kindNode != null) {
      kind = word(kindNode, JobSpec.Kind.class);
    }
    try {
      return new JobSpec(
          text(m, "name", ""),
          kind,
          number(m, "share", 1, 0.0001, 1, false),
          (int) number(m, "stages", 1, 1, 1024, true),
          number(m, "last_stage_slower", 1.08, 1, 2, false),
          (int) duration(m, "step", 4_000, 100, 600_000),
          (int) number(m, "checkpoint_every", 150, 1, 1_000_000, true),
          (int) duration(m, "checkpoint", 12_000, 0, 600_000),
          duration(m, "from", 0, 0, MOST_MS),
          duration(m, "until", Long.MAX_VALUE, 1, MOST_MS));
    } catch (IllegalArgumentException e) {
      throw mistake(n, e.getMessage());
    }
  }

  private Noise noise(Mapping top) {
    YamlNode n = get(top, "noise");
    if (n == null) {
      return Noise.NONE;
    }
    Mapping m = mapping(n, "skew", "late", "late_by", "duplicate", "missing", "blank");
    return new Noise(
        (int) duration(m, "skew", 0, 0, 2000),
        number(m, "late", 0, 0, 1, false),
        (int) duration(m, "late_by", 5000, 1, 3_600_000),
        number(m, "duplicate", 0, 0, 1, false),
        number(m, "missing", 0, 0, 1, false),
        number(m, "blank", 0, 0, 1, false));
  }

  private Ordinary ordinary(Mapping top) {
    YamlNode n = get(top, "ordinary");
    if (n == null) {
      return Ordinary.NONE;
    }
    Mapping m = mapping(n, "imbalance", "imbalance_for", "maintenance", "lag");
    YamlNode upkeep = get(m, "maintenance");
    YamlNode lag = get(m, "lag");
    try {
      Ordinary.Upkeep works = null;
      if (upkeep != null) {
        Mapping of = mapping(upkeep, "every", "for", "drain");
        works =
            new Ordinary.Upkeep(
                duration(of, "every", 7_200_000, 60_000, MOST_MS),
                duration(of, "for", 900_000, 10_000, MOST_MS),
                duration(of, "drain", 180_000, 0, MOST_MS));
      }
      Ordinary.Lag late = null;
      if (lag != null) {
        Mapping of = mapping(lag, "every", "for", "by");
        late =
            new Ordinary.Lag(
                duration(of, "every", 18_000_000, 60_000, MOST_MS),
                duration(of, "for", 240_000, 1_000, MOST_MS),
                duration(of, "by", 40_000, 1, 600_000));
      }
      return new Ordinary(
          (int) Math.round(1_000 * number(m, "imbalance", 0, 0, 0.5, false)),
          (int) duration(m, "imbalance_for", 20_000, 1_000, 3_600_000),
          works,
          late);
    } catch (IllegalArgumentException e) {
      throw mistake(n, e.getMessage());
    }
  }

  private FaultSpec fault(YamlNode n) {
    Mapping m = mapping(n, "kind", "at", "for", "subject", "magnitude", "direction");
    FaultKind kind = word(required(m, "kind"), FaultKind.class);
    required(m, "at");
    long at = duration(m, "at", 0, 0, MOST_MS);
    YamlNode magnitude = get(m, "magnitude");
    if (magnitude != null && kind.unit() == null) {
      throw mistake(magnitude, "%s has no magnitude".formatted(kind));
    }
    long length = duration(m, "for", Long.MAX_VALUE, 1, MOST_MS);
    YamlNode subject = required(m, "subject");
    return new FaultSpec(
        kind,
        at,
        length == Long.MAX_VALUE ? length : at + length,
        text(m, "subject", ""),
        number(m, "magnitude", kind.usual(), kind.least(), kind.most(), false),
        oneWay(m, kind),
        place(subject));
  }

  private boolean oneWay(Mapping m, FaultKind kind) {
    YamlNode direction = get(m, "direction");
    if (direction == null) {
      return false;
    }
    if (kind != FaultKind.LINK_DEGRADED) {
      throw mistake(direction, "%s has no direction, LINK_DEGRADED has".formatted(kind));
    }
    String word = text(m, "direction", "");
    if (!word.equals("one") && !word.equals("both")) {
      throw mistake(direction, "direction is '%s', must be one or both".formatted(word));
    }
    return word.equals("one");
  }

  private @Nullable RandomFaults randomFaults(Mapping top) {
    YamlNode n = get(top, "random_faults");
    if (n == null) {
      return null;
    }
    Mapping m = mapping(n, "per_chip_hour", "acceleration", "median_repair", "mix");
    Map<FaultKind, Double> mix = new EnumMap<>(FaultKind.class);
    YamlNode mixNode = required(m, "mix");
    String[] kinds = Arrays.stream(FaultKind.values()).map(Enum::name).toArray(String[]::new);
    Mapping weights = mapping(mixNode, kinds);
    for (String kind : weights.entries().keySet()) {
      mix.put(FaultKind.valueOf(kind), number(weights, kind, 0, 0, 1e9, false));
    }
    if (mix.values().stream().noneMatch(w -> w > 0)) {
      throw mistake(mixNode, "'mix' needs a kind with a weight over 0");
    }
    return new RandomFaults(
        number(m, "per_chip_hour", 1.97e-5, 1e-12, 1000, false),
        number(m, "acceleration", 1, 1e-6, 1e9, false),
        mix,
        duration(m, "median_repair", 600_000, 1000, MOST_MS));
  }

  private Mapping mapping(YamlNode n, String... known) {
    if (!(n instanceof Mapping m)) {
      throw mistake(n, "found %s, expected a mapping".formatted(n.kind()));
    }
    List<String> names = Arrays.asList(known);
    m.entries()
        .forEach(
            (name, e) -> {
              if (!names.contains(name)) {
                throw new ScenarioException(
                    "%s:%d:%d: unknown field '%s'%s"
                        .formatted(file, e.line(), e.column(), name, Suggestion.of(name, names)));
              }
            });
    return m;
  }

  private static @Nullable YamlNode get(Mapping m, String name) {
    Entry e = m.entries().get(name);
    return e == null ? null : e.node();
  }

  private YamlNode required(Mapping m, String name) {
    YamlNode n = get(m, name);
    if (n == null) {
      throw mistake(m, "field '%s' is missing".formatted(name));
    }
    return n;
  }

  private List<YamlNode> list(Mapping m, String name) {
    YamlNode n = get(m, name);
    if (n == null) {
      return List.of();
    }
    if (!(n instanceof Sequence s)) {
      throw mistake(n, "'%s' is %s, expected a list".formatted(name, n.kind()));
    }
    return s.items();
  }

  private @Nullable String optional(Mapping m, String name) {
    return get(m, name) == null ? null : text(m, name, "");
  }

  private String text(Mapping m, String name, String otherwise) {
    YamlNode n = get(m, name);
    if (n == null) {
      return otherwise;
    }
    if (n instanceof Scalar s) {
      String text = s.text();
      if (text != null && !text.isBlank()) {
        return text;
      }
    }
    throw mistake(n, "'%s' is %s, expected a text".formatted(name, n.kind()));
  }

  private double number(
      Mapping m, String name, double otherwise, double least, double most, boolean whole) {
    YamlNode n = get(m, name);
    if (n == null) {
      return otherwise;
    }
    Double value = null;
    if (n instanceof Scalar s) {
      try {
        value = Double.valueOf(String.valueOf(s.text()));
      } catch (NumberFormatException e) {
        value = null;
      }
    }
    if (value == null) {
      throw mistake(n, "'%s' is %s, expected a number".formatted(name, n.kind()));
    }
    if (!(value >= least && value <= most) || (whole && value != Math.rint(value))) {
      throw mistake(
          n,
          "'%s' is %s, must be a %snumber of %s to %s"
              .formatted(name, n.kind(), whole ? "whole " : "", least, most));
    }
    return value;
  }

  private long duration(Mapping m, String name, long otherwise, long least, long most) {
    YamlNode n = get(m, name);
    if (n == null) {
      return otherwise;
    }
    Matcher found = DURATION.matcher(n instanceof Scalar s ? String.valueOf(s.text()) : "");
    if (!found.matches()) {
      throw mistake(n, "'%s' is %s, expected a time such as 40s or 5m".formatted(name, n.kind()));
    }
    double unit =
        switch (found.group(2)) {
          case "ms" -> 1;
          case "s" -> 1000;
          case "m" -> 60_000;
          case "h" -> 3_600_000;
          default -> 86_400_000;
        };
    long ms = Math.round(Double.parseDouble(found.group(1)) * unit);
    if (ms < least || ms > most) {
      throw mistake(
          n,
          "'%s' is %s, must be %d ms or more and at most %d ms"
              .formatted(name, n.kind(), least, most));
    }
    return ms;
  }

  private <E extends Enum<E>> E word(YamlNode n, Class<E> type) {
    String text = n instanceof Scalar s ? String.valueOf(s.text()) : "";
    List<String> names = new ArrayList<>();
    for (E e : type.getEnumConstants()) {
      if (e.name().equals(text.toUpperCase(Locale.ROOT))) {
        return e;
      }
      names.add(e.name());
    }
    throw mistake(
        n,
        "%s is none of %s%s"
            .formatted(n.kind(), String.join(", ", names), Suggestion.of(text, names)));
  }

  private String place(YamlNode n) {
    return "%s:%d:%d".formatted(file, n.line(), n.column());
  }

  private ScenarioException mistake(YamlNode n, @Nullable String message) {
    return new ScenarioException(place(n) + ": " + message);
  }
}
