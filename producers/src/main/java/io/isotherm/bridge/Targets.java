package io.isotherm.bridge;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.isotherm.catalog.BoardPaths;
import io.isotherm.catalog.ClusterBoard;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.model.PodLayout;
import io.isotherm.readings.UnusableYamlException;
import io.isotherm.readings.YamlText;
import io.isotherm.schemas.FileFailure;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which exporters speak of which boards: files of the form that Prometheus reads as {@code
 * file_sd_configs}, YAML or JSON, so that one file serves both. The label {@code board} of a group
 * is the path of a board, {@code exporter} the mapping of its targets; {@code __scheme__}, {@code
 * __metrics_path__} and {@code __param_...} mean what they mean to Prometheus, and other labels are
 * passed over.
 */
final class Targets {
  static final Pattern ADDRESS = Pattern.compile("(\\[[^\\]]+\\]|[^:/\\s]+)(:\\d{1,5})?");

  /** The label with the path of a group's board. */
  static final String BOARD = "board";

  private static final String PARAMETER = "__param_";

  private final ClusterPlan plan;
  private final Map<String, ExporterReadings> mappings = new HashMap<>();
  private final BoardPaths boards;

  /**
   * A group of targets with the same labels.
   *
   * @param targets addresses, {@code host:port}
   * @param labels labels of all of them
   */
  record Group(
      @JsonProperty("targets") List<String> targets,
      @JsonProperty("labels") Map<String, String> labels) {}

  Targets(ClusterPlan plan) {
    this.plan = plan;
    this.boards = new BoardPaths(plan);
  }

  /**
   * Reads files of targets.
   *
   * @return the boards of the cluster that have one, by pod and board
   * @throws BridgeException if a file cannot be used; the message says which, where and why
   */
  static List<BridgedBoard> read(List<Path> files, ClusterPlan plan) {
    Targets targets = new Targets(plan);
    Map<ClusterBoard, List<BridgedBoard.Exporter>> exporters = new TreeMap<>();
    Set<URI> urls = new HashSet<>();
    for (Path file : files) {
      int number = 0;
      for (Group group : groups(file)) {
        String where = "%s: group %d".formatted(file, ++number);
        ClusterBoard board = targets.board(group, where);
        ExporterReadings readings = targets.readings(group, file, where);
        for (String address : targetsOf(group, where)) {
          URI url = url(address, group, where);
          if (!urls.add(url)) {
            throw new BridgeException("%s: %s is there twice".formatted(where, url));
          }
          exporters
              .computeIfAbsent(board, b -> new ArrayList<>())
              .add(new BridgedBoard.Exporter(url, readings));
        }
      }
    }
    if (exporters.isEmpty()) {
      throw new BridgeException("%s: no target".formatted(files.get(0)));
    }
    List<BridgedBoard> bridged = new ArrayList<>();
    exporters.forEach(
        (board, of) ->
            bridged.add(
                new BridgedBoard(board.pod(), board.board(), targets.boards.pathOf(board), of)));
    return bridged;
  }

  static List<Group> groups(Path file) {
    try {
      return YamlText.readList(file.toString(), Files.readString(file), Group.class);
    } catch (UnusableYamlException e) {
      throw new BridgeException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new BridgeException("%s: cannot be read: %s".formatted(file, FileFailure.reason(e)), e);
    }
  }

  @SuppressWarnings("NullAway") // Jackson leaves null what the file leaves out.
  static List<String> targetsOf(Group group, String where) {
    if (group.targets == null || group.targets.isEmpty()) {
      throw new BridgeException("%s: no 'targets'".formatted(where));
    }
    return group.targets;
  }

  @SuppressWarnings("NullAway") // Jackson leaves null what the file leaves out.
  static String label(@Nullable Group group, String name, String where) {
    String value = group == null || group.labels == null ? null : group.labels.get(name);
    if (value == null) {
      throw new BridgeException("%s: no label '%s'".formatted(where, name));
    }
    return value;
  }

  /** The board that a group's targets speak of. */
  ClusterBoard board(Group group, String where) {
    String path = label(group, BOARD, where);
    ClusterBoard board = boards.find(path);
    if (board == null) {
      PodLayout first = plan.pods().get(0);
      throw new BridgeException(
          "%s: '%s' is no board of %s, whose boards are %s/cab-000/board-0 to %s/cab-%03d/board-%d"
              .formatted(
                  where,
                  path,
                  plan.preset(),
                  first.pod(),
                  plan.pods().get(plan.pods().size() - 1).pod(),
                  first.cabinets() - 1,
                  first.boardsPerCabinet() - 1));
    }
    return board;
  }

  private ExporterReadings readings(Group group, Path file, String where) {
    String name = label(group, "exporter", where);
    String key =
        ExporterMapping.BUNDLED.contains(name) ? name : file.resolveSibling(name).toString();
    ExporterReadings known = mappings.get(key);
    if (known == null) {
      known = new ExporterReadings(name, ExporterMapping.read(name, file));
      mappings.put(key, known);
    }
    return known;
  }

  private static URI url(String address, Group group, String where) {
    if (address == null || !ADDRESS.matcher(address).matches()) {
      throw new BridgeException(
          "%s: target '%s' is no address; write host:port".formatted(where, address));
    }
    String scheme = orElse(group.labels.get("__scheme__"), "http");
    String path = orElse(group.labels.get("__metrics_path__"), "/metrics");
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new BridgeException(
          "%s: __scheme__ is '%s', must be http or https".formatted(where, scheme));
    }
    URI url;
    try {
      url =
          new URI(
              scheme
                  + "://"
                  + address
                  + (path.startsWith("/") ? "" : "/")
                  + path
                  + query(group, path.contains("?") ? "&" : "?"));
    } catch (URISyntaxException e) {
      throw new BridgeException("%s: %s".formatted(where, e.getMessage()), e);
    }
    if (url.getHost() == null || url.getPort() == 0 || url.getPort() > 65_535) {
      throw new BridgeException(
          "%s: target '%s' has no host or port that a URL can have".formatted(where, address));
    }
    return url;
  }

  /** The parameters that the labels give, behind what the first is joined with. */
  private static String query(Group group, String first) {
    StringBuilder query = new StringBuilder();
    new TreeMap<>(group.labels)
        .forEach(
            (label, value) -> {
              if (label.startsWith(PARAMETER) && value != null) {
                query
                    .append(query.isEmpty() ? first : "&")
                    .append(encoded(label.substring(PARAMETER.length())))
                    .append('=')
                    .append(encoded(value));
              }
            });
    return query.toString();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String orElse(@Nullable String text, String otherwise) {
    return text == null ? otherwise : text;
  }
}
