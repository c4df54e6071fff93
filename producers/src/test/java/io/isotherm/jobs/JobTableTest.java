package io.isotherm.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;

final class JobTableTest {
  private static List<ListedJob> read(String... lines) {
    JobTable.Listed listed = JobTable.read("slurm", "jobs.txt", String.join("\n", lines));
    assertThat(listed.passedOver()).isEmpty();
    return listed.jobs();
  }

  private static ListedJob worker(String name, String... hosts) {
    return new ListedJob(name, true, List.of(new ListedJob.Part(List.of(hosts), "worker", 0)));
  }

  @Test
  void theListOfSlurmIsItsRunningJobs() {
    assertThat(
            read(
                "JOBID|NAME|NODELIST",
                "4711|llama 70b/pretrain|gpu-[001-003]",
                "4712_3|sweep|gpu-007",
                "4713|waits|",
                "4714|waits|(null)",
                ""))
        .containsExactly(
            worker("slurm-4711-llama_70b_pretrain", "gpu-001", "gpu-002", "gpu-003"),
            worker("slurm-4712_3-sweep", "gpu-007"));
  }

  @Test
  void ofAListOfHostsARowForEachIsPutTogether() {
    assertThat(
            read(
                "Name | Hosts | Role | Stage | Synchronous | Owner",
                "train-a | n1 | worker | 0 | true | x",
                "train-a | n2 | worker | 1 | true | x",
                "serve-b | n3 | inference | | false | y"))
        .containsExactly(
            new ListedJob(
                "slurm-train-a",
                true,
                List.of(
                    new ListedJob.Part(List.of("n1"), "worker", 0),
                    new ListedJob.Part(List.of("n2"), "worker", 1))),
            new ListedJob(
                "slurm-serve-b",
                false,
                List.of(new ListedJob.Part(List.of("n3"), "inference", 0))));
  }

  @Test
  void aNameThatComesLastMayHaveAnythingInIt() {
    assertThat(read("JOBID|NODELIST|NAME", "5|n1|a|b [x]"))
        .containsExactly(worker("slurm-5-a_b_[x]", "n1"));
  }

  @Test
  void aHeaderAloneSaysThatNothingRuns() {
    assertThat(read("JOBID|NAME|NODELIST")).isEmpty();
  }

  @Test
  void longNamesAreCutAndStayApart() {
    String x = "x".repeat(300);
    List<ListedJob> jobs = read("NAME|NODELIST", x + "1|n1", x + "2|n2");
    assertThat(jobs).hasSize(2);
    assertThat(jobs).allSatisfy(job -> assertThat(job.name()).hasSize(100).startsWith("slurm-xxx"));
  }

  @Test
  void nothingIsNoListOfNothing() {
    refused(
        "\n",
        "jobs.txt: nothing in it; the first line must name the columns, such as"
            + " JOBID|NODELIST|NAME");
  }

  @Test
  void whatIsNoListIsRefusedWithItsPlace() {
    refused(
        "slurm_load_jobs error: Unable to contact slurm controller",
        "jobs.txt:1: the columns are 'slurm_load_jobs error: Unable to contact slurm controller';"
            + " there must be NODELIST, and JOBID or NAME, with | between them");
    passedOver(
        "JOBID|NODELIST\n1|n1\n2",
        "jobs.txt:3: 1 cells, of which the first is '2'; the first line has 2");
    refused("NODELIST|JOBID|HOSTS\nn1|1|n1", "jobs.txt:1: column 'nodelist' is there twice");
    passedOver("JOBID|NODELIST\n|n1", "jobs.txt:2: a job without id and name, of hosts 'n1'");
    passedOver(
        "JOBID|NODELIST\n1|n[1",
        "jobs.txt:2: slurm-1: 'n[1' is no list of hosts: its brackets do not match");
    passedOver(
        "JOBID|NODELIST|STAGE\n1|n1|-1",
        "jobs.txt:2: slurm-1: stage is '-1', must be a number from 0 on");
    passedOver(
        "JOBID|NODELIST|SYNCHRONOUS\n1|n1|yes",
        "jobs.txt:2: slurm-1: synchronous is 'yes', must be true or false");
  }

  /** A row that makes no sense is named, and the others count. */
  private static void passedOver(String text, String message) {
    String header = text.substring(0, text.indexOf('\n'));
    String good =
        "9|n9" + (header.endsWith("STAGE") ? "|0" : header.endsWith("SYNCHRONOUS") ? "|true" : "");
    JobTable.Listed listed = JobTable.read("slurm", "jobs.txt", text + "\r\n" + good);
    assertThat(listed.passedOver()).hasToString("[" + message + "]");
    assertThat(listed.jobs()).extracting(ListedJob::name).contains("slurm-9");
  }

  private static void refused(String text, String message) {
    assertThatExceptionOfType(JobsException.class)
        .isThrownBy(() -> JobTable.read("slurm", "jobs.txt", text))
        .withMessage(message);
  }
}
