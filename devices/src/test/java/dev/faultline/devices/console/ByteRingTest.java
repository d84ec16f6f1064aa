// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ByteRingTest {
  @Test
  void aFullRingRefusesOrForgetsTheOldest() {
    ByteRing ring = new ByteRing(3);
    for (int i = 1; i <= 3; i++) {
      ring.add((byte) i);
    }
    assertThatThrownBy(() -> ring.add((byte) 4)).isInstanceOf(IllegalStateException.class);

    ring.push((byte) 4);

    assertThat(ring.toArray()).containsExactly(2, 3, 4);
    assertThat(ring.room()).isZero();
  }

  @Test
  void itBehavesAsAQueueWhereverTheWrapIs() {
    Random random = new Random(1);
    ByteRing ring = new ByteRing(13);
    ArrayDeque<Byte> model = new ArrayDeque<>();
    for (int i = 0; i < 20_000; i++) {
      if (random.nextInt(3) > 0 && ring.room() > 0) {
        byte b = (byte) i;
        ring.add(b);
        model.add(b);
      } else {
        byte[] out = new byte[random.nextInt(6)];
        int n = ring.take(out);
        assertThat(n).isEqualTo(Math.min(out.length, model.size()));
        for (int k = 0; k < n; k++) {
          assertThat(out[k]).isEqualTo(model.remove());
        }
      }
      assertThat(ring.size()).isEqualTo(model.size());
    }
  }
}
