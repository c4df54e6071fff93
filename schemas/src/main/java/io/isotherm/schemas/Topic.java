package io.isotherm.schemas;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.serialization.Serde;

/**
 * A topic: its name, what is in it, and how it is created. All of them stand in {@link Topics}.
 *
 * @param name name in Kafka
 * @param keySerde reads and writes keys; safe for use by several threads
 * @param valueType generated class of the values
 * @param partitions partitions when it is created without a wish of the user
 * @param config Kafka's topic configuration when it is created
 * @param <K> type of the keys
 * @param <V> type of the values
 */
public record Topic<K, V extends SpecificRecord>(
    String name,
    Serde<K> keySerde,
    Class<V> valueType,
    int partitions,
    Map<String, String> config) {

  /** Most characters that Kafka takes in a name. */
  public static final int MOST_NAME_LENGTH = 249;

  /** What Kafka takes as a name; it makes a directory of it. */
  private static final Pattern NAME =
      Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._-]{1," + MOST_NAME_LENGTH + "}");

  static {
    TrustedClasses.trust();
  }

  /** Whether Kafka takes a topic of this name. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** Copies the configuration. */
  public Topic {
    config = Map.copyOf(config);
  }

  /** Subject of the values' schema in a registry. */
  public String subject() {
    return name + "-value";
  }

  /** The newest schema of the values. */
  public Schema valueSchema() {
    return SpecificData.get().getSchema(valueType);
  }

  /**
   * A new serde for the values: framed Avro of any version, resolved to the newest. Failures to
   * read are {@link UndecodableException}s. Safe for use by several threads.
   *
   * <p>For reports it is the slow way; see {@code ReportReader} and {@code ReportWriter}.
   */
  public Serde<V> valueSerde(SchemaIds ids) {
    return new AvroSerde<>(valueType, subject(), ids);
  }

  /** What to give to Kafka's Admin to create this topic; the broker chooses the replicas. */
  public NewTopic newTopic() {
    return newTopic(partitions);
  }

  /** As {@link #newTopic()}, with the given number of partitions. */
  public NewTopic newTopic(int partitions) {
    return new NewTopic(name, Optional.of(partitions), Optional.empty()).configs(config);
  }
}
