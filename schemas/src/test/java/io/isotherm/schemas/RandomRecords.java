package io.isotherm.schemas;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/** Seeded random data of any schema of this project, values at the edges included. */
final class RandomRecords {
  private static final String[] WORDS = {"", "pod-03", "pod-03/cab-017", "böse", "冷却", "🌡 35 °C"};

  private final SplittableRandom random;

  RandomRecords(long seed) {
    random = new SplittableRandom(seed);
  }

  <T extends SpecificRecord> T next(Class<T> type) {
    Schema schema = SpecificData.get().getSchema(type);
    return type.cast(SpecificData.get().deepCopy(schema, record(schema)));
  }

  GenericRecord record(Schema schema) {
    GenericData.Record r = new GenericData.Record(schema);
    for (Schema.Field f : schema.getFields()) {
      r.put(f.pos(), value(f.schema()));
    }
    return r;
  }

  private @Nullable Object value(Schema schema) {
    return switch (schema.getType()) {
      case RECORD -> record(schema);
      case ARRAY -> {
        List<Object> items = new ArrayList<>();
        for (int n = random.nextInt(10); n > 0; n--) {
          items.add(value(schema.getElementType()));
        }
        yield new GenericData.Array<>(schema, items);
      }
      case UNION -> value(schema.getTypes().get(random.nextInt(schema.getTypes().size())));
      case ENUM ->
          new GenericData.EnumSymbol(
              schema, schema.getEnumSymbols().get(random.nextInt(schema.getEnumSymbols().size())));
      case STRING -> WORDS[random.nextInt(WORDS.length)];
      case BYTES -> {
        byte[] bytes = new byte[random.nextInt(20)];
        random.nextBytes(bytes);
        yield ByteBuffer.wrap(bytes);
      }
      case INT -> {
        int n = random.nextInt() >> random.nextInt(32);
        yield n == Integer.MIN_VALUE ? 0 : n;
      }
      case LONG -> {
        long n = random.nextLong() >> random.nextInt(64);
        yield n == Long.MIN_VALUE ? 0L : n;
      }
      case BOOLEAN -> random.nextBoolean();
      case DOUBLE -> random.nextDouble();
      case FLOAT -> (float) random.nextDouble();
      case NULL -> null;
      default -> throw new IllegalArgumentException("no " + schema.getType() + " in this project");
    };
  }
}
