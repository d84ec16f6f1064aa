// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import java.util.List;

/** Who asks: the ids by which access is judged. */
public record Credentials(int uid, int gid, List<Integer> groups) {
  /** The superuser. */
  public static final Credentials ROOT = new Credentials(0, 0, List.of());

  /** Copies the list. */
  public Credentials {
    groups = List.copyOf(groups);
  }

  /** True for the user whom nothing but a missing x bit stops. */
  public boolean isSuperuser() {
    return uid == 0;
  }

  /** True if {@code group} is the group or one of the supplementary ones. */
  public boolean inGroup(int group) {
    return gid == group || groups.contains(group);
  }
}
