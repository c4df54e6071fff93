package io.isotherm.bridge;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.readings.ReadingField;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** What all exporters of a board said of it in one round, and what of it was no use. */
final class BoardReadings {
  /** An exporter that is wrong is wrong in every line. */
  private static final int MOST_COMPLAINTS = 20;

  private final SortedMap<PartOfBoard, Map<ReadingField, Long>> readings = new TreeMap<>();
  private final Map<String, String> complaints = new LinkedHashMap<>();
  private final Set<String> passedOver = new LinkedHashSet<>();

  /** Takes a value, in the reading's own unit, unless there is one. */
  void put(PartOfBoard part, ReadingField field, long value) {
    readings
        .computeIfAbsent(part, p -> new EnumMap<>(ReadingField.class))
        .putIfAbsent(field, value);
  }

  /** Takes what another exporter said of the board. */
  void addAll(BoardReadings other) {
    other.readings.forEach((part, of) -> of.forEach((field, value) -> put(part, field, value)));
    other.complaints.forEach(this::complain);
    other.passedOver.forEach(this::passOver);
  }

  /**
   * Takes a note of what was no use.
   *
   * @param key what it is about; of several notes on it the first stays
   * @param what the note, in which numbers may differ from round to round
   */
  void complain(String key, String what) {
    if (complaints.size() < MOST_COMPLAINTS) {
      complaints.putIfAbsent(key, what);
    }
  }

  /** Takes a note of what the mapping leaves out on purpose. */
  void passOver(String what) {
    if (passedOver.size() < MOST_COMPLAINTS) {
      passedOver.add(what);
    }
  }

  Set<String> passedOver() {
    return passedOver;
  }

  /** Notes of what was no use, by what they are about. */
  Map<String, String> complaints() {
    return complaints;
  }

  boolean isEmpty() {
    return readings.isEmpty();
  }

  /** How many chips, or links, have a reading. */
  long count(boolean links) {
    return readings.keySet().stream().filter(part -> part.isLink() == links).count();
  }

  /** The readings of which there is a value. */
  Set<ReadingField> fields() {
    Set<ReadingField> fields = EnumSet.noneOf(ReadingField.class);
    readings.values().forEach(of -> fields.addAll(of.keySet()));
    return fields;
  }

  /** The readings of which there is a value of a chip's own port, not of a network card. */
  Set<ReadingField> fieldsOfOwnPorts(PodLayout layout) {
    Set<ReadingField> fields = EnumSet.noneOf(ReadingField.class);
    readings.forEach(
        (part, of) -> {
          if (part.isLink() && layout.portGroup(part.port()).ofChip()) {
            fields.addAll(of.keySet());
          }
        });
    return fields;
  }

  /** The readings of links, which equal those of another round if nothing was refreshed. */
  SortedMap<PartOfBoard, Map<ReadingField, Long>> links() {
    SortedMap<PartOfBoard, Map<ReadingField, Long>> links = new TreeMap<>(readings);
    links.keySet().removeIf(part -> !part.isLink());
    return links;
  }

  /** Fills the chips into a report. */
  void fillChips(Report report) {
    readings.forEach(
        (part, of) -> {
          if (!part.isLink()) {
            int i = report.addChip(part.chip());
            of.forEach((field, value) -> field.put(report, i, value));
          }
        });
  }

  /** Fills links into a report. */
  static void fillLinks(Report report, SortedMap<PartOfBoard, Map<ReadingField, Long>> links) {
    links.forEach(
        (link, of) -> {
          int i = report.addLink(link.chip(), link.port());
          of.forEach((field, value) -> field.put(report, i, value));
        });
  }
}
