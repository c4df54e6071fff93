package io.isotherm.bridge;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What hosts are, by their names: letter case does not matter, and a host is also found by its name
 * before the first dot if no other is called so.
 *
 * @param <B> what a host is
 */
public final class ByHost<B> {
  private final Map<String, B> byName = new HashMap<>();

  /** What hosts of these names are. */
  public ByHost(Map<String, B> hosts) {
    Map<String, Set<B>> byShortName = new HashMap<>();
    hosts.forEach(
        (host, is) ->
            byShortName.computeIfAbsent(shortName(host), name -> new HashSet<>()).add(is));
    byShortName.forEach(
        (name, of) -> {
          // Of two hosts with one name nobody can say which is meant.
          if (of.size() == 1) {
            byName.put(name, of.iterator().next());
          }
        });
    hosts.forEach((host, is) -> byName.put(host.toLowerCase(Locale.ROOT), is));
  }

  /** What a host is; null if it is not known. */
  public @Nullable B find(String host) {
    B whole = byName.get(host.toLowerCase(Locale.ROOT));
    return whole != null ? whole : byName.get(shortName(host));
  }

  /** The name before the first dot; of an address all of it. */
  private static String shortName(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    int dot = name.indexOf('.');
    return dot <= 0 || name.matches("[0-9.]+") ? name : name.substring(0, dot);
  }
}
