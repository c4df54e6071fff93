package io.isotherm.score;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A score in the forms in which it is read.
 *
 * @param settings what was scored
 * @param score what came of it
 * @param sweep the setting that was varied; null if none was
 * @param swept the score at each of its values
 */
public record ScoreReport(
    ScoreSettings settings, Score score, @Nullable Sweep sweep, List<Score> swept) {
  /** Copies the list. */
  public ScoreReport {
    swept = List.copyOf(swept);
  }

  /** As JSON; requirements are read against it. */
  public ObjectNode json() {
    ObjectNode root = ScoreJson.of(settings, score);
    if (sweep != null) {
      ObjectNode of = root.putObject("sweep");
      of.put("key", sweep.key());
      ArrayNode points = of.putArray("points");
      for (int i = 0; i < swept.size(); i++) {
        ObjectNode point = points.addObject();
        Score at = swept.get(i);
        point.put("value", sweep.values().get(i));
        point.set("overall", ScoreJson.measures(at.overall()));
        ObjectNode groups = point.putObject("groups");
        groups.set("hard", ScoreJson.measures(at.of(Expectation.Group.HARD)));
        groups.set("slow", ScoreJson.measures(at.of(Expectation.Group.SLOW)));
      }
    }
    return root;
  }

  /** As text for a terminal. */
  public String table() {
    return new ScoreTable(this).text();
  }

  /** As one HTML page that needs nothing else. */
  public String html() {
    return new ScorePage(this).html();
  }
}
