// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import org.jspecify.annotations.Nullable;

/** What a lookup for a fault finds (M16–M24); the found map is locked shared. */
final class MapLookup {
  @Nullable VmMap map;
  @Nullable VmMapEntry entry;
  @Nullable VmObject object;
  int index;
  int protection;
  boolean wired;

  void forget() {
    map = null;
    entry = null;
    object = null;
  }
}
