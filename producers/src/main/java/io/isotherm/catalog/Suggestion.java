package io.isotherm.catalog;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** The name that somebody probably meant. */
public final class Suggestion {
  private Suggestion() {}

  /**
   * Returns {@code ; did you mean 'x'?} for the nearest known name, or an empty text if none is
   * near: at most a third of the letters may differ.
   */
  public static String of(String typed, Collection<String> known) {
    return known.stream()
        .filter(k -> distance(typed, k) <= Math.max(1, k.length() / 3))
        .min(
            Comparator.comparingInt((String k) -> distance(typed, k))
                .thenComparing(Comparator.naturalOrder()))
        .map("; did you mean '%s'?"::formatted)
        .orElse("");
  }

  /** Levenshtein's edit distance, letter case aside. */
  static int distance(String left, String right) {
    String a = left.toLowerCase(Locale.ROOT);
    String b = right.toLowerCase(Locale.ROOT);
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replace, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
