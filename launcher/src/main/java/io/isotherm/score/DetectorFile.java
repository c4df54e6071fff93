package io.isotherm.score;

import io.isotherm.catalog.Mistake;
import io.isotherm.catalog.YamlNode;
import io.isotherm.core.DetectorSettings;
import io.isotherm.schemas.FileFailure;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Detectors' settings by name: the components of {@link DetectorSettings} in lower snake case, for
 * instance {@code hot_above_peers}. A file holds a YAML mapping of some of them; the others keep
 * their defaults, but that {@code tick_patience_ms} is twice a {@code window_ms} that is given
 * alone.
 */
public final class DetectorFile {
  private static final String WINDOW = "window_ms";
  private static final String TICK_PATIENCE = "tick_patience_ms";

  private DetectorFile() {}

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if it cannot be read, or a key or value is wrong; the message
   *     is one line with file, line and what is allowed
   */
  public static DetectorSettings read(Path file) {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "cannot read %s: %s".formatted(file, FileFailure.reason(e)), e);
    }
    List<Mistake> mistakes = new ArrayList<>();
    YamlNode root = YamlNode.read(text, mistakes);
    if (!mistakes.isEmpty()) {
      throw mistake(file, mistakes.get(0).line(), mistakes.get(0).message());
    }
    if (!(root instanceof YamlNode.Mapping mapping)) {
      throw mistake(file, 1, "expected lines such as 'hot_above_peers: 150'");
    }
    Map<String, Integer> given = new LinkedHashMap<>();
    for (Map.Entry<String, YamlNode.Entry> e : mapping.entries().entrySet()) {
      YamlNode.Entry entry = e.getValue();
      try {
        String number = entry.node() instanceof YamlNode.Scalar s ? s.text() : null;
        given.put(known(e.getKey()), whole(e.getKey(), number, entry.node().kind()));
      } catch (IllegalArgumentException wrong) {
        throw mistake(file, entry.line(), String.valueOf(wrong.getMessage()));
      }
    }
    try {
      return with(DetectorSettings.DEFAULT, given);
    } catch (IllegalArgumentException wrong) {
      throw mistake(file, lineOf(mapping, given), String.valueOf(wrong.getMessage()));
    }
  }

  /** The line without which the others are good; the last one if there is no such line. */
  private static int lineOf(YamlNode.Mapping mapping, Map<String, Integer> given) {
    int line = mapping.line();
    for (String key : given.keySet()) {
      YamlNode.Entry entry = mapping.entries().get(key);
      line = entry == null ? line : entry.line();
      Map<String, Integer> others = new LinkedHashMap<>(given);
      others.remove(key);
      try {
        with(DetectorSettings.DEFAULT, others);
        break;
      } catch (IllegalArgumentException stillWrong) {
        // It is another line, too.
      }
    }
    return line;
  }

  private static IllegalArgumentException mistake(Path file, int line, String message) {
    return new IllegalArgumentException("%s:%d: %s".formatted(file, line, message));
  }

  /** Names of all settings, in their order. */
  public static List<String> keys() {
    return Arrays.stream(DetectorSettings.class.getRecordComponents())
        .map(c -> snake(c.getName()))
        .toList();
  }

  /** All settings by their names, in their order. */
  public static Map<String, Integer> values(DetectorSettings settings) {
    Map<String, Integer> all = new LinkedHashMap<>();
    for (RecordComponent c : DetectorSettings.class.getRecordComponents()) {
      try {
        all.put(snake(c.getName()), (Integer) c.getAccessor().invoke(settings));
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new LinkageError("a record's accessor can be called", e);
      }
    }
    return all;
  }

  /**
   * Settings with others in some places. With a window alone comes the patience with ticks that
   * goes with it.
   *
   * @throws IllegalArgumentException if a name is unknown or a value out of range
   */
  public static DetectorSettings with(DetectorSettings settings, Map<String, Integer> given) {
    Map<String, Integer> all = values(settings);
    given.forEach((key, value) -> all.put(known(key), value));
    if (given.containsKey(WINDOW) && !given.containsKey(TICK_PATIENCE)) {
      all.put(TICK_PATIENCE, settings.tickPatienceMsOf(given.get(WINDOW)));
    }
    Class<?>[] types = new Class<?>[all.size()];
    Arrays.fill(types, int.class);
    try {
      return DetectorSettings.class
          .getDeclaredConstructor(types)
          .newInstance(all.values().toArray());
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException wrong) {
        throw new IllegalArgumentException(wrong.getMessage(), wrong);
      }
      throw new LinkageError("settings are only checked", e);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a record has its canonical constructor", e);
    }
  }

  private static int whole(String key, @Nullable String text, String kind) {
    try {
      return Integer.parseInt(String.valueOf(text));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "'%s' is %s, expected a whole number".formatted(key, kind), e);
    }
  }

  /**
   * The name itself.
   *
   * @throws IllegalArgumentException if there is no such setting; the message names all
   */
  static String known(String key) {
    if (!keys().contains(key)) {
      throw new IllegalArgumentException(
          "unknown setting '%s'; there are %s".formatted(key, String.join(", ", keys())));
    }
    return key;
  }

  private static String snake(String camel) {
    return camel.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
