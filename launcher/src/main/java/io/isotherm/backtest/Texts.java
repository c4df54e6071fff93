package io.isotherm.backtest;

import java.util.List;

/** Rows of cells as text for a terminal and as HTML. */
public final class Texts {
  private Texts() {}

  /** Writes rows in columns of their own width; the last column is as long as it is. */
  public static void table(List<List<String>> rows, StringBuilder out) {
    if (rows.isEmpty()) {
      return;
    }
    int columns = rows.get(0).size();
    int[] width = new int[columns];
    for (List<String> row : rows) {
      for (int c = 0; c < columns; c++) {
        width[c] = Math.max(width[c], row.get(c).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        line.append(row.get(c));
        line.append(" ".repeat(width[c] - row.get(c).length() + 2));
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
  }

  static void html(List<List<String>> rows, StringBuilder out) {
    out.append("<table>\n");
    for (int r = 0; r < rows.size(); r++) {
      String cell = r == 0 ? "th" : "td";
      out.append("<tr>");
      for (String text : rows.get(r)) {
        out.append('<').append(cell).append('>').append(escaped(text));
        out.append("</").append(cell).append('>');
      }
      out.append("</tr>\n");
    }
    out.append("</table>\n");
  }

  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
