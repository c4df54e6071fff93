package io.isotherm.export;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes of an exposition, which grow as samples are appended. Everything is written as client_java
 * writes it.
 */
final class ExpositionText {
  /** From here on {@link Double#toString} writes an exponent, and no gauge of ours is there. */
  private static final double PLAIN = 1e7;

  private byte[] bytes = new byte[256];
  private int length;

  private void reserve(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }
  }

  ExpositionText append(byte[] utf8) {
    reserve(utf8.length);
    System.arraycopy(utf8, 0, bytes, length, utf8.length);
    length += utf8.length;
    return this;
  }

  ExpositionText append(ExpositionText text) {
    reserve(text.length);
    System.arraycopy(text.bytes, 0, bytes, length, text.length);
    length += text.length;
    return this;
  }

  ExpositionText append(String text) {
    int n = text.length();
    reserve(n);
    int at = length;
    for (int i = 0; i < n; i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        return append(text.getBytes(StandardCharsets.UTF_8));
      }
      bytes[at++] = (byte) c;
    }
    length = at;
    return this;
  }

  /** Appends a label's value, in which a quote, a backslash and the end of a line are escaped. */
  ExpositionText appendEscaped(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\' || c == '\n') {
        return append(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
      }
    }
    return append(value);
  }

  ExpositionText append(long value) {
    if (value < 0) {
      return append(Long.toString(value));
    }
    int digits = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    reserve(digits);
    long rest = value;
    for (int at = length + digits - 1; at >= length; at--) {
      bytes[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += digits;
    return this;
  }

  /**
   * Appends a number as {@link Double#toString} writes it, but for {@code +Inf} and {@code -Inf}.
   *
   * <p>Nearly all of ours are whole or have up to three decimals. Of those the decimals are the
   * shortest ones that read as the same number, because two decimals of up to 15 digits never do.
   */
  ExpositionText append(double value) {
    long thousandths = Math.round(value * 1e3);
    if (!(Math.abs(value) < PLAIN) || thousandths / 1e3 != value) {
      return append(
          Double.isInfinite(value) ? (value > 0 ? "+Inf" : "-Inf") : Double.toString(value));
    }
    if (thousandths < 0) {
      append("-");
      thousandths = -thousandths;
    }
    append(thousandths / 1_000).append(".");
    long decimals = thousandths % 1_000;
    for (int unit = 100; unit == 100 || decimals > 0; unit /= 10) {
      append(decimals / unit);
      decimals %= unit;
    }
    return this;
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }
}
