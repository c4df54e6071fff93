package io.isotherm.core;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.nio.ByteBuffer;
import java.util.List;

/** Judges one pod: reports in; the pod's health per window and incident events out. */
public final class PodMonitor {

  /** Takes the results of a {@link PodMonitor}, in the order of event time. */
  public interface Output {
    /** A window was closed. Its incident events come before it. */
    void window(PodWindow window);

    /** Something happened to an incident. */
    void incident(IncidentEvent event);
  }

  private final PodLayout layout;

  public PodMonitor(PodLayout layout, DetectorSettings settings) {
    this.layout = layout;
  }

  /** The pod that this monitor judges. */
  public PodLayout layout() {
    return layout;
  }

  /**
   * Replaces what is known of the jobs. Each placement counts for the windows that begin in its
   * time.
   */
  public void placements(List<Placement> placements) {}

  /**
   * Takes the next report of the pod.
   *
   * @param report the report; read, never kept
   * @param output takes what follows from it
   */
  public Outcome accept(Report report, Output output) {
    return Outcome.ACCEPTED;
  }

  /** What was wrong with the last report that was not wholly accepted, in one sentence. */
  public String detail() {
    return "";
  }

  /** Number of pages that the state is stored in: one of the pod, and one for each cabinet. */
  public int pages() {
    return 1 + layout.cabinets();
  }

  /** Whether a page has changed since it was last written or read. */
  public boolean dirty(int page) {
    return false;
  }

  /** Writes a page, which is then clean. */
  public byte[] writePage(int page) {
    return new byte[0];
  }

  /**
   * Reads a page back. After every page is read, the monitor goes on as the one that wrote them.
   *
   * @throws IllegalArgumentException if the page was not written by this version for this layout
   */
  public void readPage(int page, ByteBuffer bytes) {}
}
