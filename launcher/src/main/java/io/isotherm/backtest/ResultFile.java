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
      Path place = place(file);
      boolean plain =
          Files.notExists(file) || (Files.isRegularFile(file) && Files.isWritable(file));
      // What is there and cannot be written says so itself.
      return new ResultFile(place, plain ? beside(place) : null);
    } catch (FileSystemException e) {
      throw new FileSystemException(file.toString(), null, FileFailure.reason(e));
    }
  }

  /**
   * Whether one of two results would take the place of the other. What is no plain file, such as
   * {@code /dev/null}, takes any number of them.
   *
   * @throws IOException if it cannot be told which files they are
   */
  public static boolean samePlace(Path one, Path other) throws IOException {
    return (Files.notExists(one) || Files.isRegularFile(one)) && place(one).equals(place(other));
  }

  /** A file by a name that it has no other of, so far as what is there tells. */
  private static Path place(Path file) throws IOException {
    if (Files.exists(file)) {
      return file.toRealPath();
    }
    Path place = file.toAbsolutePath();
    Path directory = place.getParent();
    return directory == null || !Files.exists(directory)
        ? place
        : directory.toRealPath().resolve(place.getFileName());
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
