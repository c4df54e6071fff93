package io.isotherm.recording;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.file.SeekableFileInput;
import org.apache.avro.specific.SpecificDatumWriter;

/** An Avro object container file that is written to, with its length and its digest. */
final class AvroFile implements AutoCloseable {
  /**
   * Bytes of a block before compression. Larger ones are hardly smaller when compressed, and a
   * reader holds one whole block of every partition.
   */
  private static final int BLOCK_BYTES = 2 << 20;

  static {
    // What is appended to goes on with the codec that its name stands for.
    ZstandardBlocks.register();
  }

  private final FileOutput file;
  private final Counting out;
  private final DataFileWriter<Object> writer;

  /** Bytes that the disk keeps. */
  private long forced;

  /**
   * Creates the file; it must not exist.
   *
   * @param level of {@link ZstandardBlocks}
   */
  AvroFile(Path file, Schema schema, int level) throws IOException {
    this.file = new FileOutput(file, StandardOpenOption.CREATE_NEW);
    out = new Counting(new BufferedOutputStream(this.file, 1 << 16));
    writer = new DataFileWriter<>(new SpecificDatumWriter<>(schema));
    writer.setCodec(ZstandardBlocks.factory(level));
    writer.setSyncInterval(BLOCK_BYTES);
    writer.create(schema, out);
  }

  private AvroFile(Path file) throws IOException {
    long length = Files.size(file);
    this.file = new FileOutput(file, StandardOpenOption.APPEND);
    out = new Counting(new BufferedOutputStream(this.file, 1 << 16));
    out.length = length;
    writer = new DataFileWriter<>(new SpecificDatumWriter<>());
    writer.setSyncInterval(BLOCK_BYTES);
    try (SeekableFileInput before = new SeekableFileInput(file.toFile())) {
      writer.appendTo(before, out);
    }
  }

  /** Goes on with a file that ends with a whole block; its digest is not known then. */
  static AvroFile appendTo(Path file) throws IOException {
    return new AvroFile(file);
  }

  void append(Object record) throws IOException {
    writer.append(record);
  }

  /** Appends a record that is encoded already. */
  void appendEncoded(byte[] bytes, int from, int length) throws IOException {
    writer.appendEncoded(ByteBuffer.wrap(bytes, from, length));
  }

  /** Ends the block and hands everything to the system. */
  void flush() throws IOException {
    writer.flush();
  }

  /** Likewise, and has the disk keep it, before a manifest counts on it or a source is deleted. */
  void force() throws IOException {
    flush();
    if (out.length > forced) {
      file.force();
      forced = out.length;
    }
  }

  /** Bytes that were handed to the system, all of them after {@link #flush}. */
  long length() {
    return out.length;
  }

  /** SHA-256 of what was written; the file must be closed. */
  String sha256() {
    return HexFormat.of().formatHex(out.digest.digest());
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }

  /** Closes the file as it is, without the block that was begun. */
  void abandon() {
    try {
      out.close();
    } catch (IOException e) {
      // Nobody counts on what could not be written.
    }
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  private static final class Counting extends OutputStream {
    private final OutputStream to;
    private final MessageDigest digest = newSha256();
    private long length;

    Counting(OutputStream to) {
      this.to = to;
    }

    @Override
    public void write(int b) throws IOException {
      to.write(b);
      digest.update((byte) b);
      length++;
    }

    @Override
    public void write(byte[] bytes, int from, int n) throws IOException {
      to.write(bytes, from, n);
      digest.update(bytes, from, n);
      length += n;
    }

    @Override
    public void flush() throws IOException {
      to.flush();
    }

    @Override
    public void close() throws IOException {
      to.close();
    }
  }
}
