// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import org.jspecify.annotations.Nullable;

/** A symbolic link. */
final class OverlaySymlink extends OverlayVnode {
  private final String target;
  private final boolean charged;

  /** A link of the lower layer, or a new one, whose target has been charged. */
  OverlaySymlink(OverlayFs fs, long ino, @Nullable SourceNode lower, String target) {
    super(fs, FileType.LNK, ino, lower);
    this.target = target;
    charged = lower == null;
  }

  @Override
  public long size() {
    return target.length();
  }

  @Override
  public Result<String> readLink(Caller caller) {
    return Result.of(target);
  }

  @Override
  void reclaim() {
    if (charged) {
      overlay().space().removeName(target);
    }
  }
}
