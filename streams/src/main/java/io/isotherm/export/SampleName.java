package io.isotherm.export;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A sample's name with its labels, which stand in the order of their names as in client_java. */
final class SampleName {
  private static final byte[] QUOTE = {'"'};
  private static final byte[] END = {'}', ' '};
  private static final byte[] END_WITHOUT_LABELS = {' '};

  private final String name;

  /** Places of the text's labels among those given. */
  private final int[] order;

  /** What stands before the value of each label of the text; the name alone if there is none. */
  private final byte[][] before;

  SampleName(String name, List<String> labels) {
    this.name = name;
    order =
        IntStream.range(0, labels.size())
            .boxed()
            .sorted(Comparator.comparing(labels::get))
            .mapToInt(Integer::intValue)
            .toArray();
    before = new byte[Math.max(1, order.length)][];
    before[0] = name.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < order.length; i++) {
      String start = i == 0 ? name + "{" : ",";
      before[i] = (start + labels.get(order[i]) + "=\"").getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * Begins a sample, to which another label may be added.
   *
   * @param values of all labels, in the order in which these were given
   */
  void begin(ExpositionText text, String... values) {
    if (values.length != order.length) {
      throw new IllegalArgumentException(
          "%d values for the %d labels of %s".formatted(values.length, order.length, name));
    }
    if (order.length == 0) {
      text.append(before[0]);
    }
    for (int i = 0; i < order.length; i++) {
      text.append(before[i]).appendEscaped(values[order[i]]).append(QUOTE);
    }
  }

  /** Ends what stands before the value. */
  void end(ExpositionText text) {
    text.append(order.length == 0 ? END_WITHOUT_LABELS : END);
  }
}
