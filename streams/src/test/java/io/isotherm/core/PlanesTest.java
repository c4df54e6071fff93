package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class PlanesTest {
  private final ByteBuffer page = ByteBuffer.allocate(100);

  @Test
  void longsComeBackToTheirPlaces() {
    long[] all = {7, Long.MIN_VALUE, 8, -1, 9, 0x0123_4567_89ab_cdefL, 10};
    page.put((byte) 42);
    Planes.put(page, all, 1, 2, 3);
    assertThat(page.position()).isEqualTo(25);
    long[] back = new long[7];
    Planes.get(page.position(1), back, 1, 2, 3);
    assertThat(back).containsExactly(0, Long.MIN_VALUE, 0, -1, 0, 0x0123_4567_89ab_cdefL, 0);
    assertThat(page.position()).isEqualTo(25);
  }

  @Test
  void intsComeBackToTheirPlaces() {
    int[] all = {1, -2, 3, Integer.MIN_VALUE, 5, 0x0123_4567};
    Planes.put(page, all, 1, 2, 3);
    int[] back = new int[6];
    Planes.get(page.position(0), back, 1, 2, 3);
    assertThat(back).containsExactly(0, -2, 0, Integer.MIN_VALUE, 0, 0x0123_4567);
  }

  @Test
  void shortsComeBackAsTheyWere() {
    short[] all = {-1, Short.MIN_VALUE, 0x1234};
    Planes.put(page, all, 0, 3);
    short[] back = new short[3];
    Planes.get(page.position(0), back, 0, 3);
    assertThat(back).containsExactly(-1, Short.MIN_VALUE, 0x1234);
  }

  @Test
  void likeBytesOfNeighboursLieTogether() {
    Planes.put(page, new int[] {0x01_02, 0x01_03, 0x01_04}, 0, 1, 3);
    assertThat(page.array()).startsWith(2, 3, 4, 1, 1, 1, 0, 0, 0, 0, 0, 0);
  }
}
