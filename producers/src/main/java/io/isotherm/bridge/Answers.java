package io.isotherm.bridge;

import io.isotherm.model.PodLayout;
import io.isotherm.readings.ReadingField;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Makes readings of what exporters answer. */
final class Answers {
  private Answers() {}

  /**
   * Takes the readings of an answer.
   *
   * @param into gets them; has none yet, and has none if there is a failure
   * @return why it has none; null if it has
   */
  static @Nullable String take(
      Scraper.Answer answer, PodLayout layout, long nowMs, BoardReadings into) {
    if (answer.text() == null) {
      return answer.failure() == null ? "no answer" : answer.failure();
    }
    try {
      answer.exporter().readings().read(answer.text(), layout, nowMs, into);
    } catch (BridgeException e) {
      return e.getMessage();
    }
    if (!into.isEmpty()) {
      return null;
    }
    String nothing =
        "its answer has no reading of a chip or port that %s knows"
            .formatted(answer.exporter().readings().name());
    return into.complaints().values().stream()
        .findFirst()
        .map(complaint -> nothing + ": " + complaint)
        .orElse(nothing);
  }

  /** What an answer is good for. */
  static CheckedExporter check(
      BridgedBoard board, Scraper.Answer answer, PodLayout layout, long nowMs) {
    BoardReadings readings = new BoardReadings();
    String failure = take(answer, layout, nowMs, readings);
    Set<String> missing = new TreeSet<>(answer.exporter().readings().fields());
    List<String> given = readings.fields().stream().map(ReadingField::label).toList();
    given.forEach(missing::remove);
    Set<ReadingField> serves = readings.fields();
    if (!answer.exporter().readings().knowsFatal()) {
      serves.remove(ReadingField.HEALTH);
    }
    return new CheckedExporter(
        board.path(),
        answer.exporter().url(),
        answer.exporter().readings().name(),
        answer.tookMs(),
        failure,
        readings.count(false),
        readings.count(true),
        given,
        new GivenReadings(serves, readings.fieldsOfOwnPorts(layout)),
        List.copyOf(missing),
        List.copyOf(readings.complaints().values()),
        List.copyOf(readings.passedOver()));
  }
}
