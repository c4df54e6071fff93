package io.isotherm.core;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/**
 * Finds that the same thing happens to so much of a cluster at once that the site or the pipeline
 * is at fault, and not the parts.
 *
 * <p>Statistic: for each kind of incident, the pods in which it began within {@link #TOGETHER_MS},
 * and the chips that it struck since. Where some chips of a pod have had it for long, as is
 * ordinary, it begins when a tenth of the pod's chips or as many as there were come to them within
 * that time, and only the new ones count: what grows slowly in many pods is no fault of the site.
 * Two pods, and a tenth of all pods and of all chips, are one; half of that is enough to go on, for
 * the kinds that the open incident rests on. What the pods themselves told of that kind is
 * explained by it. One site has one fault at a time: of several kinds the one that affects most
 * chips comes first.
 */
public final class SiteFindings {
  /** Subject of what is found, and of what is broken at a site. */
  public static final String SITE = "site";

  /** Event time within which parts that fail together begin to fail, in milliseconds. */
  static final int TOGETHER_MS = 120_000;

  private static final int FEWEST_PODS = 2;
  private static final int SHARE = 10;

  private final IncidentLedger ledger;

  /** What is known of the pods that have an open incident of a kind, while they have one. */
  private final TreeMap<IncidentKind, TreeMap<String, Course>> courses = new TreeMap<>();

  /**
   * How a kind went on in a pod.
   *
   * @param beganMs start of the window in which it last began
   * @param old chips that had it before that and have it still
   * @param markMs start of the window from which growth is measured
   * @param mark chips at that time
   */
  private record Course(long beganMs, int old, long markMs, int mark) {
    static Course begun(long windowStartMs, int chips) {
      return new Course(windowStartMs, 0, windowStartMs, chips);
    }

    /**
     * A window later.
     *
     * @param chips chips that have it now
     * @param ofPod chips of the pod
     */
    Course next(long windowStartMs, int chips, int ofPod) {
      int grown = chips - mark;
      if (grown > 0 && (grown >= mark || (long) grown * SHARE >= ofPod)) {
        // What comes in steps that are no farther apart is one beginning.
        int before = together(beganMs, windowStartMs) ? old : mark;
        return new Course(windowStartMs, before, windowStartMs, chips);
      }
      boolean stale = !together(markMs, windowStartMs);
      return new Course(
          beganMs, Math.min(old, chips), stale ? windowStartMs : markMs, stale ? chips : mark);
    }

    /** From a time that the cluster has gone back from, it is not known to be of late. */
    static boolean together(long fromMs, long windowStartMs) {
      return fromMs <= windowStartMs && windowStartMs - fromMs < TOGETHER_MS;
    }
  }

  /** What one kind does to the cluster in one window. */
  private record Together(IncidentKind kind, List<String> pods, long chips) {}

  SiteFindings(DetectorSettings settings) {
    ledger = new IncidentLedger("", settings);
  }

  /**
   * Whether a fault of the site explains an incident of a pod, or of a job over several.
   *
   * @param findings names of the findings that the fault of the site rests on
   * @param pods its children
   * @param kind kind of the incident, in capitals or not
   * @param pod the incident's pod; empty if it has none
   */
  public static boolean explains(
      Collection<String> findings, Collection<String> pods, String kind, String pod) {
    return findings.contains(kind.toLowerCase(Locale.ROOT))
        && (pod.isEmpty() || pods.contains(pod));
  }

  /** Number of incidents of the site that are open. */
  int open() {
    return ledger.open();
  }

  /** Those incidents by kind. */
  List<PodWindow.OpenKind> openKinds() {
    return ledger.openKinds();
  }

