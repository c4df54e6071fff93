package io.isotherm.schemas;

import org.apache.avro.Schema;

/**
 * Where the ids in the framing come from: the {@linkplain SchemaHistory bundled history}, or a
 * {@linkplain SchemaRegistry registry}. Safe for use by several threads.
 */
public interface SchemaIds {
  /**
   * The id to write with the newest schema of a subject.
   *
   * @param subject name of the topic and {@code -value}
   * @throws IllegalArgumentException if this build knows no such subject
   * @throws org.apache.kafka.common.KafkaException if a registry cannot be asked
   */
  int newestId(String subject);

  /**
   * The schema that values with this id were written with.
   *
   * @throws UndecodableException if the id is not known, or stands for what is no Avro schema
   * @throws org.apache.kafka.common.KafkaException if a registry cannot be asked; the value may be
   *     good
   */
  Schema schema(int id);
}
