package io.isotherm.catalog;

import io.isotherm.catalog.YamlNode.Mapping;
import io.isotherm.catalog.YamlNode.Sequence;
import io.isotherm.schemas.FileFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The bundled chips and presets, and the way to a plan from them or from a user's file. */
public final class Catalog {
  private final Map<String, ChipProfile> chips = new LinkedHashMap<>();
  private final Map<String, Preset> presets = new LinkedHashMap<>();

  /** Names of chips and their aliases, in plain letters, with the chip that they mean. */
  private final Map<String, ChipProfile> chipByPlainName = new LinkedHashMap<>();

  private Catalog() {}

  /** Loads the bundled data. */
  public static Catalog bundled() {
    Catalog catalog = new Catalog();
    for (String id : index("chips")) {
      catalog.addChip(id);
    }
    for (String name : index("presets")) {
      catalog.addPreset(name);
    }
    return catalog;
  }

  /** The bundled chips, in the order in which they are listed. */
  public List<ChipProfile> chips() {
    return List.copyOf(chips.values());
  }

  /** The bundled presets, in the order in which they are listed. */
  public List<Preset> presets() {
    return List.copyOf(presets.values());
  }

  /**
   * The chip of a name, an id or an alias; letter case, blanks and hyphens do not matter.
   *
   * @throws CatalogException if there is no such chip
   */
  public ChipProfile chip(String name) {
    ChipProfile chip = chipByPlainName.get(plain(name));
    if (chip == null) {
      throw new CatalogException(
          "unknown chip '%s'%s; known are %s"
              .formatted(
                  name, Suggestion.of(name, chipNames()), String.join(", ", chips.keySet())));
    }
    return chip;
  }

  /**
   * The preset of a name; letter case does not matter.
   *
   * @throws CatalogException if there is no such preset
   */
  public Preset preset(String name) {
    Preset preset = presets.get(name.toLowerCase(Locale.ROOT));
    if (preset == null) {
      throw new CatalogException(
          "unknown preset '%s'%s; known are %s"
              .formatted(
                  name,
                  Suggestion.of(name, presets.keySet()),
                  String.join(", ", presets.keySet())));
    }
    return preset;
  }

  /**
   * The preset of a name that might as well have been meant for a chip.
   *
   * @throws CatalogException if there is no such preset; suggests presets and chips
   */
  public Preset presetOrChip(String name) {
    if (hasPreset(name)) {
      return preset(name);
    }
    List<String> names = new ArrayList<>(presets.keySet());
    names.addAll(chipNames());
    throw new CatalogException(
        "'%s' is neither a preset nor a chip%s; 'isotherm topology list' shows them all"
            .formatted(name, Suggestion.of(name, names)));
  }

  /** Whether there is a preset of this name. */
  public boolean hasPreset(String name) {
    return presets.containsKey(name.toLowerCase(Locale.ROOT));
  }

  /** Whether there is a chip of this name, id or alias. */
  public boolean hasChip(String name) {
    return chipByPlainName.containsKey(plain(name));
  }

  /**
   * The plan of a bundled preset.
   *
   * @throws CatalogException if there is no such preset or chip, or the chip does not fit
   */
  public ClusterPlan plan(String preset, Overrides overrides) {
    return plan(preset(preset), overrides);
  }

  /**
   * The plan of a user's topology file.
   *
   * @throws TopologyFileException if the file has mistakes
   * @throws CatalogException if the file cannot be read, or the chip does not exist or fit
   */
  public ClusterPlan planFromFile(Path file, Overrides overrides) {
    return plan(presetFromFile(file), overrides);
  }

  /**
   * The plan of a preset.
   *
   * @throws CatalogException if there is no such chip, or the chip does not fit
   */
  public ClusterPlan plan(Preset preset, Overrides overrides) {
    String chip = overrides.chip();
    Integer pods = overrides.pods();
    Integer cabinets = overrides.cabinets();
    return preset.plan(
        chip == null ? preset.chip() : chip(chip),
        pods == null ? (int) preset.pods().required() : pods,
        cabinets == null ? (int) preset.cabinets().required() : cabinets);
  }

  /**
   * Reads a user's topology file.
   *
   * @throws TopologyFileException if the file has mistakes
   * @throws CatalogException if the file cannot be read
   */
  public Preset presetFromFile(Path file) {
    try {
      return parse(file.toString(), Files.readString(file, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new CatalogException("cannot read %s: %s".formatted(file, FileFailure.reason(e)));
    }
  }

  /** Reads a topology from its text; the file's name is for messages. */
  Preset parse(String file, String document) {
    List<Mistake> mistakes = new ArrayList<>();
    YamlNode root = YamlNode.read(document, mistakes);
    Preset preset = root == null ? null : new PresetReader(this, mistakes).read(root);
    if (preset == null || !mistakes.isEmpty()) {
      throw new TopologyFileException(file, mistakes);
    }
    return preset;
  }

  private void addChip(String id) {
    String file = "chips/" + id + ".yaml";
    List<Mistake> mistakes = new ArrayList<>();
    YamlNode root = YamlNode.read(resource(file), mistakes);
    ChipProfile chip = root instanceof Mapping m ? ChipReader.read(id, m, mistakes) : null;
    if (chip == null || !mistakes.isEmpty()) {
      throw new TopologyFileException(file, mistakes);
    }
    chips.put(id, chip);
    List<String> names = new ArrayList<>(chip.aliases());
    names.add(id);
    names.add(chip.name());
    for (String name : names) {
      chipByPlainName.put(plain(name), chip);
    }
  }

  private void addPreset(String name) {
    String file = "presets/" + name + ".yaml";
    presets.put(name, parse(file, resource(file)));
  }

  private List<String> chipNames() {
    List<String> names = new ArrayList<>(chips.keySet());
    chips.values().forEach(c -> names.addAll(c.aliases()));
    return names;
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[ _-]", "");
  }

  /** A jar cannot list its files, so the bundled data names them. */
  private static List<String> index(String kind) {
    List<Mistake> mistakes = new ArrayList<>();
    YamlNode root = YamlNode.read(resource("index.yaml"), mistakes);
    if (root instanceof Mapping m) {
      Fields f = new Fields(m, mistakes);
      if (f.get(kind) instanceof Sequence && mistakes.isEmpty()) {
        return f.texts(kind);
      }
    }
    throw new IllegalStateException("index.yaml lists no " + kind + ": " + mistakes);
  }

  private static String resource(String name) {
    try (InputStream in = Catalog.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("bundled file %s is missing".formatted(name));
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
