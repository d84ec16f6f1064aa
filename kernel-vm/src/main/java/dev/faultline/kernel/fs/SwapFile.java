// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.pager.BackingFile;
import dev.faultline.kernel.pager.BlockMap;
import dev.faultline.kernel.pager.SwapDisks;
import dev.faultline.kernel.pager.SwapOutcome;
import dev.faultline.kernel.pager.SwapStore;
import dev.faultline.kernel.vm.VmObject;

/**
 * A regular file in use as swap space. Pages go straight to its blocks, past the file system, which
 * therefore must leave them where they are: nobody may write to the file, cut it off or remove it.
 */
public final class SwapFile {
  private SwapFile() {}

  /**
   * Switches swapping to a file on. May sleep.
   *
   * @param name what displays call it
   * @return NOT_SWAP for what lies on no disk, has holes or no swap header; BUSY if it is in use
   *     already, open for writing or mapped
   */
  public static SwapOutcome switchOn(SwapDisks swap, Vnode file, String name) {
    BlockMap map = file instanceof BackingFile backing ? backing.blockMap() : null;
    if (map == null) {
      return SwapOutcome.NOT_SWAP;
    }
    if (file.fileSystem().readOnly()) {
      return SwapOutcome.READ_ONLY;
    }
    if (!file.becomeSwap()) {
      return SwapOutcome.BUSY;
    }
    file.hold();
    SwapOutcome outcome = SwapOutcome.IO_ERROR;
    // What is still to be written to its blocks must not come later, over what is swapped out.
    if (file.sync() == 0) {
      file.lock().lockExclusive();
      SwapStore store = SwapStore.ofFile(file, map, file.size(), () -> end(file));
      forgetPages(file);
      file.lock().unlock();
      outcome = store == null ? SwapOutcome.NOT_SWAP : swap.switchOn(store, name);
    }
    if (outcome != SwapOutcome.OK) {
      end(file);
    }
    return outcome;
  }

  private static void end(Vnode file) {
    file.lock().lockExclusive();
    forgetPages(file);
    file.lock().unlock();
    file.endSwap();
    file.release();
  }

  /** The pages of the file itself in memory are not what is on the disk. */
  private static void forgetPages(Vnode file) {
    VmObject pages = file.object();
    if (pages != null) {
      pages.removePages(0, 0, true);
    }
  }
}
