// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import dev.faultline.kernel.vm.Pager;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmSystem;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What the changes to all overlays of a machine may cost: as many pages as half of the guest's
 * memory and its free swap space can hold, and files and bytes of names on the host's heap. Beyond
 * that it is -ENOSPC.
 *
 * <p>A page counts from when it may become dirty. Those that have not, after all, are dropped when
 * the space runs out.
 */
public final class OverlaySpace {
  private static final int MIN_FILES = 65_536;
  private static final int MAX_FILES = 262_144;
  private static final int FILES_PER_FRAME = 8;
  private static final long BYTES_PER_FILE = 64;

  private final VmSystem vm;
  private final Pager.Neighbours unused = new Pager.Neighbours();
  private final int inMemory;
  private final int maxFiles;
  private final long maxBytes;
  private final Set<OverlayFile> files = new LinkedHashSet<>();
  private int pages;
  private int names;
  private long bytes;

  /** Pages that may be taken before the swap space is looked at again, and what it was then. */
  private int granted;

  private int grantedFrom;

  /**
   * Room for {@code inMemory} pages beside those that swap can hold, and for {@code maxFiles} names
   * of 64 bytes in the mean.
   */
  public OverlaySpace(VmSystem vm, int inMemory, int maxFiles) {
    this.vm = vm;
    this.inMemory = inMemory;
    this.maxFiles = maxFiles;
    maxBytes = maxFiles * BYTES_PER_FILE;
  }

  /**
   * The room of a machine: half of its frames of memory, and eight names for each, but 65,536 to
   * 262,144. A name costs the host's heap some 400 bytes.
   */
  public static OverlaySpace ofMachine(VmSystem vm) {
    int frames = vm.memory().frames();
    return new OverlaySpace(
        vm, frames / 2, Math.clamp((long) frames * FILES_PER_FRAME, MIN_FILES, MAX_FILES));
  }

  /** The most pages, if nothing else were on swap. */
  public int maxPages() {
    return inMemory + vm.swap().totalPages();
  }

  /**
   * Pages for which there is room: were all that is left of swap used for pages of files, no more
   * than their part of memory would be full of them. Less than zero once swap has gone.
   */
  public int freePages() {
    int onSwap = 0;
    for (OverlayFile file : files) {
      onSwap += file.pagesOnSwap();
    }
    return inMemory + vm.swap().freePages() + onSwap - pages;
  }

  /** True if swap has a page of a file. */
  boolean isOnSwap(VmObject object, int index) {
    return vm.swap().hasPage(object, index, unused);
  }

  /** Pages that are or may be dirty. */
  public int pages() {
    return pages;
  }

  /** The most names, those of the lower layer included as far as it was listed. */
  public int maxFiles() {
    return maxFiles;
  }

  /** Names known. */
  public int names() {
    return names;
  }

  /** Takes room for a name or a link's target; false if there is none. */
  boolean addName(String text) {
    if (names >= maxFiles || bytes + text.length() > maxBytes) {
      return false;
    }
    names++;
    bytes += text.length();
    return true;
  }

  /** Gives the room of a name or target back. */
  void removeName(String text) {
    names--;
    bytes -= text.length();
  }

  /** Takes room for a page of a file; false if there is none, even after dropping clean ones. */
  boolean addPage(OverlayFile file) {
    if (pages >= inMemory && !grant()) {
      return false;
    }
    pages++;
    files.add(file);
    return true;
  }

  /** To count what is on swap takes time: that is done once for half of what is free then. */
  private boolean grant() {
    int swap = vm.swap().totalPages();
    if (granted > 0 && grantedFrom == swap) {
      granted--;
      return true;
    }
    int free = freePages();
    if (free <= 0) {
      for (OverlayFile each : files) {
        each.dropCleanPages();
      }
      files.removeIf(each -> each.chargedPages() == 0);
      free = freePages();
    }
    granted = Math.max(0, free / 2 - 1);
    grantedFrom = swap;
    return free > 0;
  }

  /** Gives the room of pages back. */
  void removePages(int count) {
    pages -= count;
  }

  /** A file that is gone. */
  void forget(OverlayFile file) {
    files.remove(file);
  }
}
