package io.isotherm.recording;

import io.isotherm.avro.ReplayEvent;
import io.isotherm.avro.ReplayMarker;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what happens to a replay where dashboards find it. A marker that Kafka does not take is
 * logged and ends nothing: the reports are whole without it.
 */
final class ReplayMarkers {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayMarkers.class);

  private final Producer<byte[], byte[]> producer;
  private final Serializer<ReplayMarker> serializer;
  private final String topic;
  private final String recording;
  private final @Nullable Double speed;

  ReplayMarkers(
      Producer<byte[], byte[]> producer,
      Path recording,
      Replayer.Settings settings,
      SchemaIds ids) {
    this.producer = producer;
    this.serializer = Topics.REPLAYS.valueSerde(ids).serializer();
    this.topic = settings.topic();
    this.recording = String.valueOf(recording.toAbsolutePath().normalize().getFileName());
    this.speed = Double.isInfinite(settings.speed()) ? null : settings.speed();
  }

  /**
   * Writes a marker.
   *
   * @param timeMs wall time at which it happened, in milliseconds since 1970-01-01 UTC
   * @param at how far the replay was
   */
  void mark(ReplayEvent event, long timeMs, Replayer.Progress at) {
    ReplayMarker marker =
        new ReplayMarker(
            event, timeMs, at.positionMs(), topic, recording, speed, at.pass(), at.reports());
    var unused =
        producer.send(
            new ProducerRecord<>(
                Topics.REPLAYS.name(),
                null,
                timeMs,
                topic.getBytes(StandardCharsets.UTF_8),
                serializer.serialize(Topics.REPLAYS.name(), marker)),
            (metadata, failure) -> {
              if (failure != null) {
                LOG.warn(
                    "topic {} did not take the marker {}: {}",
                    Topics.REPLAYS.name(),
                    event,
                    failure.getMessage());
              }
            });
  }
}
