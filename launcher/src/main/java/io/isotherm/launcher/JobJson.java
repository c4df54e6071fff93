package io.isotherm.launcher;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.avro.PodHealth;
import io.isotherm.backtest.EventJson;
import io.isotherm.model.Placement;
import java.util.List;

/** What is known of a job, as JSON; what is not known is left out. */
final class JobJson {
  private JobJson() {}

  static ObjectNode of(JobLook look) {
    Placement job = look.job();
    List<JobLook.Board> boards = look.boards();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("job", job.job());
    node.put("now_ms", look.nowMs());
    node.put("from_ms", job.fromMs());
    if (job.untilMs() != Long.MAX_VALUE) {
      node.put("until_ms", job.untilMs());
    }
    node.put("synchronous", job.synchronous());
    look.reason().ifPresent(reason -> node.put("reason", reason));
    ArrayNode pods = node.putArray("pods");
    JobLook.podsOf(job)
        .forEach(
            name -> {
              ObjectNode pod = pods.addObject();
              pod.put("pod", name);
              PartLook known = look.pods().get(name);
              PodHealth health = known == null ? null : known.health();
              if (health != null) {
                pod.put("window_start_ms", health.getWindowStartMs());
                pod.put("window_ms", health.getWindowMs());
              }
            });
    PartJson.states(JobLook.states(boards), node);
    ArrayNode incidents = node.putArray("incidents");
    look.open().forEach(e -> incidents.add(EventJson.of(e)));
    ArrayNode parts = node.putArray("boards");
    for (JobLook.Board b : boards) {
      ObjectNode of = parts.addObject();
      PartJson.child(b.known(), look.hosts(), of);
      of.put("role", b.role());
      of.put("stage", b.stage());
    }
    return node;
  }
}
