// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.mmu.Page;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What swap space lies on: a whole disk, or a file on one. Its pages are numbered from 0. A file's
 * blocks must stay where they are while it is in use: they are looked up once.
 */
public final class SwapStore {
  /** The most pages that are used, as on any i386 machine: 64 GiB. */
  static final int MAX_PAGES = 1 << 24;

  private static final int SECTORS_PER_PAGE = Page.SIZE / BlockDevice.SECTOR;

  /** Pages of a file that follow one another on the disk. */
  private record Extent(int first, int count, long sector) {}

  private final BlockDevice disk;
  private final Object identity;
  private final int pages;
  private final Extent[] extents;
  private final List<Integer> torn;
  private final Runnable whenOff;

  private SwapStore(
      BlockDevice disk,
      Object identity,
      int pages,
      List<Extent> extents,
      List<Integer> torn,
      Runnable whenOff) {
    this.disk = disk;
    this.identity = identity;
    this.pages = pages;
    this.extents = extents.toArray(Extent[]::new);
    this.torn = List.copyOf(torn);
    this.whenOff = whenOff;
  }

  private static int pagesIn(long bytes) {
    return (int) Math.min(bytes / Page.SIZE, MAX_PAGES);
  }

  /**
   * A disk as a whole.
   *
   * @param whenOff told when it is swap space no longer
   */
  static SwapStore ofDisk(BlockDevice disk, Runnable whenOff) {
    int pages = pagesIn(disk.sectors() * BlockDevice.SECTOR);
    List<Extent> all = List.of(new Extent(0, pages, 0));
    return new SwapStore(disk, disk, pages, all, List.of(), whenOff);
  }

  /**
   * A file on a disk. Called with the file's lock held exclusively; may sleep.
   *
   * @param identity the file, by which swapping to it is switched off
   * @param bytes its size
   * @param whenOff told when it is swap space no longer
   * @return null if it has holes, if its first page lies in pieces, or if its map cannot be read
   */
  public static @Nullable SwapStore ofFile(
      Object identity, BlockMap map, long bytes, Runnable whenOff) {
    int pages = pagesIn(bytes);
    List<Extent> extents = new ArrayList<>();
    List<Integer> torn = new ArrayList<>();
    PagePlace place = new PagePlace();
    place.begin(map, bytes);
    int page = 0;
    while (page < pages) {
      long sector = place.find(page);
      if (sector == PagePlace.SCATTERED && page > 0 && hasAllBlocks(map, page)) {
        torn.add(page);
        page++;
        continue;
      }
      if (sector < 0) {
        return null;
      }
      int count = Math.min(place.after + 1, pages - page);
      add(extents, new Extent(page, count, sector));
      page += count;
    }
    return new SwapStore(map.disk(), identity, pages, extents, torn, whenOff);
  }

  private static boolean hasAllBlocks(BlockMap map, int page) {
    int perPage = Page.SIZE / map.blockSize();
    BlockMap.Run run = new BlockMap.Run();
    for (int i = 0; i < perPage; i++) {
      if (map.find((long) page * perPage + i, run) < 0) {
        return false;
      }
    }
    return true;
  }

  /** Adds what follows, to the extent before if it also follows on the disk. */
  private static void add(List<Extent> extents, Extent next) {
    if (!extents.isEmpty()) {
      Extent last = extents.getLast();
      if (last.first + last.count == next.first
          && last.sector + (long) last.count * SECTORS_PER_PAGE == next.sector) {
        extents.removeLast();
        extents.add(new Extent(last.first, last.count + next.count, last.sector));
        return;
      }
    }
    extents.add(next);
  }

  BlockDevice disk() {
    return disk;
  }

  /** The disk or the file. */
  Object identity() {
    return identity;
  }

  /** True for a file. */
  @SuppressWarnings("ReferenceEquality") // a disk is an identity
  boolean isFile() {
    return identity != disk;
  }

  /** Pages whose blocks do not lie together: they cannot be used. */
  List<Integer> torn() {
    return torn;
  }

  /** Number of whole pages, up to the limit. */
  int pages() {
    return pages;
  }

  /** It is swap space no longer. */
  void switchedOff() {
    whenOff.run();
  }

  /** The first sector of a page. */
  long sector(int page) {
    Extent e = extentOf(page);
    return e.sector + (long) (page - e.first) * SECTORS_PER_PAGE;
  }

  /** How many of {@code n} pages, of which the first is given, follow one another on the disk. */
  int together(int page, int n) {
    Extent e = extentOf(page);
    return Math.min(n, e.first + e.count - page);
  }

  private Extent extentOf(int page) {
    int low = 0;
    int high = extents.length - 1;
    while (low < high) {
      int middle = low + high + 1 >>> 1;
      if (extents[middle].first <= page) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return extents[low];
  }
}
