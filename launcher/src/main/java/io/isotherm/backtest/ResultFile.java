package io.isotherm.backtest;

import io.isotherm.schemas.FileFailure;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/**
 * A file for a result: until that is whole it is written beside its place, so that what was there
 * before stays if it fails. What is no plain file, such as {@code /dev/stdout}, is written at once.
 */
public final class ResultFile implements AutoCloseable {
  private final Path place;

  /** Where it is written; null if that is its place. */
  private final @Nullable Path beside;

  private final OutputStream out;

  private ResultFile(Path place, @Nullable Path beside) throws IOException {
    this.place = place;
    this.beside = beside;
    this.out = new BufferedOutputStream(Files.newOutputStream(beside == null ? place : beside));
  }

  /**
   * Begins to write a file.
   *
   * @throws IOException if it cannot be written; the exception has its name
   */
  public static ResultFile begin(Path file) throws IOException {
    try {
      Path place = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
      boolean plain =
          Files.notExists(file) || (Files.isRegularFile(file) && Files.isWritable(file));
      // What is there and cannot be written says so itself.
      return new ResultFile(place, plain ? beside(place) : null);
    } catch (FileSystemException e) {
      throw new FileSystemException(file.toString(), null, FileFailure.reason(e));
    }
  }

  private static Path beside(Path place) {
    return place.resolveSibling(
        "%s.%d.part".formatted(place.getFileName(), ProcessHandle.current().pid()));
  }

  /** Takes what is in it; closed by this file. */
  public OutputStream out() {
    return out;
  }

  /**
   * Says that it is whole, and puts it in its place.
   *
   * @throws IOException if it cannot be written
   */
  public void finish() throws IOException {
    out.close();
    if (beside != null) {
      Files.move(beside, place, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Leaves what was there before, unless it is finished. */
  @Override
  public void close() throws IOException {
    try {
      out.close();
    } finally {
      if (beside != null) {
        Files.deleteIfExists(beside);
      }
    }
  }
}
