package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.isotherm.model.Report;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.UndecodableException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReportPackerTest {
  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());

  private static byte[] bytes(GenericRecord chunk) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<GenericRecord>(PackedForm.SCHEMA).write(chunk, encoder);
    encoder.flush();
    return out.toByteArray();
  }

  private List<byte[]> read(byte[] block) throws IOException {
    ReportUnpacker unpacker = new ReportUnpacker(PackedForm.SCHEMA);
    unpacker.open(block, 0, block.length, 1);
    Report report = new Report();
    List<byte[]> all = new ArrayList<>();
    while (unpacker.next(report)) {
      all.add(writer.toBytes(report));
    }
    return all;
  }

  /** Several chunks by one packer, because what it chooses for a chunk it learns from the last. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void anyReportsComeBackAsTheyWere(long seed) throws IOException {
    OddReports odd = new OddReports(seed);
    ReportPacker packer = new ReportPacker(1 << 20);
    Report report = new Report();
    for (int chunk = 0; chunk < 4; chunk++) {
      List<byte[]> plain = new ArrayList<>();
      List<ObviousUnpacker.Plain> obvious = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        odd.next(report);
        plain.add(writer.toBytes(report));
        obvious.add(ObviousUnpacker.plain(report));
        packer.add(report);
      }
      GenericRecord packed = packer.take();
      byte[] block = bytes(packed);
      assertThat(ObviousUnpacker.unpack(packed)).isEqualTo(obvious);
      assertThat(read(block).toArray(byte[][]::new)).isDeepEqualTo(plain.toArray(byte[][]::new));
    }
  }

  @Test
  void aChunkWithoutReportsHasNone() throws IOException {
    assertThat(read(bytes(new ReportPacker(1).take()))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void bytesThatNobodyPackedAreRefusedOrReports(long seed) throws IOException {
    OddReports odd = new OddReports(seed);
    ReportPacker packer = new ReportPacker(1 << 20);
    Report report = new Report();
    for (int i = 0; i < 30; i++) {
      odd.next(report);
      packer.add(report);
    }
    byte[] block = bytes(packer.take());
    SplittableRandom random = new SplittableRandom(seed);
    int refused = 0;
    for (int i = 0; i < 5_000; i++) {
      byte[] broken = block.clone();
      for (int k = random.nextInt(3); k >= 0; k--) {
        broken[random.nextInt(broken.length)] = (byte) random.nextInt();
      }
      int length = random.nextInt(10) == 0 ? random.nextInt(broken.length) : broken.length;
      try {
        read(Arrays.copyOf(broken, length));
      } catch (UndecodableException | IOException | AvroRuntimeException e) {
        assertThat(e.getMessage()).isNotEmpty();
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void aReadingThatCannotBeIsNamed() throws IOException {
    ReportPacker packer = new ReportPacker(1);
    Report report = new Report();
    report.health[report.addChip(0)] = Report.HEALTH_FATAL;
    packer.add(report);
    report.clear();
    report.temperature[report.addChip(0)] = Integer.MAX_VALUE;
    packer.add(report);
    GenericRecord chunk = packer.take();
    GenericRecord temperature = (GenericRecord) chunk.get("chip_temperature_decicelsius");
    chunk.put("chip_health", temperature);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> read(bytes(GenericData.get().deepCopy(PackedForm.SCHEMA, chunk))))
        .withMessageContaining("chip_health: 2147483647 cannot be a reading");
  }
}
