package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.IncidentEvent.Evidence;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Error codes of chips as evidence of what is found of them. */
final class ErrorCodesTest {
  private static final int CHIP = 5;
  private static final String PATH = SmallPod.LAYOUT.chipPath(CHIP);

  private final SmallPod pod = new SmallPod();

  @Test
  void aCodeAloneOpensNothing() {
    pod.run(0, 20);
    pod.codes.put(CHIP, 79L);
    pod.run(20, 60);

    assertThat(pod.incidents).isEmpty();
  }

  @Test
  void theLastCodeBeforeAChipIsGoneIsItsEvidence() {
    pod.run(0, 20);
    pod.codes.put(CHIP, 79L);
    pod.run(20, 25);
    pod.lostChips.add(CHIP);
    pod.run(25, 60);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SILENT " + PATH);
    assertThat(code(0))
        .containsExactly(new Evidence("error_code", PATH, SmallPod.START + 20_000, 79, 0, "code"));
    assertThat(pod.incidents.get(0).summary()).contains("windows, error code 79; 1 chip affected.");
  }

  @Test
  void aCodeThatCameLongBeforeIsNone() {
    pod.run(0, 20);
    pod.codes.put(CHIP, 31L);
    pod.run(20, 640);
    pod.fatalChips.add(CHIP);
    pod.run(640, 680);

    assertThat(pod.story()).containsExactly("OPENED CHIP_FATAL " + PATH);
    assertThat(code(0)).isEmpty();
  }

  @Test
  void aCodeStaysWithItsIncident() {
    pod.run(0, 20);
    pod.codes.put(CHIP, 48L);
    pod.fatalChips.add(CHIP);
    pod.run(20, 600);
    // Its exporter started anew.
    pod.codes.put(CHIP, 0L);
    pod.run(600, 640);
    pod.restore();
    pod.run(640, 900);
    pod.fatalChips.clear();
    pod.run(900, 960);

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_FATAL " + PATH, "RESOLVED CHIP_FATAL " + PATH);
    assertThat(code(0)).isNotEmpty();
    assertThat(code(1)).isEqualTo(code(0));
  }

  @Test
  void aCodeThatComesLaterIsToldOnce() {
    pod.run(0, 20);
    pod.fatalChips.add(CHIP);
    pod.run(20, 60);
    pod.codes.put(CHIP, 119L);
    pod.run(60, 100);
    pod.codes.put(CHIP, 120L);
    pod.run(100, 140);

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_FATAL " + PATH, "UPDATED CHIP_FATAL " + PATH);
    assertThat(code(0)).isEmpty();
    assertThat(code(1)).extracting(Evidence::value).containsExactly(119L);
  }

  @Test
  void aCodeThatComesAndGoesIsToldOnce() {
    pod.run(0, 20);
    pod.fatalChips.add(CHIP);
    pod.run(20, 60);
    for (int s = 60; s < 180; s += 40) {
      pod.codes.put(CHIP, 119L);
      pod.run(s, s + 20);
      pod.codes.remove(CHIP);
      pod.run(s + 20, s + 40);
    }

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_FATAL " + PATH, "UPDATED CHIP_FATAL " + PATH);
  }

  @Test
  void whatStoodThereAtFirstIsNone() {
    int other = CHIP + 1;
    pod.codes.put(CHIP, 31L);
    pod.codes.put(other, 48L);
    pod.fatalChips.add(other);
    pod.run(0, 30);
    pod.fatalChips.add(CHIP);
    pod.run(30, 60);

    assertThat(pod.story())
        .containsExactly(
            "OPENED CHIP_FATAL " + SmallPod.LAYOUT.chipPath(other), "OPENED CHIP_FATAL " + PATH);
    assertThat(code(0)).isEmpty();
    assertThat(code(1)).isEmpty();
  }

  /**
   * As with links in reports of their own, or if the exporter of a chip did not answer at first.
   */
  @Test
  void whatStoodThereWhenAChipIsHeardFirstIsNone() {
    int other = CHIP + 4;
    pod.codes.put(CHIP, 31L);
    pod.codes.put(other, 31L);
    pod.hand =
        (report, board, second) -> {
          if (second == 0 && board == SmallPod.LAYOUT.boardOfChip(CHIP)) {
            report.chipCount = 0;
          } else if (second == 0 && board == SmallPod.LAYOUT.boardOfChip(other)) {
            report.chipCount = 1;
          }
        };
    pod.run(0, 1);
    pod.restore();
    pod.run(1, 30);
    pod.fatalChips.addAll(List.of(CHIP, other));
    pod.run(30, 60);

    assertThat(pod.story()).hasSize(2).allMatch(e -> e.startsWith("OPENED CHIP_FATAL"));
    assertThat(code(0)).isEmpty();
    assertThat(code(1)).isEmpty();
  }

  @Test
  void theSameCodeAfterNoneIsAnother() {
    pod.codes.put(CHIP, 79L);
    pod.run(0, 20);
    pod.codes.put(CHIP, 0L);
    pod.run(20, 30);
    pod.codes.put(CHIP, 79L);
    pod.fatalChips.add(CHIP);
    pod.run(30, 60);

    assertThat(code(0)).extracting(Evidence::value).containsExactly(79L);
  }

  @Test
  void codesAreRestored() {
    pod.run(0, 20);
    pod.codes.put(CHIP, 79L);
    pod.run(20, 25);
    pod.restore();
    pod.lostChips.add(CHIP);
    pod.run(25, 60);

    assertThat(code(0)).extracting(Evidence::value).containsExactly(79L);
  }

  /** Pages of the version without codes do not say which of them are new. */
  @Test
  void whatStandsAfterAPageWithoutCodesIsNone() {
    pod.run(0, 25);
    PodMonitor next = new PodMonitor(SmallPod.LAYOUT, DetectorSettings.DEFAULT);
    for (int page = 0; page < next.pages(); page++) {
      byte[] bytes = pod.monitor.writePage(page);
      int codes = page == 0 ? 0 : Integer.BYTES;
      next.readPage(page, ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length - codes)));
    }
    pod.monitor = next;
    int other = CHIP + 1;
    pod.codes.put(CHIP, 31L);
    pod.run(25, 30);
    pod.codes.put(other, 48L);
    pod.fatalChips.addAll(List.of(CHIP, other));
    pod.run(30, 60);

    assertThat(pod.story())
        .containsExactly(
            "OPENED CHIP_FATAL " + PATH, "OPENED CHIP_FATAL " + SmallPod.LAYOUT.chipPath(other));
    assertThat(code(0)).isEmpty();
    assertThat(code(1)).extracting(Evidence::value).containsExactly(48L);
  }

  private List<Evidence> code(int event) {
    return pod.incidents.get(event).evidence().stream()
        .filter(e -> e.finding().equals(ErrorCodes.FINDING))
        .toList();
  }
}
