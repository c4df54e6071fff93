package io.isotherm.core;

import java.nio.ByteBuffer;

/**
 * Writes numbers as planes of bytes: the lowest byte of every number, then the second of every
 * number, and so on. The upper bytes of like parts are alike, so that a page laid out in this way
 * compresses to a fraction; Blosc and HDF5 call it the byte shuffle.
 */
final class Planes {
  private Planes() {}

  /** Walks over runs of numbers in one order, to write them to a page or to read them from it. */
  interface Columns {
    void of(byte[] a, int from, int n);

    void of(short[] a, int from, int n);

    void of(int[] a, int from, int stride, int n);

    void of(long[] a, int from, int stride, int n);
  }

  /** Writes what it is given to {@code out}, which has an array. */
  static Columns to(ByteBuffer out) {
    return new Columns() {
      @Override
      public void of(byte[] a, int from, int n) {
        out.put(a, from, n);
      }

      @Override
      public void of(short[] a, int from, int n) {
        put(out, a, from, n);
      }

      @Override
      public void of(int[] a, int from, int stride, int n) {
        put(out, a, from, stride, n);
      }

      @Override
      public void of(long[] a, int from, int stride, int n) {
        put(out, a, from, stride, n);
      }
    };
  }

  /** Fills what it is given from {@code in}, which {@link #to} wrote in the same order. */
  static Columns from(ByteBuffer in) {
    return new Columns() {
      @Override
      public void of(byte[] a, int from, int n) {
        in.get(a, from, n);
      }

      @Override
      public void of(short[] a, int from, int n) {
        get(in, a, from, n);
      }

      @Override
      public void of(int[] a, int from, int stride, int n) {
        get(in, a, from, stride, n);
      }

      @Override
      public void of(long[] a, int from, int stride, int n) {
        get(in, a, from, stride, n);
      }
    };
  }

  /** Writes {@code n} numbers from {@code from}, {@code stride} apart. */
  static void put(ByteBuffer out, long[] a, int from, int stride, int n) {
    byte[] bytes = out.array();
    int at = out.arrayOffset() + out.position();
    for (int i = 0; i < n; i++) {
      long v = a[from + i * stride];
      for (int p = at + i, k = 0; k < Long.BYTES; k++, p += n) {
        bytes[p] = (byte) v;
        v >>>= Byte.SIZE;
      }
    }
    out.position(out.position() + n * Long.BYTES);
  }

  /** Writes {@code n} numbers from {@code from}, {@code stride} apart. */
  static void put(ByteBuffer out, int[] a, int from, int stride, int n) {
    byte[] bytes = out.array();
    int at = out.arrayOffset() + out.position();
    for (int i = 0; i < n; i++) {
      int v = a[from + i * stride];
      bytes[at + i] = (byte) v;
      bytes[at + n + i] = (byte) (v >>> 8);
      bytes[at + 2 * n + i] = (byte) (v >>> 16);
      bytes[at + 3 * n + i] = (byte) (v >>> 24);
    }
    out.position(out.position() + n * Integer.BYTES);
  }

  /** Writes {@code n} numbers from {@code from}. */
  static void put(ByteBuffer out, short[] a, int from, int n) {
    byte[] bytes = out.array();
    int at = out.arrayOffset() + out.position();
    for (int i = 0; i < n; i++) {
      int v = a[from + i];
      bytes[at + i] = (byte) v;
      bytes[at + n + i] = (byte) (v >>> 8);
    }
    out.position(out.position() + n * Short.BYTES);
  }

  /** Reads what {@link #put(ByteBuffer, long[], int, int, int)} wrote. */
  static void get(ByteBuffer in, long[] a, int from, int stride, int n) {
    int at = in.position();
    for (int i = 0; i < n; i++) {
      long v = 0;
      for (int k = Long.BYTES - 1; k >= 0; k--) {
        v = v << Byte.SIZE | (in.get(at + k * n + i) & 0xffL);
      }
      a[from + i * stride] = v;
    }
    in.position(at + n * Long.BYTES);
  }

  /** Reads what {@link #put(ByteBuffer, int[], int, int, int)} wrote. */
  static void get(ByteBuffer in, int[] a, int from, int stride, int n) {
    int at = in.position();
    for (int i = 0; i < n; i++) {
      a[from + i * stride] =
          (in.get(at + i) & 0xff)
              | (in.get(at + n + i) & 0xff) << 8
              | (in.get(at + 2 * n + i) & 0xff) << 16
              | in.get(at + 3 * n + i) << 24;
    }
    in.position(at + n * Integer.BYTES);
  }

  /** Reads what {@link #put(ByteBuffer, short[], int, int)} wrote. */
  static void get(ByteBuffer in, short[] a, int from, int n) {
    int at = in.position();
    for (int i = 0; i < n; i++) {
      a[from + i] = (short) ((in.get(at + i) & 0xff) | in.get(at + n + i) << 8);
    }
    in.position(at + n * Short.BYTES);
  }
}
