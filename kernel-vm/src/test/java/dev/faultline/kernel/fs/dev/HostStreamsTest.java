// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.dev;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.PollEvents;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: bytes change on the way to the host, or the host's troubles become exceptions. */
final class HostStreamsTest {
  private final FsMachine machine = new FsMachine();
  private final HostStreams streams = new HostStreams(machine.layer);

  private static final class Failing extends OutputStream {
    private final String message;

    Failing(String message) {
      this.message = message;
    }

    @Override
    public void write(int b) throws IOException {
      throw new IOException(message);
    }
  }

  @Test
  @DisplayName("all 256 bytes pass both ways, then the end")
  void bytes() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    String text = new String(all, ISO_8859_1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    machine.run(
        () -> {
          OpenFile in = streams.input(new ByteArrayInputStream(all));
          assertThat(machine.get(in, 1000)).isEqualTo(text);
          assertThat(machine.get(in, 1000)).isEmpty();
          assertThat(machine.put(streams.output(out), text)).isEqualTo(256);
        });
    assertThat(out.toByteArray()).isEqualTo(all);
  }

  @Test
  @DisplayName("a closed host pipe is EPIPE, a full disk ENOSPC, anything else EIO")
  void errors() {
    InputStream closed = InputStream.nullInputStream();
    try {
      closed.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    machine.run(
        () -> {
          assertThat(machine.put(streams.output(new Failing("Broken pipe")), "x"))
              .isEqualTo(-Errno.EPIPE);
          assertThat(machine.put(streams.output(new Failing("No space left on device")), "x"))
              .isEqualTo(-Errno.ENOSPC);
          assertThat(machine.put(streams.output(new Failing("odd")), "x")).isEqualTo(-Errno.EIO);
          assertThat(machine.get(streams.input(closed), 1)).isEqualTo("errno " + Errno.EIO);
        });
  }

  @Test
  @DisplayName(
      "ready whenever asked, no positions, not a terminal; closing leaves the host's alone")
  void nature() {
    boolean[] closed = new boolean[1];
    ByteArrayOutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public void close() {
            closed[0] = true;
          }
        };
    machine.run(
        () -> {
          OpenFile f = streams.output(out);
          assertThat(f.poll(null) & PollEvents.OUT).isNotZero();
          assertThat(f.seek(0, 1)).isEqualTo(-Errno.ESPIPE);
          assertThat(f.stat().mode() & 0xF000).isEqualTo(0x1000);
          assertThat(f.sync()).isEqualTo(-Errno.EINVAL);
          f.release();
        });
    assertThat(closed[0]).isFalse();
  }
}
