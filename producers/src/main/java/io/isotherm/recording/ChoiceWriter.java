package io.isotherm.recording;

import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/** Numbers that are mostly zero: runs of zeros are counted. */
final class ChoiceWriter {
  private final PlanesWriter codes = new PlanesWriter();
  private final PlanesWriter runs = new PlanesWriter();
  private long zeros;

  void put(long code) {
    if (code == 0) {
      zeros++;
    } else {
      endRun();
      codes.put(code);
    }
  }

  void putZeros(int count) {
    zeros += count;
  }

  private void endRun() {
    if (zeros > 0) {
      codes.put(0);
      runs.put(zeros - 1);
      zeros = 0;
    }
  }

  long bytes() {
    return codes.bytes() + runs.bytes();
  }

  /** Moves all into the fields {@code codes} and {@code runs} of a record. */
  void take(GenericRecord into) {
    endRun();
    into.put("codes", codes.take());
    into.put("runs", runs.take());
  }

  GenericRecord take(Schema schema) {
    GenericRecord record = new GenericData.Record(schema);
    take(record);
    return record;
  }
}
