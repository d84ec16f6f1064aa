// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import java.util.HashMap;
import java.util.Map;

/** Which driver answers for which device number, wherever in the tree the device file lies. */
public final class CharDevices {
  private final Map<Long, CharDevice> drivers = new HashMap<>();

  CharDevices() {}

  /** Names the driver of a device number; a later one replaces it. */
  public void register(long rdev, CharDevice driver) {
    drivers.put(rdev, driver);
  }

  /** Opens the device of that number, or fails with -ENXIO. */
  public Result<OpenFile> open(long rdev, Caller caller, FilePath path, int flags) {
    CharDevice driver = drivers.get(rdev);
    return driver == null ? Result.failure(Errno.ENXIO) : driver.open(caller, path, flags);
  }
}
