package io.isotherm.launcher;

import io.isotherm.bridge.BoardHosts;
import io.isotherm.bridge.BridgeException;
import io.isotherm.export.HostNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hosts of boards by files of targets, which are read again when they have changed; of what
 * cannot be used then the last that could holds. Safe for use by several threads.
 */
final class HostFiles implements HostNames {
  private static final Logger log = LoggerFactory.getLogger(HostFiles.class);

  /** The pod, the cabinet and the board of a path. */
  private static final Pattern BOARD = Pattern.compile("[^/]+/cab-[^/]+/board-[^/]+");

  /** Time between two looks at the files. */
  private static final long LOOK_NANOS = Duration.ofSeconds(5).toNanos();

  private final List<Path> files;
  private final LongSupplier nanoTime;
  private Map<String, String> hosts;
  private List<@Nullable FileTime> read;
  private long lookedNanos;

  /**
   * Reads the files.
   *
   * @throws BridgeException if one cannot be used; the message says which, where and why
   */
  HostFiles(List<Path> files, LongSupplier nanoTime) {
    this.files = List.copyOf(files);
    this.nanoTime = nanoTime;
    this.lookedNanos = nanoTime.getAsLong();
    this.read = times();
    this.hosts = BoardHosts.byBoard(this.files);
  }

  @Override
  public synchronized Optional<String> of(String subject) {
    long now = nanoTime.getAsLong();
    if (now - lookedNanos >= LOOK_NANOS) {
      lookedNanos = now;
      look();
    }
    Matcher board = BOARD.matcher(subject);
    return board.lookingAt() ? Optional.ofNullable(hosts.get(board.group())) : Optional.empty();
  }

  private void look() {
    List<@Nullable FileTime> times = times();
    if (times.equals(read)) {
      return;
    }
    read = times;
    try {
      hosts = BoardHosts.byBoard(files);
    } catch (BridgeException e) {
      log.warn("{}; the hosts stay as they were read before", e.getMessage());
    }
  }

  private List<@Nullable FileTime> times() {
    List<@Nullable FileTime> times = new ArrayList<>();
    for (Path file : files) {
      try {
        times.add(Files.getLastModifiedTime(file));
      } catch (IOException e) {
        // Reading says why.
        times.add(null);
      }
    }
    return times;
  }
}