  /**
   * Judges a window.
   *
   * @param open what is open in each pod
   * @param chipsOf chips of a pod
   * @param allPods pods of the cluster
   * @param allChips chips of all of them
   */
  void judge(
      long windowStartMs,
      SortedMap<String, List<PodWindow.OpenKind>> open,
      ToIntFunction<String> chipsOf,
      int allPods,
      long allChips,
      Consumer<IncidentEvent> output) {
    TreeMap<IncidentKind, TreeMap<String, Integer>> now = new TreeMap<>();
    open.forEach(
        (pod, kinds) ->
            kinds.forEach(
                k ->
                    now.computeIfAbsent(k.kind(), x -> new TreeMap<>())
                        .merge(pod, k.chips(), Integer::sum)));
    courses.keySet().retainAll(now.keySet());
    List<Together> found = new ArrayList<>();
    Set<String> namedBefore = ledger.findings(IncidentKind.SITE_FAULT, 0);
    for (Map.Entry<IncidentKind, TreeMap<String, Integer>> e : now.entrySet()) {
      TreeMap<String, Course> ofKind = courses.computeIfAbsent(e.getKey(), x -> new TreeMap<>());
      follow(windowStartMs, e.getValue(), ofKind, chipsOf);
      boolean before = namedBefore.contains(name(e.getKey()));
      Together t = together(e.getKey(), e.getValue(), ofKind, before ? 0 : windowStartMs);
      int parts = before ? 2 * SHARE : SHARE;
      if (t.pods.size() >= FEWEST_PODS
          && t.pods.size() * parts >= allPods
          && t.chips * parts >= allChips) {
        found.add(t);
      }
    }
    found.sort(Comparator.comparingLong(Together::chips).reversed().thenComparing(Together::kind));
    TreeMap<Long, Candidate> candidates = new TreeMap<>();
    if (!found.isEmpty()) {
      Candidate c = candidate(windowStartMs, found, allPods);
      candidates.put(c.key(), c);
    }
    ledger.update(windowStartMs, candidates, output);
  }

  /** Takes what the pods tell of a kind into its courses. */
  private static void follow(
      long windowStartMs,
      Map<String, Integer> chips,
      Map<String, Course> courses,
      ToIntFunction<String> chipsOf) {
    courses.keySet().retainAll(chips.keySet());
    chips.forEach(
        (pod, now) -> {
          Course course = courses.get(pod);
          courses.put(
              pod,
              course == null
                  ? Course.begun(windowStartMs, now)
                  : course.next(windowStartMs, now, chipsOf.applyAsInt(pod)));
        });
  }

  /** The pods that have a kind, if {@code atMs} is not 0 those that got it together by then. */
  private static Together together(
      IncidentKind kind, Map<String, Integer> chips, Map<String, Course> courses, long atMs) {
    List<String> pods = new ArrayList<>();
    long sum = 0;
    for (Map.Entry<String, Course> e : courses.entrySet()) {
      Course course = e.getValue();
      int fresh = chips.getOrDefault(e.getKey(), 0) - course.old;
      boolean onlyOld = fresh == 0 && course.old > 0;
      if (!onlyOld && (atMs == 0 || Course.together(course.beganMs, atMs))) {
        pods.add(e.getKey());
        sum += fresh;
      }
    }
    return new Together(kind, pods, sum);
  }

  /** Name of the finding that a kind of incident is. */
  private static String name(IncidentKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private static Candidate candidate(long windowStartMs, List<Together> found, int pods) {
    Candidate c = new Candidate(IncidentKind.SITE_FAULT, 0, SITE);
    c.critical = true;
    c.chipsAffected = (int) Math.min(Integer.MAX_VALUE, found.get(0).chips);
    for (Together t : found) {
      c.evidence(
          new IncidentEvent.Evidence(
              name(t.kind), SITE, windowStartMs, t.pods.size(), pods, "pods"));
      for (String pod : t.pods) {
        if (!c.children.contains(pod)) {
          c.children.add(pod);
          c.childrenTotal++;
        }
      }
    }
    return c;
  }

  void write(DataOutputStream out) throws IOException {
    ledger.write(out);
    out.writeInt(courses.size());
    for (Map.Entry<IncidentKind, TreeMap<String, Course>> e : courses.entrySet()) {
      out.writeInt(e.getKey().code());
      out.writeInt(e.getValue().size());
      for (Map.Entry<String, Course> pod : e.getValue().entrySet()) {
        Course course = pod.getValue();
        out.writeUTF(pod.getKey());
        out.writeLong(course.beganMs);
        out.writeInt(course.old);
        out.writeLong(course.markMs);
        out.writeInt(course.mark);
      }
    }
  }

  void read(DataInputStream in) throws IOException {
    ledger.read(in);
    courses.clear();
    for (int n = in.readInt(); n > 0; n--) {
      TreeMap<String, Course> ofKind = new TreeMap<>();
      courses.put(IncidentKind.of(in.readInt()), ofKind);
      for (int p = in.readInt(); p > 0; p--) {
        ofKind.put(
            in.readUTF(), new Course(in.readLong(), in.readInt(), in.readLong(), in.readInt()));
      }
    }
  }
}
