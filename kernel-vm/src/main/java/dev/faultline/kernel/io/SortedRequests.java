// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import java.util.ArrayList;
import java.util.List;

/** Requests by ascending sector; those of one sector in the order in which they came. */
final class SortedRequests {
  private final List<BlockRequest> requests = new ArrayList<>();

  void add(BlockRequest request) {
    requests.add(firstAtLeast(request.sector() + 1), request);
  }

  /** Place of the first request whose sector is not less than {@code sector}; may be the end. */
  int firstAtLeast(long sector) {
    int low = 0;
    int high = requests.size();
    while (low < high) {
      int middle = low + high >>> 1;
      if (requests.get(middle).sector() < sector) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  int size() {
    return requests.size();
  }

  BlockRequest get(int place) {
    return requests.get(place);
  }

  BlockRequest remove(int place) {
    return requests.remove(place);
  }

  /** Place of the request that has waited longest, or -1 if there is none. */
  int oldest() {
    int found = -1;
    for (int i = 0; i < requests.size(); i++) {
      if (found < 0 || requests.get(i).arrival < requests.get(found).arrival) {
        found = i;
      }
    }
    return found;
  }
}
