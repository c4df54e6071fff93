package io.isotherm.jobs;

import java.util.List;

/**
 * A job that a scheduler lists as running.
 *
 * @param name what it is called in {@code topology.jobs}
 * @param synchronous true if every step waits for the slowest member
 * @param parts where it runs
 */
record ListedJob(String name, boolean synchronous, List<Part> parts) {
  /** Copies the parts. */
  ListedJob {
    parts = List.copyOf(parts);
  }

  /**
   * Hosts with the same role.
   *
   * @param hosts names as the scheduler knows them
   * @param role their role in the job
   * @param stage their pipeline stage, from 0
   */
  record Part(List<String> hosts, String role, int stage) {
    /** Copies the hosts. */
    Part {
      hosts = List.copyOf(hosts);
    }
  }
}
