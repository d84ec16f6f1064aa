// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a process must see: its pages in a plain map, each with what it holds. Nothing here knows of
 * objects, chains, frames or swap.
 */
final class ProcessModel {
  /** Who sees what is stored to a page. */
  enum Kind {
    PRIVATE,
    SHARED,
    /** Private, but minherit shares it with children. */
    MADE_SHARED
  }

  /**
   * The content of a page. Several processes have the same one where they share memory. A private
   * page of a file that was never written to has no bytes of its own.
   */
  static final class Content {
    final @Nullable FileModel file;
    final int fileIndex;
    final boolean fileShared;
    int @Nullable [] own;
    private int cutsSeen;

    /** After MADV_FREE: what else may be seen, until something else is settled. */
    private boolean loose;

    /** What lay below when copies were made: MADV_FREE may let it show through. */
    private final List<int[]> below = new ArrayList<>();

    private Content(@Nullable FileModel file, int fileIndex, boolean fileShared, boolean anon) {
      this.file = file;
      this.fileIndex = fileIndex;
      this.fileShared = fileShared;
      own = anon ? new int[FileModel.PROBES.length] : null;
      cutsSeen = file == null ? 0 : file.cuts(fileIndex);
    }

    /** Private copies end with the file's page. */
    private void renew() {
      FileModel f = file;
      if (f != null && f.cuts(fileIndex) != cutsSeen) {
        cutsSeen = f.cuts(fileIndex);
        own = null;
        loose = false;
        below.clear();
      }
    }

    /** True if it may be a file's: it has no bytes of its own, or may have lost them. */
    boolean isUnsettled() {
      renew();
      return own == null || (loose && file != null);
    }

    static Content zero() {
      return new Content(null, 0, false, true);
    }

    static Content ofFile(FileModel file, int index, boolean shared) {
      return new Content(file, index, shared, false);
    }

    /** What a discarded private page begins anew with. */
    Content anew() {
      return file == null ? zero() : ofFile(file, fileIndex, fileShared);
    }

    /** A copy for a child; from now on what both have now lies below. */
    Content copy() {
      renew();
      Content c = new Content(file, fileIndex, fileShared, false);
      int[] mine = own;
      c.own = mine == null ? null : mine.clone();
      c.loose = loose;
      if (mine != null) {
        if (below.stream().noneMatch(b -> Arrays.equals(b, mine))) {
          below.add(mine.clone());
        }
        c.below.addAll(below);
      }
      return c;
    }

    /** True if an access is not beyond the file's end. */
    boolean accessible() {
      FileModel f = file;
      return f == null || f.hasPage(fileIndex);
    }

    private int[] current() {
      renew();
      FileModel f = file;
      int[] mine = own;
      if (mine != null) {
        return mine;
      }
      if (f == null) {
        throw new AssertionError("neither own bytes nor a file's");
      }
      return f.page(fileIndex);
    }

    void free() {
      renew();
      loose |= own != null;
    }

    /** True if these bytes may be seen; what was seen in place of another is settled. */
    boolean accepts(int[] seen) {
      if (Arrays.equals(seen, current())) {
        return true;
      }
      if (loose && mayShow(seen)) {
        own = seen.clone();
        // What comes from a file may change with it.
        loose = file != null;
        return true;
      }
      return false;
    }

    private boolean mayShow(int[] seen) {
      FileModel f = file;
      boolean fromFile = f != null && Arrays.equals(seen, f.page(fileIndex));
      return fromFile
          || Arrays.stream(seen).allMatch(v -> v == 0)
          || below.stream().anyMatch(b -> Arrays.equals(b, seen));
    }

    /**
     * A copy at once, as a child gets of a wired page: it has nothing to do with the file.
     *
     * @param start when the fork began
     */
    private Content detached(long start) {
      Content c = zero();
      c.own = current().clone();
      c.loose = true;
      c.below.addAll(below);
      FileModel f = file;
      if (f != null) {
        c.below.addAll(f.since(fileIndex, start));
      }
      return c;
    }

    /**
     * A private page of a file was copied, and these are its bytes; false if they cannot be.
     *
     * @param start when what made the copy began
     */
    boolean copied(int[] seen, long start) {
      renew();
      if (Arrays.equals(seen, own)) {
        return true;
      }
      FileModel f = file;
      boolean fits =
          (f != null && f.since(fileIndex, start).stream().anyMatch(b -> Arrays.equals(b, seen)))
              || (loose && mayShow(seen));
      own = seen.clone();
      loose = false;
      return fits;
    }

    /**
     * A store took place, and these are the page's bytes now; false if they cannot be.
     *
     * @param start when the store began
     */
    boolean stored(int probe, int value, int[] seen, long start) {
      FileModel f = file;
      if (fileShared && f != null) {
        f.store(fileIndex, probe, value);
        return Arrays.equals(seen, f.page(fileIndex));
      }
      int[] before = seen.clone();
      before[probe] = current()[probe];
      // The copy may have been made a moment before the store, and before a write to the file.
      boolean fresh = own == null && f != null && equalsBut(probe, seen, f.since(fileIndex, start));
      boolean fits = seen[probe] == value && (fresh || accepts(before) || acceptsBut(probe, seen));
      own = seen.clone();
      loose = false;
      return fits;
    }

    /** Some lower content, but for the byte that was stored. */
    private boolean acceptsBut(int probe, int[] seen) {
      if (!loose) {
        return false;
      }
      List<int[]> candidates = new ArrayList<>(below);
      candidates.add(new int[seen.length]);
      if (file != null) {
        candidates.add(file.page(fileIndex));
      }
      return equalsBut(probe, seen, candidates);
    }

    private static boolean equalsBut(int probe, int[] seen, List<int[]> candidates) {
      for (int[] c : candidates) {
        int[] expected = c.clone();
        expected[probe] = seen[probe];
        if (Arrays.equals(expected, seen)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public String toString() {
      return Arrays.toString(accessible() ? current() : new int[0])
          + (loose ? " or lower" : "")
          + (own == null ? " of the file's page " + fileIndex : "");
    }
  }

  static final class Page {
    Content content;
    Kind kind;
    int protection;
    boolean wired;
    boolean inherited = true;

    /** Kept from children, whatever they would inherit. */
    boolean kept;

    Page(Content content, Kind kind, int protection) {
      this.content = content;
      this.kind = kind;
      this.protection = protection;
    }

    @Override
    public String toString() {
      return kind + " " + protection + (wired ? " wired " : " ") + content;
    }

    /** The same shared page at another address. */
    Page again() {
      Page p = new Page(content, kind, protection);
      p.inherited = inherited;
      p.kept = kept;
      return p;
    }

    Page forChild(long start) {
      Content c = kind == Kind.PRIVATE ? content.copy() : content;
      if (wired && kind == Kind.PRIVATE) {
        // The child has a copy from the start (F120).
        c = c.detached(start);
      }
      return new Page(c, kind, protection);
    }
  }

  final Map<Integer, Page> pages = new HashMap<>();

  @Nullable Page at(int page) {
    return pages.get(page);
  }

  /**
   * What a child sees.
   *
   * @param start when the fork began
   */
  ProcessModel fork(long start) {
    ProcessModel child = new ProcessModel();
    pages.forEach(
        (at, p) -> {
          if (p.inherited && !p.kept) {
            child.pages.put(at, p.forChild(start));
          }
        });
    return child;
  }

  /** True if all pages of the range are mapped. */
  boolean covers(int page, int count) {
    for (int i = page; i < page + count; i++) {
      if (!pages.containsKey(i)) {
        return false;
      }
    }
    return true;
  }
}
