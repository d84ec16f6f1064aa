// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import org.jspecify.annotations.Nullable;

/** {@link PagePlace}s that are used again and again: looking one up may sleep. */
final class PagePlaces {
  private @Nullable PagePlace idle;

  /** One for a file of so many bytes. */
  PagePlace take(BlockMap map, long size) {
    PagePlace place = idle;
    if (place == null) {
      place = new PagePlace();
    } else {
      idle = place.next;
      place.next = null;
    }
    place.begin(map, size);
    return place;
  }

  /** Gives one back. */
  void give(PagePlace place) {
    place.end();
    place.next = idle;
    idle = place;
  }
}
