package io.isotherm.bridge;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Prometheus' text format, version 0.0.4, as an exporter answers a scrape: a line for each sample,
 * {@code name{label="value",...} value [milliseconds]}. Comments, types and help are passed over. A
 * line that is none makes the whole answer useless, as it does for Prometheus itself: what was cut
 * off or is no such text must not count as readings.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">the format</a>
 */
final class ExpositionText {
  /** What to ask a server for. */
  static final String ACCEPT = "text/plain;version=0.0.4;q=1,*/*;q=0.1";

  private final String text;
  private int at;
  private int end;
  private int line;

  private ExpositionText(String text) {
    this.text = text;
  }

  /**
   * Gives the samples of an answer, in their order.
   *
   * @param wanted asked for the name of each metric; the samples of others are checked only for
   *     having a name
   * @throws BridgeException if a line is no sample; the message says which
   */
  static void read(String text, Predicate<String> wanted, Consumer<Sample> samples) {
    new ExpositionText(text).all(wanted, samples);
  }

  private void all(Predicate<String> wanted, Consumer<Sample> samples) {
    int next = 0;
    while (next < text.length()) {
      int feed = text.indexOf('\n', next);
      at = next;
      end = feed;
      next = end + 1;
      line++;
      if (feed < 0) {
        throw wrong("it is cut off");
      }
      if (end > at && text.charAt(end - 1) == '\r') {
        end--;
      }
      skipBlanks();
      if (at == end || text.charAt(at) == '#') {
        continue;
      }
      String metric = name();
      if (wanted.test(metric)) {
        samples.accept(sample(metric));
      }
    }
  }

  private Sample sample(String metric) {
    Map<String, String> labels = labels();
    String value = word();
    if (value.isEmpty()) {
      throw wrong("there is no value");
    }
    try {
      if (!isNoFiniteNumber(value)) {
        var unused = Double.parseDouble(value);
      }
      String time = word();
      Long timeMs = time.isEmpty() || time.startsWith("#") ? null : (Long) Long.parseLong(time);
      return new Sample(metric, labels, value, timeMs);
    } catch (NumberFormatException e) {
      throw wrong("value or time is no number");
    }
  }

  /** What is no finite number has many spellings: clients and Prometheus take any case. */
  private static boolean isNoFiniteNumber(String value) {
    return isNaN(value) || isWord(value, "inf") || isWord(value, "infinity");
  }

  /** Whether a value is not a number: {@code NaN} in any case, with a sign or without. */
  static boolean isNaN(String value) {
    return isWord(value, "nan");
  }

  private static boolean isWord(String value, String word) {
    int sign = value.startsWith("+") || value.startsWith("-") ? 1 : 0;
    return value.length() == sign + word.length()
        && value.regionMatches(/* ignoreCase= */ true, sign, word, 0, word.length());
  }

  private Map<String, String> labels() {
    Map<String, String> labels = new LinkedHashMap<>();
    skipBlanks();
    if (!taken('{')) {
      return labels;
    }
    while (true) {
      skipBlanks();
      if (taken('}')) {
        return labels;
      }
      String label = name();
      skipBlanks();
      if (!taken('=')) {
        throw wrong("label '%s' has no value".formatted(label));
      }
      skipBlanks();
      labels.put(label, quoted(label));
      skipBlanks();
      if (!taken(',') && (at == end || text.charAt(at) != '}')) {
        throw wrong("behind label '%s' stands neither ',' nor '}'".formatted(label));
      }
    }
  }

  private String quoted(String label) {
    if (!taken('"')) {
      throw wrong("the value of label '%s' is not in quotes".formatted(label));
    }
    int from = at;
    @Nullable StringBuilder unescaped = null;
    while (at < end && text.charAt(at) != '"') {
      if (text.charAt(at) == '\\' && at + 1 < end) {
        unescaped = unescaped == null ? new StringBuilder(text.substring(from, at)) : unescaped;
        char escaped = text.charAt(++at);
        unescaped.append(escaped == 'n' ? '\n' : escaped);
      } else if (unescaped != null) {
        unescaped.append(text.charAt(at));
      }
      at++;
    }
    if (at == end) {
      throw wrong("the value of label '%s' does not end".formatted(label));
    }
    String value = unescaped == null ? text.substring(from, at) : unescaped.toString();
    at++;
    return value;
  }

  private String name() {
    int from = at;
    while (at < end && isOfName(text.charAt(at))) {
      at++;
    }
    if (at == from || Character.isDigit(text.charAt(from))) {
      throw wrong("there is no name");
    }
    return text.substring(from, at);
  }

  private static boolean isOfName(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == ':';
  }

  /** The next characters up to a blank; empty at the end of the line. */
  private String word() {
    skipBlanks();
    int from = at;
    while (at < end && !isBlank(text.charAt(at))) {
      at++;
    }
    return text.substring(from, at);
  }

  private void skipBlanks() {
    while (at < end && isBlank(text.charAt(at))) {
      at++;
    }
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private boolean taken(char c) {
    boolean is = at < end && text.charAt(at) == c;
    at += is ? 1 : 0;
    return is;
  }

  private BridgeException wrong(String what) {
    return new BridgeException("line %d is no sample of Prometheus: %s".formatted(line, what));
  }
}
