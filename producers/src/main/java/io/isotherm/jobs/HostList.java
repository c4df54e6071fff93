package io.isotherm.jobs;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lists of hosts as Slurm writes them: {@code gpu-[001-003,007],login1} is five hosts. A host may
 * have several brackets, {@code r[1-2]n[1-8]}; numbers keep their leading zeros.
 */
final class HostList {
  /** Hosts of one list; more is a slip. */
  private static final int MOST_HOSTS = 200_000;

  private static final Pattern RANGE = Pattern.compile("(\\d{1,9})(?:-(\\d{1,9}))?");

  private HostList() {}

  /**
   * The hosts of a list, in its order; none of an empty one.
   *
   * @throws IllegalArgumentException if it is no list of hosts; the message says why
   */
  static List<String> expand(String list) {
    List<String> hosts = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i <= list.length(); i++) {
      char c = i == list.length() ? ',' : list.charAt(i);
      depth += c == '[' ? 1 : c == ']' ? -1 : 0;
      check(depth == 0 || (depth == 1 && i < list.length()), list, "its brackets do not match");
      if (c == ',' && depth == 0) {
        String item = list.substring(start, i).trim();
        if (!item.isEmpty()) {
          expand("", item, list, hosts);
        }
        start = i + 1;
      }
    }
    return hosts;
  }

  private static void expand(String before, String item, String list, List<String> into) {
    int open = item.indexOf('[');
    if (open < 0) {
      into.add(before + item);
      check(into.size() <= MOST_HOSTS, list, "more than %d hosts".formatted(MOST_HOSTS));
      return;
    }
    int close = item.indexOf(']', open);
    String prefix = before + item.substring(0, open);
    String rest = item.substring(close + 1);
    for (String range : item.substring(open + 1, close).split(",", -1)) {
      Matcher m = RANGE.matcher(range.trim());
      check(m.matches(), list, "'%s' is no number and no range".formatted(range));
      int first = Integer.parseInt(m.group(1));
      int last = m.group(2) == null ? first : Integer.parseInt(m.group(2));
      check(first <= last, list, "'%s' goes backwards".formatted(range));
      check(last - first < MOST_HOSTS, list, "more than %d hosts".formatted(MOST_HOSTS));
      for (int n = first; n <= last; n++) {
        String digits = Integer.toString(n);
        String zeros = "0".repeat(Math.max(0, m.group(1).length() - digits.length()));
        expand(prefix + zeros + digits, rest, list, into);
      }
    }
  }

  private static void check(boolean ok, String list, String why) {
    if (!ok) {
      throw new IllegalArgumentException("'%s' is no list of hosts: %s".formatted(list, why));
    }
  }
}
