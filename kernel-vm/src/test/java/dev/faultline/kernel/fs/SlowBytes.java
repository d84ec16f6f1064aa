// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.faultline.kernel.fs.overlay.SourceNode;
import org.jspecify.annotations.Nullable;

/** A lower file on a slow disk: each read lets others run for a millisecond. */
final class SlowBytes implements SourceNode {
  private final byte[] bytes;
  private @Nullable FsMachine machine;
  int reads;

  SlowBytes(String content) {
    bytes = content.getBytes(ISO_8859_1);
  }

  void attach(FsMachine newMachine) {
    machine = newMachine;
  }

  @Override
  public FileType type() {
    return FileType.REG;
  }

  @Override
  public int mode() {
    return 0x1FF;
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public long modified() {
    return 0;
  }

  @Override
  public int read(long position, byte[] to, int offset, int size) {
    reads++;
    FsMachine m = machine;
    if (m != null) {
      m.scheduler.sleep(new Object(), false, m.time.now() + 1_000_000);
    }
    System.arraycopy(bytes, (int) position, to, offset, size);
    return size;
  }
}
