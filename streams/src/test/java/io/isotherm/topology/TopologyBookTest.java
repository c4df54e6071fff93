package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.isotherm.avro.ChipModel;
import io.isotherm.avro.JobMember;
import io.isotherm.avro.JobPlacement;
import io.isotherm.avro.PodTopology;
import io.isotherm.model.Placement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class TopologyBookTest {
  private final TopologyBook book = new TopologyBook();

  static PodTopology pod(String name, long fromMs) {
    return new PodTopology(
        name,
        "test",
        "test",
        fromMs,
        1,
        2,
        2,
        0,
        List.of(),
        List.of(0, 0),
        1,
        1,
        new ChipModel("chip", "vendor", 870, 890, 950, true, null, null, null, null, null));
  }

  @Test
  void aPodIsThereFromItsFirstVersionOn() {
    book.pod(pod("pod-00", 2_000));
    book.pod(pod("pod-00", 1_000));
    book.pod(pod("pod-01", 1_500));

    assertThat(book.podsAt(999)).isEmpty();
    assertThat(book.podsAt(1_000)).containsExactly("pod-00");
    assertThat(book.podsAt(5_000)).containsExactly("pod-00", "pod-01");
  }

  @Test
  void aVersionThatIsBroughtForwardTakesThePlaceOfTheOneAnnounced() {
    book.pod(pod("pod-00", 1_000));
    TopologyBook.Version first = first("pod-00");
    book.pod(pod("pod-00", 9_000));
    book.pod(pod("pod-00", 5_000));

    assertThat(afterwards(first)).containsExactly(5_000L);
  }

  @Test
  void aVersionIsPutOffByTheOneInForcePublishedOnceMore() {
    book.pod(pod("pod-00", 1_000));
    TopologyBook.Version first = first("pod-00");
    book.pod(pod("pod-00", 5_000));
    book.pod(pod("pod-00", 1_000));
    assertThat(afterwards(first)).isEmpty();

    book.pod(pod("pod-00", 9_000));

    assertThat(afterwards(first)).containsExactly(9_000L);
  }

  private TopologyBook.Version first(String pod) {
    return Objects.requireNonNull(book.page().first(pod));
  }

  private List<Long> afterwards(TopologyBook.Version version) {
    List<Long> times = new ArrayList<>();
    for (TopologyBook.Version v = version; v != null; v = book.page().after(v)) {
      times.add(v.fromMs());
    }
    return times.subList(1, times.size());
  }

  @Test
  void aPageStaysAsItIsAndAChangedBookHasANewOne() {
    book.job(job("a", 2_000));
    TopologyBook.Page before = book.page();
    assertThat(book.page()).isSameAs(before);

    book.job(job("b", 1_000));
    assertThat(before.placements()).extracting(Placement::job).containsExactly("a");
    assertThat(book.page()).isNotSameAs(before);
    assertThat(book.page().placements()).extracting(Placement::job).containsExactly("b", "a");

    book.removeJob("b");
    book.removePod("pod-00");
    assertThat(book.page().placements()).extracting(Placement::job).containsExactly("a");
  }

  @Test
  void aNewerPlacementOfAJobHoldsFromItsTimeAndTheOneBeforeUntilThen() {
    book.job(job("a", 1_000));
    book.job(job("a", 9_000));

    assertThat(book.page().placements())
        .extracting(p -> p.job() + " " + p.fromMs() + " " + p.untilMs())
        .containsExactly("a 1000 9000", "a 9000 " + Long.MAX_VALUE);

    book.removeJob("a");
    assertThat(book.page().placements()).isEmpty();
  }

  @Test
  void aJobThatIsPlacedAnewForMonthsDoesNotFillTheMemory() {
    for (int minute = 0; minute < 10_000; minute++) {
      book.job(job("a", minute * 60_000L));
    }

    assertThat(book.page().placements()).hasSize(64);
    assertThat(book.page().placements().get(63).fromMs()).isEqualTo(9_999 * 60_000L);
  }

  @Test
  void whatCannotBeRightIsNotEntered() {
    book.job(job("a", 2_000));
    TopologyBook.Page before = book.page();
    JobPlacement nowhere = job("a", 3_000);
    nowhere.setMembers(List.of());

    assertThatThrownBy(() -> book.job(nowhere)).isInstanceOf(IllegalArgumentException.class);
    assertThat(book.page()).isSameAs(before);
  }

  /** A copy of all jobs for each of them would take minutes. */
  @Test
  void manyJobsAreReadInNoTime() {
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          for (int i = 0; i < 100_000; i++) {
            book.job(job("job-" + i, i));
          }
        });
    assertThat(book.page().placements()).hasSize(100_000);
  }

  private static JobPlacement job(String name, long fromMs) {
    return new JobPlacement(
        name, fromMs, null, true, List.of(new JobMember("pod-00", 0, 2, "worker", 0)));
  }
}
