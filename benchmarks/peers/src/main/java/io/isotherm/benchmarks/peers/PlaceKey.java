package io.isotherm.benchmarks.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.common.utils.Bytes;

/**
 * Keys of ports, chips, cabinets and pods as bytes that need no decoding: two bytes of cabinet,
 * board, chip and port, as far as the place has them, and the pod's name. The numbers come first so
 * that the name's length is known.
 */
final class PlaceKey {
  private static final int PORT = 8;
  private static final int CHIP = 6;
  private static final int CABINET = 2;

  private PlaceKey() {}

  static Bytes port(byte[] pod, int cabinet, int board, int chip, int port) {
    byte[] key = new byte[1 + PORT + pod.length];
    key[0] = PORT;
    put(key, 1, cabinet);
    put(key, 3, board);
    put(key, 5, chip);
    put(key, 7, port);
    System.arraycopy(pod, 0, key, 1 + PORT, pod.length);
    return Bytes.wrap(key);
  }

  static Bytes chip(byte[] pod, int cabinet, int board, int chip) {
    byte[] key = new byte[1 + CHIP + pod.length];
    key[0] = CHIP;
    put(key, 1, cabinet);
    put(key, 3, board);
    put(key, 5, chip);
    System.arraycopy(pod, 0, key, 1 + CHIP, pod.length);
    return Bytes.wrap(key);
  }

  private static void put(byte[] key, int at, int number) {
    key[at] = (byte) (number >> 8);
    key[at + 1] = (byte) number;
  }

  static Bytes cabinetOf(Bytes chip) {
    byte[] from = chip.get();
    byte[] key = new byte[from.length - CHIP + CABINET];
    key[0] = CABINET;
    key[1] = from[1];
    key[2] = from[2];
    System.arraycopy(from, 1 + CHIP, key, 1 + CABINET, from.length - CHIP - 1);
    return Bytes.wrap(key);
  }

  static Bytes podOf(Bytes cabinet) {
    byte[] from = cabinet.get();
    byte[] key = new byte[from.length - CABINET];
    System.arraycopy(from, 1 + CABINET, key, 1, key.length - 1);
    return Bytes.wrap(key);
  }

  static int cabinet(Bytes key) {
    byte[] from = key.get();
    return (from[1] & 0xff) << 8 | (from[2] & 0xff);
  }

  /** The board of a chip, in its cabinet. */
  static int board(Bytes chip) {
    byte[] from = chip.get();
    return (from[3] & 0xff) << 8 | (from[4] & 0xff);
  }

  /** The position of a chip, on its board. */
  static int position(Bytes chip) {
    byte[] from = chip.get();
    return (from[5] & 0xff) << 8 | (from[6] & 0xff);
  }

  static String pod(Bytes key) {
    byte[] from = key.get();
    int at = 1 + from[0];
    return new String(from, at, from.length - at, UTF_8);
  }

  /** The pod's name as the key of its reports has it. */
  static byte[] podBytes(Bytes key) {
    byte[] from = key.get();
    int at = 1 + from[0];
    byte[] pod = new byte[from.length - at];
    System.arraycopy(from, at, pod, 0, pod.length);
    return pod;
  }
}
