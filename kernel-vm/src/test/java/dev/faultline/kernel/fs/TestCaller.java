// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import org.jspecify.annotations.Nullable;

/** A process for tests, whose every property can be set. */
public final class TestCaller implements Caller {
  private final int pid;
  private final FsContext context;
  private final FdTable descriptors = new FdTable();
  public Credentials credentials = Credentials.ROOT;
  public int processGroup;
  public int session;
  public @Nullable CharDevice terminal;
  public boolean ignoresJobSignals;
  public boolean orphaned;

  /** A session leader at the top of a tree. */
  public TestCaller(Vnode root, int pid) {
    this.pid = pid;
    context = new FsContext(root, root, 0x12);
    processGroup = pid;
    session = pid;
  }

  @Override
  public int pid() {
    return pid;
  }

  @Override
  public Credentials credentials() {
    return credentials;
  }

  @Override
  public FsContext context() {
    return context;
  }

  @Override
  public FdTable descriptors() {
    return descriptors;
  }

  @Override
  public int processGroup() {
    return processGroup;
  }

  @Override
  public int session() {
    return session;
  }

  @Override
  public @Nullable CharDevice controllingTerminal() {
    return terminal;
  }

  @Override
  public void setControllingTerminal(@Nullable CharDevice newTerminal) {
    terminal = newTerminal;
  }

  @Override
  public boolean blocksOrIgnores(int signal) {
    return ignoresJobSignals;
  }

  @Override
  public boolean inOrphanedGroup() {
    return orphaned;
  }
}
