// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/**
 * From where a process looks names up: its root, its working directory, its umask. Shared by
 * threads, copied by fork.
 */
public final class FsContext {
  private Vnode root;
  private Vnode workingDirectory;
  private int umask;

  /** A context that holds both directories. */
  public FsContext(Vnode root, Vnode workingDirectory, int umask) {
    root.hold();
    workingDirectory.hold();
    this.root = root;
    this.workingDirectory = workingDirectory;
    this.umask = umask & 0x1FF;
  }

  /** An independent copy, for fork. */
  public FsContext copy() {
    return new FsContext(root, workingDirectory, umask);
  }

  /** Lets the directories go: the last process that used the context has exited. */
  public void release() {
    root.release();
    workingDirectory.release();
  }

  /** Where absolute paths start. */
  public Vnode root() {
    return root;
  }

  /** Where relative paths start. */
  public Vnode workingDirectory() {
    return workingDirectory;
  }

  /** The rights that new files do not get. */
  public int umask() {
    return umask;
  }

  /** Sets the umask and returns the old one. */
  public int setUmask(int mask) {
    int old = umask;
    umask = mask & 0x1FF;
    return old;
  }

  /** Makes another directory the working directory. */
  public void changeDirectory(Vnode directory) {
    directory.hold();
    workingDirectory.release();
    workingDirectory = directory;
  }

  /** Makes another directory the root. */
  public void changeRoot(Vnode directory) {
    directory.hold();
    root.release();
    root = directory;
  }

  /** The path of the working directory, as getcwd tells it; may sleep. */
  public String workingDirectoryPath() {
    return FilePath.directoryPath(workingDirectory, root);
  }
}
