// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.fs.Credentials;
import java.util.List;

/**
 * Who a process is: real, effective and saved ids, and supplementary groups.
 *
 * @param uid the real user; likewise {@code gid}
 * @param euid the effective user, by which access is judged; likewise {@code egid}
 * @param suid the saved user; likewise {@code sgid}
 */
public record Identity(
    int uid, int euid, int suid, int gid, int egid, int sgid, List<Integer> groups) {
  /** The superuser. */
  public static final Identity ROOT = new Identity(0, 0, 0, 0, 0, 0, List.of(0));

  /** Copies the list. */
  public Identity {
    groups = List.copyOf(groups);
  }

  /** The same with other user ids. */
  public Identity withUsers(int real, int effective, int saved) {
    return new Identity(real, effective, saved, gid, egid, sgid, groups);
  }

  /** The same with other group ids. */
  public Identity withGroups(int real, int effective, int saved) {
    return new Identity(uid, euid, suid, real, effective, saved, groups);
  }

  /** The same with other supplementary groups. */
  public Identity withSupplementary(List<Integer> newGroups) {
    return new Identity(uid, euid, suid, gid, egid, sgid, newGroups);
  }

  /** True if the effective user is the superuser. */
  public boolean isSuperuser() {
    return euid == 0;
  }

  /** By what files judge it. */
  Credentials effective() {
    return new Credentials(euid, egid, groups);
  }

  /** By what {@code access} judges it. */
  public Credentials real() {
    return new Credentials(uid, gid, groups);
  }

  /** True if this may send signals to the other. */
  boolean maySignal(Identity other) {
    return euid == 0
        || euid == other.uid
        || euid == other.suid
        || uid == other.uid
        || uid == other.suid;
  }
}
