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
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Finds that the same thing happens to so much of a cluster at once that the site or the pipeline
 * is at fault, and not the parts.
 *
 * <p>Statistic: for each kind of incident, the pods in which one opened within {@link #TOGETHER_MS}
 * and the chips that those affect. Two pods, and a tenth of all pods and of all chips, are a fault
 * of the site; half of that is enough to go on. What the pods themselves told of that kind is
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

  /** Start of the window in which a pod first had an open incident of a kind, while it has one. */
  private final TreeMap<IncidentKind, TreeMap<String, Long>> since = new TreeMap<>();

  /** What one kind does to the cluster in one window. */
  private record Together(IncidentKind kind, List<String> pods, long chips) {}

  SiteFindings(DetectorSettings settings) {
    ledger = new IncidentLedger("", settings);
  }

  /**
   * Whether a fault of the site explains an incident of a pod.
   *
   * @param findings names of the findings that the fault of the site rests on
   * @param pods its children
   * @param kind kind of the incident of the pod, in capitals or not
   * @param pod the incident's pod
   */
  public static boolean explains(
      Collection<String> findings, Collection<String> pods, String kind, String pod) {
    return findings.contains(kind.toLowerCase(Locale.ROOT)) && pods.contains(pod);
  }

  /** Number of incidents of the site that are open. */
  int open() {
    return ledger.open();
  }

  /**
   * Judges a window.
   *
   * @param open what is open in each pod
   * @param allPods pods of the cluster
   * @param allChips chips of all of them
   */
  void judge(
      long windowStartMs,
      SortedMap<String, List<PodWindow.OpenKind>> open,
      int allPods,
      long allChips,
      Consumer<IncidentEvent> output) {
    TreeMap<IncidentKind, TreeMap<String, Integer>> now = new TreeMap<>();
    open.forEach(
        (pod, kinds) ->
            kinds.forEach(
                k -> now.computeIfAbsent(k.kind(), x -> new TreeMap<>()).put(pod, k.chips())));
    since.keySet().retainAll(now.keySet());
    List<Together> found = new ArrayList<>();
    boolean before = ledger.isOpen(IncidentKind.SITE_FAULT, 0);
    for (Map.Entry<IncidentKind, TreeMap<String, Integer>> e : now.entrySet()) {
      TreeMap<String, Long> began = since.computeIfAbsent(e.getKey(), x -> new TreeMap<>());
      began.keySet().retainAll(e.getValue().keySet());
      e.getValue().keySet().forEach(pod -> began.putIfAbsent(pod, windowStartMs));
      Together t = together(e.getKey(), e.getValue(), began, before ? 0 : windowStartMs);
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

  /** The pods that have a kind, if {@code atMs} is not 0 those that got it together by then. */
  private static Together together(
      IncidentKind kind, Map<String, Integer> chips, Map<String, Long> began, long atMs) {
    List<String> pods = new ArrayList<>();
    long sum = 0;
    for (Map.Entry<String, Integer> e : chips.entrySet()) {
      Long from = began.get(e.getKey());
      // From a time that the cluster has gone back from, it is not known to have begun of late.
      if (atMs == 0 || (from != null && from <= atMs && atMs - from < TOGETHER_MS)) {
        pods.add(e.getKey());
        sum += e.getValue();
      }
    }
    return new Together(kind, pods, sum);
  }

  private static Candidate candidate(long windowStartMs, List<Together> found, int pods) {
    Candidate c = new Candidate(IncidentKind.SITE_FAULT, 0, SITE);
    c.critical = true;
    c.chipsAffected = (int) Math.min(Integer.MAX_VALUE, found.get(0).chips);
    for (Together t : found) {
      c.evidence(
          new IncidentEvent.Evidence(
              t.kind.name().toLowerCase(Locale.ROOT),
              SITE,
              windowStartMs,
              t.pods.size(),
              pods,
              "pods"));
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
    out.writeInt(since.size());
    for (Map.Entry<IncidentKind, TreeMap<String, Long>> e : since.entrySet()) {
      out.writeInt(e.getKey().code());
      out.writeInt(e.getValue().size());
      for (Map.Entry<String, Long> pod : e.getValue().entrySet()) {
        out.writeUTF(pod.getKey());
        out.writeLong(pod.getValue());
      }
    }
  }

  void read(DataInputStream in) throws IOException {
    ledger.read(in);
    since.clear();
    for (int n = in.readInt(); n > 0; n--) {
      TreeMap<String, Long> began = new TreeMap<>();
      since.put(IncidentKind.of(in.readInt()), began);
      for (int p = in.readInt(); p > 0; p--) {
        began.put(in.readUTF(), in.readLong());
      }
    }
  }
}
