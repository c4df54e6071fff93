package io.isotherm.jobs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a list of running jobs: lines with {@code |} between their cells, the first of which names
 * the columns, as {@code squeue --format='%i|%N|%j'} prints it. The last cell has all that is left
 * of its line. Rows of one job are put together.
 *
 * <p>Columns, in any order and case: {@code jobid}, {@code name} (one of them must be there),
 * {@code nodelist} or {@code hosts}, and if wanted {@code role} (worker), {@code stage} (0) and
 * {@code synchronous} (true). Others are passed over.
 */
final class JobTable {
  /** Of the names of jobs; they stand in paths and are labels. */
  private static final Pattern NOT_IN_NAMES = Pattern.compile("[/|\\s\\p{Cntrl}]+");

  private static final int LONGEST_NAME = 100;

  private final String source;
  private final String where;
  private final Map<String, Integer> columns = new HashMap<>();
  private final List<PassedOver> passedOver = new ArrayList<>();

  /**
   * What a list says.
   *
   * @param jobs the jobs in their order, without those that have no host yet
   * @param passedOver rows that make no sense, and why; whoever names a job must not stop the rest
   */
  record Listed(List<ListedJob> jobs, List<PassedOver> passedOver) {}

  /**
   * A row that makes no sense.
   *
   * @param where the list and the number of the row's line, from 1, which is another when jobs
   *     before it end
   * @param why what is wrong, and with which job, or else what its row has
   */
  record PassedOver(String where, String why) {
    @Override
    public String toString() {
      return where + ": " + why;
    }
  }

  private JobTable(String source, String where) {
    this.source = source;
    this.where = where;
  }

  /**
   * Reads a list.
   *
   * @param source what the names of its jobs begin with
   * @param where what the list is called in messages
   * @throws JobsException if it is no such list; the message says where and why
   */
  static Listed read(String source, String where, String text) {
    JobTable table = new JobTable(source, where);
    List<ListedJob> jobs = table.jobs(Arrays.asList(text.split("\\r?\\n", -1)));
    return new Listed(jobs, List.copyOf(table.passedOver));
  }

  private List<ListedJob> jobs(List<String> lines) {
    int line = 0;
    while (line < lines.size() && lines.get(line).isBlank()) {
      line++;
    }
    // Without a header an answer of nothing would end every job.
    if (line == lines.size()) {
      throw new JobsException(
          "%s: nothing in it; the first line must name the columns, such as JOBID|NODELIST|NAME"
              .formatted(where));
    }
    header(lines.get(line), line + 1);
    Map<String, ListedJob> jobs = new LinkedHashMap<>();
    for (line++; line < lines.size(); line++) {
      if (!lines.get(line).isBlank()) {
        try {
          ListedJob job = row(cells(lines.get(line), columns.size()));
          if (!job.parts().get(0).hosts().isEmpty()) {
            jobs.merge(job.name(), job, JobTable::together);
          }
        } catch (JobsException e) {
          passedOver.add(
              new PassedOver("%s:%d".formatted(where, line + 1), String.valueOf(e.getMessage())));
        }
      }
    }
    return List.copyOf(jobs.values());
  }

  private static List<String> cells(String line, int most) {
    List<String> cells = new ArrayList<>();
    for (String cell : line.split("\\|", most)) {
      cells.add(cell.trim());
    }
    return cells;
  }

  private void header(String line, int number) {
    List<String> names = cells(line, -1);
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i).toLowerCase(Locale.ROOT);
      String column = name.equals("hosts") ? "nodelist" : name;
      if (columns.put(column, i) != null) {
        throw new JobsException(
            "%s:%d: column '%s' is there twice".formatted(where, number, column));
      }
    }
    if (!columns.containsKey("nodelist")
        || !(columns.containsKey("jobid") || columns.containsKey("name"))) {
      throw new JobsException(
          "%s:%d: the columns are '%s'; there must be NODELIST, and JOBID or NAME, with | between them"
              .formatted(where, number, line.trim()));
    }
  }

  /**
   * The job of a row.
   *
   * @throws JobsException if it makes no sense; the message says why, but not where
   */
  private ListedJob row(List<String> cells) {
    if (cells.size() != columns.size()) {
      throw new JobsException(
          "%d cells, of which the first is '%s'; the first line has %d"
              .formatted(cells.size(), cells.get(0), columns.size()));
    }
    String id = cell(cells, "jobid", "");
    String name = cell(cells, "name", "");
    String whole = id.isEmpty() || name.isEmpty() ? id + name : id + "-" + name;
    if (whole.isEmpty()) {
      throw new JobsException(
          "a job without id and name, of hosts '%s'".formatted(cell(cells, "nodelist", "")));
    }
    String job = jobName(whole);
    String synchronous = cell(cells, "synchronous", "true").toLowerCase(Locale.ROOT);
    if (!synchronous.equals("true") && !synchronous.equals("false")) {
      throw new JobsException(
          "%s: synchronous is '%s', must be true or false".formatted(job, synchronous));
    }
    return new ListedJob(
        job,
        synchronous.equals("true"),
        List.of(
            new ListedJob.Part(
                hosts(cell(cells, "nodelist", ""), job),
                cell(cells, "role", "worker"),
                stage(cell(cells, "stage", "0"), job))));
  }

  private String jobName(String whole) {
    String name = source + "-" + NOT_IN_NAMES.matcher(whole).replaceAll("_");
    // What is cut off may be all that tells two jobs apart.
    return name.length() <= LONGEST_NAME
        ? name
        : name.substring(0, LONGEST_NAME - 9) + "-%08x".formatted(name.hashCode());
  }

  private static List<String> hosts(String list, String job) {
    try {
      return list.equals("(null)") ? List.of() : HostList.expand(list);
    } catch (IllegalArgumentException e) {
      throw new JobsException("%s: %s".formatted(job, e.getMessage()), e);
    }
  }

  private static int stage(String text, String job) {
    try {
      int stage = Integer.parseInt(text);
      if (stage >= 0) {
        return stage;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new JobsException("%s: stage is '%s', must be a number from 0 on".formatted(job, text));
  }

  private String cell(List<String> cells, String column, String otherwise) {
    @Nullable Integer i = columns.get(column);
    return i == null || cells.get(i).isEmpty() ? otherwise : cells.get(i);
  }

  private static ListedJob together(ListedJob a, ListedJob b) {
    List<ListedJob.Part> parts = new ArrayList<>(a.parts());
    parts.addAll(b.parts());
    return new ListedJob(a.name(), a.synchronous() && b.synchronous(), parts);
  }
}
