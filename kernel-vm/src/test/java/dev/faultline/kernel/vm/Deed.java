// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static dev.faultline.kernel.vm.TestMachine.RWX;

import dev.faultline.kernel.pmap.Protection;
import java.util.Set;
import java.util.function.Consumer;

/** What a thread does to the page of an interleaving test, and what may be seen because of it. */
@SuppressWarnings("ImmutableEnumChecker") // what a constant does is code without state
enum Deed {
  LOAD(SharedPage::load),
  STORE(SharedPage::store, SharedPage.NEW),
  LAUNDER(SharedPage::launder),
  WIRE(
      w -> {
        w.s.wire(w.base, w.length());
        w.pause();
        w.s.unwire(w.base, w.length());
      }),
  WIRE_ONE(w -> w.s.wire(w.va, PAGE)),
  UNWIRE(w -> w.s.unwire(w.va, PAGE)),
  FORK(w -> w.forkAndLook(false)),
  FORK_WRITE(w -> w.forkAndLook(true), SharedPage.OTHERS),
  UNMAP(w -> w.s.unmap(w.va, PAGE), -1),
  MAP_OVER(w -> TestMachine.ok(w.s.mapAnonymous(w.va, PAGE, RW, RWX, false, true)), 0),
  MOVE(w -> w.s.remap(w.va, PAGE, PAGE, VmSpace.MAY_MOVE | VmSpace.FIXED, w.va + 16 * PAGE), -1),
  PROTECT_READ(w -> w.s.protect(w.base, w.length(), R)),
  PROTECT_NONE(w -> w.s.protect(w.va, PAGE, Protection.NONE), -1),
  PROTECT_TWICE(
      w -> {
        w.s.protect(w.va, PAGE, R);
        w.pause();
        w.s.protect(w.va, PAGE, RW);
      }),
  OTHER_LOAD(w -> w.asOther(o -> w.m.tryLoad(o, w.va))),
  OTHER_STORE(w -> w.asOther(o -> w.m.tryStore(o, w.va, SharedPage.OTHERS))),
  OTHER_EXIT(SharedPage::otherEnds),
  DISCARD(w -> w.s.discard(w.va, PAGE), 0),
  DONTNEED(w -> w.s.advise(w.base, w.length(), Advice.DONTNEED)),
  WILLNEED(w -> w.s.advise(w.base, w.length(), Advice.WILLNEED)),
  FREE(w -> w.s.advise(w.va, PAGE, Advice.FREE), 0),
  SYNC(w -> w.s.sync(w.base, w.length(), true, false)),
  INVALIDATE(w -> w.s.sync(w.base, w.length(), true, true)),
  TRUNCATE(
      w -> {
        if (w.file != null) {
          w.truncate(100);
        }
      },
      -1),
  TRUNCATE_TAIL(
      w -> {
        if (w.file != null) {
          w.truncate(PAGE + 1000);
          w.pause();
          w.truncate(4 * PAGE);
        }
      });

  private final Consumer<SharedPage> what;
  private final Set<Integer> shows;

  Deed(Consumer<SharedPage> what) {
    this.what = what;
    shows = Set.of();
  }

  Deed(Consumer<SharedPage> what, int shown) {
    this.what = what;
    shows = Set.of(shown);
  }

  void in(SharedPage w) {
    what.accept(w);
  }

  /** What the process may see besides the old content: bytes, -1 for a refusal. */
  Set<Integer> shows() {
    // A page that mlock keeps is there even behind the end of the file, and zero.
    return this == TRUNCATE ? Set.of(-1, 0) : shows;
  }

  /** What the other process may see of it, if only the file is the same. */
  Set<Integer> showsToOther() {
    return switch (this) {
      case TRUNCATE -> Set.of(-1, 0);
      case OTHER_STORE -> Set.of(SharedPage.OTHERS);
      default -> Set.of();
    };
  }

  /** True if a store that was made must be seen afterwards, whatever this does. */
  boolean harmless() {
    return switch (this) {
      case UNMAP, MAP_OVER, MOVE, PROTECT_NONE, DISCARD, FREE, TRUNCATE, FORK_WRITE, OTHER_STORE ->
          false;
      default -> true;
    };
  }
}
