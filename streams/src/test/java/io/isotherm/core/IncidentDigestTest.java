package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IncidentDigestTest {
  private static IncidentEvent event(String pod, long eventMs, int revision) {
    return new IncidentEvent(
        "id-" + pod,
        revision,
        IncidentEvent.Type.OPENED,
        IncidentKind.CHIP_HOT,
        IncidentEvent.Severity.WARNING,
        pod,
        pod + "/cab-000/board-0/chip-1",
        eventMs - 20_000,
        eventMs - 10_000,
        eventMs,
        1,
        "It is hot.",
        "Cool it.",
        List.of(new IncidentEvent.Evidence("chip_hot", pod, eventMs, 900, 850, "decicelsius")),
        List.of("a", "b"),
        2,
        List.of(new IncidentEvent.AffectedJob("llm", 1, 40)));
  }

  private static String of(List<IncidentEvent> events) {
    IncidentDigest digest = new IncidentDigest();
    events.forEach(digest::add);
    return digest.sha256Hex();
  }

  private static List<IncidentEvent> some() {
    List<IncidentEvent> events = new ArrayList<>();
    for (int t = 1; t <= 5; t++) {
      for (String pod : List.of("pod-00", "pod-01", "pod-02")) {
        events.add(event(pod, 100_000 + 10_000L * t, t));
      }
    }
    return events;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void theOrderInWhichEventsAreGivenDoesNotMatter(long seed) {
    List<IncidentEvent> events = some();
    String ordered = of(events);
    Collections.shuffle(events, new Random(seed));

    assertThat(of(events)).isEqualTo(ordered);
  }

  @Test
  void itIsTheSha256OfTheSortedLines() throws Exception {
    IncidentEvent late = event("pod-00", 120_000, 2);
    IncidentEvent early = event("pod-01", 110_000, 1);
    String text = IncidentDigest.line(early) + "\n" + IncidentDigest.line(late) + "\n";
    byte[] sha = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));

    assertThat(of(List.of(late, early))).isEqualTo(HexFormat.of().formatHex(sha));
    assertThat(IncidentDigest.line(early))
        .isEqualTo(
            "id-pod-01\t1\tOPENED\tCHIP_HOT\tWARNING\tpod-01\tpod-01/cab-000/board-0/chip-1\t90000"
                + "\t100000\t110000\t1\tIt is hot.\tCool it.\t1\tchip_hot\tpod-01\t110000\t900"
                + "\t850\tdecicelsius\t2\ta\tb\t2\t1\tllm\t1\t40");
  }

  @Test
  void noEventsHaveTheDigestOfNothing() {
    assertThat(of(List.of()))
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }

  @Test
  void everyComponentCounts() throws ReflectiveOperationException {
    IncidentEvent event = event("pod-00", 110_000, 1);
    RecordComponent[] components = IncidentEvent.class.getRecordComponents();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    for (int i = 0; i < components.length; i++) {
      Object[] values = new Object[components.length];
      for (int j = 0; j < values.length; j++) {
        values[j] = components[j].getAccessor().invoke(event);
      }
      values[i] = other(values[i]);
      IncidentEvent changed = IncidentEvent.class.getDeclaredConstructor(types).newInstance(values);

      assertThat(of(List.of(changed))).as(components[i].getName()).isNotEqualTo(of(List.of(event)));
    }
  }

  private static Object other(Object value) {
    if (value instanceof Integer i) {
      return i + 1;
    } else if (value instanceof Long l) {
      return l + 1;
    } else if (value instanceof String s) {
      return s + "x";
    } else if (value instanceof List<?> list) {
      return list.subList(0, list.size() - 1);
    }
    Enum<?> e = (Enum<?>) value;
    Object[] all = e.getDeclaringClass().getEnumConstants();
    return e.equals(all[0]) ? all[1] : all[0];
  }

  @Test
  void anEventThatIsThereTwiceIsAnotherStream() {
    IncidentEvent event = event("pod-00", 110_000, 1);

    assertThat(of(List.of(event, event))).isNotEqualTo(of(List.of(event)));
  }

  @Test
  void textThatHoldsASeparatorIsNotMistakenForTwo() {
    IncidentEvent e = event("pod-00", 110_000, 1);

    assertThat(of(List.of(with(e, List.of("a\tb")))))
        .isNotEqualTo(of(List.of(with(e, List.of("a", "b")))));
    assertThat(of(List.of(with(e, List.of("a\tb")))))
        .isNotEqualTo(of(List.of(with(e, List.of("a\\tb")))));
  }

  private static IncidentEvent with(IncidentEvent e, List<String> children) {
    return new IncidentEvent(
        e.id(),
        e.revision(),
        e.type(),
        e.kind(),
        e.severity(),
        e.pod(),
        e.subject(),
        e.firstSeenMs(),
        e.openedMs(),
        e.eventMs(),
        e.chipsAffected(),
        e.summary(),
        e.nextStep(),
        e.evidence(),
        children,
        2,
        e.jobs());
  }

  @Test
  void settlingChangesNothingAndForbidsThePast() {
    IncidentDigest digest = new IncidentDigest();
    for (IncidentEvent event : some()) {
      digest.add(event);
      digest.settle(event.eventMs());
    }

    assertThat(digest.sha256Hex()).isEqualTo(of(some()));
    assertThat(digest.events()).isEqualTo(15);
    IncidentEvent late = event("pod-03", 110_000, 1);
    assertThatThrownBy(() -> digest.add(late)).isInstanceOf(IllegalArgumentException.class);
  }
}
