package io.isotherm.recording;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The right to write a recording, which one writer at a time has: a lock of the system on a file in
 * the directory. It ends with the process, however that ends; the file that a killed process leaves
 * is locked by nobody, and the next writer takes it over.
 */
final class RecordingLock implements AutoCloseable {
  /** Name of the file; it is there while the recording is written. */
  static final String NAME = "recorder.lock";

  /**
   * Directories that this process writes. The system forgets a process's lock on a file as soon as
   * the process closes that file anywhere, so a second writer here must not even open it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final FileChannel channel;

  private RecordingLock(Path directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /**
   * Locks a directory, which must be there.
   *
   * @throws RecordingException if another writer has it
   * @throws IOException if nothing can be locked there
   */
  static RecordingLock of(Path directory) throws IOException {
    Path real = directory.toRealPath();
    if (!HELD.add(real)) {
      throw taken(directory);
    }
    FileChannel locked = null;
    try {
      while (locked == null) {
        locked = lock(directory, real.resolve(NAME));
      }
      return new RecordingLock(real, locked);
    } finally {
      if (locked == null) {
        HELD.remove(real);
      }
    }
  }

  private static RecordingException taken(Path directory) {
    return new RecordingException(
        "%s is being written by another process: end that one, or name another directory"
            .formatted(directory));
  }

  /** The locked file; null if the writer before deleted it meanwhile. */
  private static @Nullable FileChannel lock(Path directory, Path file) throws IOException {
    boolean made = false;
    try {
      Files.createFile(file);
      made = true;
    } catch (FileAlreadyExistsException e) {
      // Somebody writes here, or was killed.
    }
    FileChannel channel = null;
    boolean locked = false;
    try {
      Object found = key(file);
      channel = FileChannel.open(file, StandardOpenOption.WRITE);
      if (!isLocked(channel, file, made)) {
        throw taken(directory);
      }
      // Otherwise it is not the file that others find there.
      locked = Objects.equals(found, key(file));
      return locked ? channel : null;
    } catch (NoSuchFileException e) {
      return null;
    } finally {
      if (channel != null && !locked) {
        channel.close();
      }
    }
  }

  private static boolean isLocked(FileChannel channel, Path file, boolean made) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (IOException e) {
      if (made) {
        Files.deleteIfExists(file);
      }
      throw new IOException(
          "cannot lock %s: %s; name a directory on another file system"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /** What tells a file from another one of its name. */
  private static @Nullable Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  /** Gives the directory free, and adds to a failure what hinders that. */
  void closeAfter(Exception failure) {
    try {
      close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Gives the directory free, if that was not done before. */
  @Override
  public void close() throws IOException {
    if (!channel.isOpen()) {
      return;
    }
    try (channel) {
      // While it is locked: nobody else can have it.
      Files.deleteIfExists(directory.resolve(NAME));
    } finally {
      HELD.remove(directory);
    }
  }
}
