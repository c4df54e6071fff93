package io.isotherm.catalog;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Where a number comes from, and so how far it can be trusted. */
public enum Confidence {
  /** The vendor's page, keynote or source code. */
  VENDOR("O"),
  /** Output of a real device. */
  DEVICE("D"),
  /** A paper. */
  PAPER("P"),
  /** Press or analysts. */
  SECONDARY("S"),
  /** Arithmetic on numbers of the kinds above. */
  ARITHMETIC("="),
  /** Not published: a stand-in of ours, with its reason in the source. */
  ASSUMED("assumed"),
  /** Not published, and nothing stands in. */
  UNPUBLISHED("?"),
  /** Written without a confidence in a user's own file. */
  STATED("file");

  private final String mark;

  Confidence(String mark) {
    this.mark = mark;
  }

  /** The short sign in tables: O, D, P, S, =, assumed, ? or file. */
  public String mark() {
    return mark;
  }

  /** The word in files: the name in lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The confidence of this word or mark. */
  static Optional<Confidence> of(String text) {
    return Arrays.stream(values())
        .filter(c -> c.word().equalsIgnoreCase(text) || c.mark.equals(text))
        .findFirst();
  }

  static String words() {
    return Arrays.stream(values()).map(Confidence::word).collect(Collectors.joining(", "));
  }
}
