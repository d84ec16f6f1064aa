// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.proc.Process;
import dev.faultline.kernel.proc.WaitStatus;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: the syncer writes again and again what nobody can ever read from the disk. */
final class NoSyncMappingTest {
  private static final int OPEN = 5;
  private static final int UNLINK = 10;
  private static final int MMAP2 = 192;
  private static final int FTRUNCATE64 = 194;
  private static final int RDWR_CREATE = 0x42;
  private static final int RW = 3;
  private static final int SHARED_FIXED = 0x11;
  private static final int AT = 0x2000_0000;

  private @Nullable VmPage nameless;
  private @Nullable VmPage named;

  private static @Nullable VmPage page(Process p, int va) {
    return p.space().pmap().pageAt(va) instanceof VmPage page ? page : null;
  }

  @Test
  @DisplayName("V25 F91 a file that is mapped after its name has gone needs no syncing")
  void unlinked() {
    Assembly p = new Assembly();
    int path = p.string("/f");
    p.call(OPEN, path, RDWR_CREATE, 0x180).call(FTRUNCATE64, 3, Page.SIZE, 0);
    p.call(MMAP2, AT, Page.SIZE, RW, SHARED_FIXED, 3, 0).store(AT);
    p.call(UNLINK, path);
    p.call(OPEN, path, RDWR_CREATE, 0x180).call(UNLINK, path).call(FTRUNCATE64, 4, Page.SIZE, 0);
    p.call(MMAP2, AT + Page.SIZE, Page.SIZE, RW, SHARED_FIXED, 4, 0).store(AT + Page.SIZE);
    p.call(UNLINK, path);
    p.exit(0);
    try (GuestMachine machine = new GuestMachine()) {
      int status =
          machine
              .with("p", p.build())
              .afterCall(
                  vm -> {
                    Process init = machine.processes().init();
                    if (init != null) {
                      named = page(init, AT);
                      nameless = page(init, AT + Page.SIZE);
                    }
                  })
              .run("p");
      assertThat(status).isEqualTo(WaitStatus.exited(0));
    }
    assertThat(named).isNotNull();
    assertThat(named == null || named.has(VmPage.NOSYNC)).isFalse();
    assertThat(nameless).isNotNull();
    assertThat(nameless != null && nameless.has(VmPage.NOSYNC)).isTrue();
  }
}
