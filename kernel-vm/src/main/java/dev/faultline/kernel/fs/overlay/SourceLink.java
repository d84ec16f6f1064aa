// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import dev.faultline.kernel.fs.FileType;

/**
 * A symbolic link of the lower layer.
 *
 * @param target what it says
 * @param modified when it was made
 */
public record SourceLink(String target, long modified) implements SourceNode {
  private static final int ALL_RIGHTS = 0x1FF;

  @Override
  public FileType type() {
    return FileType.LNK;
  }

  @Override
  public int mode() {
    return ALL_RIGHTS;
  }
}
