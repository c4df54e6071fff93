package io.isotherm.bridge;

import com.fasterxml.jackson.annotation.JsonProperty;
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
import java.util.regex.Matcher;
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
  private static final Pattern PATH = Pattern.compile("(.+)/cab-(\\d{1,6})/board-(\\d{1,6})");
  static final Pattern ADDRESS = Pattern.compile("(\\[[^\\]]+\\]|[^:/\\s]+)(:\\d{1,5})?");

  private static final String PARAMETER = "__param_";

  private final ClusterPlan plan;
  private final Map<String, ExporterReadings> mappings = new HashMap<>();
  private final Map<String, Integer> pods = new HashMap<>();

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
    for (int p = 0; p < plan.pods().size(); p++) {
      pods.put(plan.pods().get(p).pod(), p);
    }
  }

  /**
   * Reads files of targets.
   *
   * @return the boards of the cluster that have one, by pod and board
   * @throws BridgeException if a file cannot be used; the message says which, where and why
   */
  static List<BridgedBoard> read(List<Path> files, ClusterPlan plan) {
    Targets targets = new Targets(plan);
    Map<Long, List<BridgedBoard.Exporter>> exporters = new TreeMap<>();
    Set<URI> urls = new HashSet<>();
    for (Path file : files) {
      int number = 0;
      for (Group group : groups(file)) {
        String where = "%s: group %d".formatted(file, ++number);
        long place = targets.place(label(group, "board", where), where);
        ExporterReadings readings = targets.readings(group, file, where);
        for (String address : targetsOf(group, where)) {
          URI url = url(address, group, where);
          if (!urls.add(url)) {
            throw new BridgeException("%s: %s is there twice".formatted(where, url));
          }
          exporters
              .computeIfAbsent(place, p -> new ArrayList<>())
              .add(new BridgedBoard.Exporter(url, readings));
        }
      }
    }
    if (exporters.isEmpty()) {
      throw new BridgeException("%s: no target".formatted(files.get(0)));
    }
    List<BridgedBoard> boards = new ArrayList<>();
    exporters.forEach(
        (place, of) -> {
          int pod = (int) (place >> 32);
          int board = (int) (long) place;
          boards.add(new BridgedBoard(pod, board, plan.pods().get(pod).boardPath(board), of));
        });
    return boards;
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

  long place(String path, String where) {
    Matcher m = PATH.matcher(path);
    Integer pod = m.matches() ? pods.get(m.group(1)) : null;
    PodLayout layout = pod == null ? null : plan.pods().get(pod);
    if (pod == null
        || layout == null
        || !layout.hasBoard(Integer.parseInt(m.group(2)), Integer.parseInt(m.group(3)))) {
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
    int board = layout.boardIndex(Integer.parseInt(m.group(2)), Integer.parseInt(m.group(3)));
    return (long) pod << 32 | board;
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
