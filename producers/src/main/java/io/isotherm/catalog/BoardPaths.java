package io.isotherm.catalog;

import io.isotherm.model.PodLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The boards of a cluster by their paths, as {@code pod-00/cab-012/board-3} is one. */
public final class BoardPaths {
  private static final Pattern PATH = Pattern.compile("(.+)/cab-(\\d{1,6})/board-(\\d{1,6})");

  private final List<PodLayout> pods;
  private final Map<String, Integer> numbers = new HashMap<>();

  /** The paths of the boards of a plan. */
  public BoardPaths(ClusterPlan plan) {
    pods = plan.pods();
    for (int p = 0; p < pods.size(); p++) {
      numbers.put(pods.get(p).pod(), p);
    }
  }

  /** The board of a path; null if the cluster has none there. */
  public @Nullable ClusterBoard find(String path) {
    Matcher m = PATH.matcher(path);
    Integer pod = m.matches() ? numbers.get(m.group(1)) : null;
    if (pod == null) {
      return null;
    }
    PodLayout layout = pods.get(pod);
    int cabinet = Integer.parseInt(m.group(2));
    int board = Integer.parseInt(m.group(3));
    return layout.hasBoard(cabinet, board)
        ? new ClusterBoard(pod, layout.boardIndex(cabinet, board))
        : null;
  }

  /**
   * A path of the form of a board's, of any cluster, as the board is called: {@code cab-7} is
   * {@code cab-007}. Null if it has another form.
   */
  public static @Nullable String normal(String path) {
    Matcher m = PATH.matcher(path);
    return m.matches() && m.group(1).indexOf('/') < 0
        ? "%s/cab-%03d/board-%d"
            .formatted(m.group(1), Integer.parseInt(m.group(2)), Integer.parseInt(m.group(3)))
        : null;
  }

  /** The path of a board. */
  public String pathOf(ClusterBoard board) {
    return pods.get(board.pod()).boardPath(board.board());
  }
}
