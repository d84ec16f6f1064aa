// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What the changes to all overlays of a machine may cost: pages of the guest's memory, which cannot
 * be paged out, and files and bytes of names on the host's heap. Beyond that it is -ENOSPC.
 *
 * <p>A page counts from when it may become dirty. Those that have not, after all, are dropped when
 * the space runs out.
 */
public final class OverlaySpace {
  private static final int MIN_FILES = 65_536;
  private static final int MAX_FILES = 262_144;
  private static final int FILES_PER_FRAME = 8;
  private static final long BYTES_PER_FILE = 64;

  private final int maxPages;
  private final int maxFiles;
  private final long maxBytes;
  private final Set<OverlayFile> files = new LinkedHashSet<>();
  private int pages;
  private int names;
  private long bytes;

  /** Room for {@code maxPages} pages and {@code maxFiles} names of 64 bytes in the mean. */
  public OverlaySpace(int maxPages, int maxFiles) {
    this.maxPages = maxPages;
    this.maxFiles = maxFiles;
    maxBytes = maxFiles * BYTES_PER_FILE;
  }

  /**
   * The room of a machine with that many frames of memory: half of them, and eight names for each,
   * but 65,536 to 262,144. A name costs the host's heap some 400 bytes.
   */
  public static OverlaySpace ofMachine(int frames) {
    return new OverlaySpace(
        frames / 2, Math.clamp((long) frames * FILES_PER_FRAME, MIN_FILES, MAX_FILES));
  }

  /** The most pages. */
  public int maxPages() {
    return maxPages;
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
    if (pages >= maxPages) {
      for (OverlayFile each : files) {
        each.dropCleanPages();
      }
      files.removeIf(each -> each.chargedPages() == 0);
    }
    if (pages >= maxPages) {
      return false;
    }
    pages++;
    files.add(file);
    return true;
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
