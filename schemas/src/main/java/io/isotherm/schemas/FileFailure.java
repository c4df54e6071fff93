package io.isotherm.schemas;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * Why a file cannot be used, in words. Java's own messages are the path alone, or a count of bytes.
 */
public final class FileFailure {
  private FileFailure() {}

  /** The reason without the file's name, to stand behind it and a colon. */
  public static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file or directory";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "it exists already, and is not what is needed there";
    }
    if (e instanceof NotDirectoryException) {
      return "it is not a directory";
    }
    if (e instanceof DirectoryNotEmptyException) {
      return "the directory is not empty";
    }
    if (e instanceof FileSystemLoopException) {
      return "symbolic links lead round in a circle";
    }
    if (e instanceof CharacterCodingException) {
      return "it is not UTF-8 text";
    }
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    if (e instanceof FileNotFoundException) {
      return "it cannot be opened";
    }
    // What Linux says of a directory that is read.
    return "Is a directory".equals(e.getMessage())
        ? "it is a directory"
        : e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
