// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A directory of the lower layer that is put together by hand. */
public final class SourceDirectory implements SourceNode {
  private static final int DEFAULT_MODE = 0x1ED;

  private final int mode;
  private final long modified;
  private final Map<String, SourceNode> entries = new TreeMap<>();

  /** An empty directory. */
  public SourceDirectory(int mode, long modified) {
    this.mode = mode;
    this.modified = modified;
  }

  /** An empty directory as one would make it. */
  public SourceDirectory() {
    this(DEFAULT_MODE, 0);
  }

  /** Adds an entry, or replaces one. Returns this. */
  public SourceDirectory add(String name, SourceNode node) {
    entries.put(name, node);
    return this;
  }

  @Override
  public FileType type() {
    return FileType.DIR;
  }

  @Override
  public int mode() {
    return mode;
  }

  @Override
  public long modified() {
    return modified;
  }

  @Override
  public Result<List<Entry>> list() {
    List<Entry> list = new ArrayList<>();
    entries.forEach((name, node) -> list.add(new Entry(name, node)));
    return Result.of(list);
  }
}
