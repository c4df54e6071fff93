package io.isotherm.catalog;

import java.util.Comparator;
import java.util.List;

/** A topology file with mistakes; the message names the first and how many more there are. */
public final class TopologyFileException extends CatalogException {
  private static final Comparator<Mistake> ORDER_OF_FILE =
      Comparator.comparingInt(Mistake::line).thenComparingInt(Mistake::column);

  private final String file;
  private final transient List<Mistake> mistakes;

  TopologyFileException(String file, List<Mistake> unordered) {
    this(unordered.stream().sorted(ORDER_OF_FILE).toList(), file);
  }

  private TopologyFileException(List<Mistake> mistakes, String file) {
    super(
        "%s:%s%s"
            .formatted(
                file,
                mistakes.get(0),
                mistakes.size() == 1 ? "" : " (and %d more)".formatted(mistakes.size() - 1)));
    this.file = file;
    this.mistakes = List.copyOf(mistakes);
  }

  /** Name of the file. */
  public String file() {
    return file;
  }

  /** All mistakes in the order of the file, at least one. */
  public List<Mistake> mistakes() {
    return mistakes;
  }
}
