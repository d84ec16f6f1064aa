// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Hazard: what is no swap space is overwritten, or bad pages are used. */
final class SwapHeaderTest {
  /** Laid out by hand, as linux/swap.h says. */
  private static byte[] header(int version, int lastPage, int... bad) {
    ByteBuffer page = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    page.putInt(1024, version).putInt(1028, lastPage).putInt(1032, bad.length);
    for (int i = 0; i < bad.length; i++) {
      page.putInt(1536 + 4 * i, bad[i]);
    }
    return page.put(4086, "SWAPSPACE2".getBytes(StandardCharsets.US_ASCII)).array();
  }

  @Test
  void readsWhatMkswapWrites() {
    SwapHeader h = SwapHeader.parse(header(1, 1023, 7, 512));
    assertThat(h).isNotNull();
    if (h != null) {
      assertThat(h.lastPage()).isEqualTo(1023);
      assertThat(h.badPages()).containsExactly(7, 512);
    }
  }

  @Test
  void writesWhatItReads() {
    byte[] page = SwapHeader.make(32768, 5);
    SwapHeader h = SwapHeader.parse(page);
    assertThat(h).isNotNull();
    if (h != null) {
      assertThat(h.lastPage()).isEqualTo(32767);
      assertThat(h.badPages()).isEmpty();
    }
    ByteBuffer b = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(b.getInt(1024)).isEqualTo(1);
    assertThat(b.getInt(1028)).isEqualTo(32767);
    assertThat(new String(page, 4086, 10, StandardCharsets.US_ASCII)).isEqualTo("SWAPSPACE2");
    assertThat(b.getLong(1036)).as("UUID").isNotZero();
    assertThat(SwapHeader.make(32768, 6)).isNotEqualTo(page);
  }

  @Test
  void refusesWhatIsNone() {
    assertThat(SwapHeader.parse(new byte[4096])).isNull();
    assertThat(SwapHeader.parse(header(2, 1023))).as("another version").isNull();
    assertThat(SwapHeader.parse(header(1, 0))).as("no page").isNull();
    assertThat(SwapHeader.parse(header(1, 10, 11))).as("bad page beyond the end").isNull();
    assertThat(SwapHeader.parse(header(1, 10, 0))).as("the header is bad").isNull();
    byte[] many = header(1, 1023);
    many[1035] = -1;
    assertThat(SwapHeader.parse(many)).as("a negative number of bad pages").isNull();
  }
}
