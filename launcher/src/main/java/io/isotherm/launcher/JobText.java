package io.isotherm.launcher;

import io.isotherm.avro.PodHealth;
import io.isotherm.core.ChipState;
import io.isotherm.model.Placement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What is known of a job, as text for a terminal of 80 columns. */
final class JobText extends LookText {
  private final JobLook look;
  private final List<JobLook.Board> boards;

  private JobText(JobLook look) {
    super(look.nowMs());
    this.look = look;
    boards = look.boards();
  }

  static String of(JobLook look) {
    JobText text = new JobText(look);
    text.head();
    text.incidents(look.open(), /* withNextStep= */ true, "--under " + JobLook.path(look.job()));
    text.teams();
    text.sick();
    return text.text();
  }

  private void head() {
    Placement job = look.job();
    line(JobLook.path(job));
    List<String> pods = JobLook.podsOf(job);
    field(
        "placed",
        "since %s, on %d %s of %s%s%s"
            .formatted(
                IncidentHistory.time(job.fromMs()),
                boards.size(),
                boards.size() == 1 ? "board" : "boards",
                pods.size() == 1 ? pods.get(0) : pods.size() + " pods",
                job.synchronous() ? ", each waits for the slowest" : "",
                look.reason().map(reason -> ": " + reason).orElse("")));
    PodHealth oldest = look.oldest();
    field(
        "state",
        states(JobLook.states(boards))
            + (oldest == null
                ? ""
                : "; window until %s, %s ago"
                    .formatted(IncidentHistory.time(end(oldest)), ago(end(oldest)))));
    if (!look.missing().isEmpty()) {
      field("unknown", "nobody has published " + String.join(", ", look.missing()));
    }
    String unjudged =
        look.pods().values().stream()
            .filter(pod -> pod.health() == null)
            .map(pod -> pod.part().path())
            .collect(Collectors.joining(", "));
    if (!unjudged.isEmpty()) {
      field("unknown", "not judged, there is no window of " + unjudged);
    }
  }

  /** Writes what each pod, role and stage has, if there are several. */
  private void teams() {
    List<JobLook.Team> teams = JobLook.teams(boards);
    if (teams.size() < 2) {
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(head("POD", "ROLE", "STAGE", "BOARDS"));
    for (JobLook.Team t : teams.subList(0, Math.min(MOST, teams.size()))) {
      List<String> row = new ArrayList<>();
      row.add(t.pod());
      row.add(t.role());
      row.add(Integer.toString(t.stage()));
      row.add(Integer.toString(t.boards().size()));
      Map<ChipState, Integer> states = JobLook.states(t.boards());
      for (ChipState state : ChipState.values()) {
        row.add(chips(states, state));
      }
      row.add(celsius(t.boards()));
      rows.add(row);
    }
    line("");
    table(rows);
    if (teams.size() > MOST) {
      line("and %d more".formatted(teams.size() - MOST));
    }
  }

  /** Writes the boards of which something is wrong; several of one cabinet as that. */
  private void sick() {
    List<JobLook.Board> sick =
        boards.stream()
            .filter(b -> b.known().open() > 0 || !isHealthy(b.known().states()))
            .toList();
    line("");
    long unjudged = boards.stream().filter(b -> b.known().states().isEmpty()).count();
    if (sick.isEmpty()) {
      line(
          boards.isEmpty()
              ? "It has no board in a pod that is known"
              : unjudged == boards.size()
                  ? "Its boards are not judged"
                  : "Nothing is wrong on its boards"
                      + (unjudged == 0 ? "" : ", but %d are not judged".formatted(unjudged)));
      return;
    }
    // In the order of the worst of each, as the boards are.
    Map<Part, List<JobLook.Board>> cabinets = new LinkedHashMap<>();
    sick.forEach(
        b -> cabinets.computeIfAbsent(b.known().part().cabinet(), c -> new ArrayList<>()).add(b));
    List<List<String>> rows = new ArrayList<>();
    List<String> head = head("PART", "BOARDS");
    head.addAll(List.of("OPEN", "HOST"));
    head.remove(ChipState.HEALTHY.name());
    rows.add(head);
    cabinets.entrySet().stream()
        .limit(MOST)
        .forEach(e -> rows.add(cabinet(e.getKey(), e.getValue())));
    line(
        "%d of its %d boards have something wrong, the worst first:"
            .formatted(sick.size(), boards.size()));
    table(rows);
    if (cabinets.size() > MOST) {
      line("and in %d more cabinets".formatted(cabinets.size() - MOST));
    }
  }

  private List<String> cabinet(Part cabinet, List<JobLook.Board> sick) {
    Part part = sick.size() == 1 ? sick.get(0).known().part() : cabinet;
    List<String> row = new ArrayList<>();
    row.add(part.path());
    row.add(sick.size() == 1 ? "" : Integer.toString(sick.size()));
    // Without those that are healthy, or a terminal would be too narrow.
    Map<ChipState, Integer> states = JobLook.states(sick);
    for (ChipState state : ChipState.values()) {
      if (state != ChipState.HEALTHY) {
        row.add(chips(states, state));
      }
    }
    row.add(celsius(sick));
    long open = look.open(part);
    row.add(open == 0 ? "" : Long.toString(open));
    row.add(look.hosts().of(part.path()).orElse(""));
    return row;
  }

  /** The hottest chip of some boards; nothing if none has told. */
  private static String celsius(List<JobLook.Board> of) {
    int hottest = of.stream().mapToInt(b -> b.known().hottest()).max().orElse(-1);
    return hottest < 0 ? "" : Integer.toString(hottest);
  }

  private static boolean isHealthy(Map<ChipState, Integer> states) {
    return states.keySet().stream().allMatch(state -> state == ChipState.HEALTHY);
  }

  /** Heads of columns: those given, the states of chips, and the hottest. */
  private static List<String> head(String... first) {
    List<String> head = new ArrayList<>(List.of(first));
    for (ChipState state : ChipState.values()) {
      head.add(state.name());
    }
    head.add("C");
    return head;
  }

  /** How many chips are in a state; nothing if none is. */
  private static String chips(Map<ChipState, Integer> states, ChipState state) {
    Integer chips = states.get(state);
    return chips == null ? "" : chips.toString();
  }
}
