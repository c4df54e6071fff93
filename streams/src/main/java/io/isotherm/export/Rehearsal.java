package io.isotherm.export;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a page for nobody when there are twice as many pods as when it last did.
 *
 * <p>Java writes the first page ten times as slowly as the next, because it loads and compiles what
 * writes it. So that wait is nobody's, and what is written for nobody while pods come one after the
 * other is less than two pages of all of them.
 */
final class Rehearsal {
  private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

  private final Consumer<ClusterView> writer;
  private int pods;

  Rehearsal(Consumer<ClusterView> writer) {
    this.writer = writer;
  }

  /** Looks at a view that nobody was shown yet. */
  void see(ClusterView view) {
    int now = view.health().size();
    if (now == 0 || now < 2 * pods) {
      return;
    }
    pods = now;
    try {
      writer.accept(view);
    } catch (RuntimeException e) {
      // Whoever asks for the page is told of it; what is read goes on.
      LOG.debug("no page could be written", e);
    }
  }
}
