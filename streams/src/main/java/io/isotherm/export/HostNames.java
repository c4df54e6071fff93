package io.isotherm.export;

import java.util.Optional;

/** Knows which hosts boards are: Isotherm knows boards, who repairs them knows hosts. */
@FunctionalInterface
public interface HostNames {
  /** Knows none. */
  HostNames NONE = subject -> Optional.empty();

  /**
   * The host that a part belongs to.
   *
   * @param subject path of the part
   * @return its host, several with commas between; empty if the part is larger than a board, or the
   *     board's host is not known
   */
  Optional<String> of(String subject);
}
