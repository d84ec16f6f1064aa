// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.UserMemory;
import dev.faultline.kernel.vm.VmObject;
import org.jspecify.annotations.Nullable;

/**
 * An open file: what descriptors refer to and fork shares; it has the offset and the flags.
 *
 * <p>Calls return 0 or more, or a negated {@link Errno}. -EPIPE from a write means that the caller
 * is to get SIGPIPE as well. Any call may sleep.
 */
public abstract class OpenFile {
  private final FilePath path;
  private int flags;
  private int references = 1;

  /** An open file with one reference, which holds the path. */
  protected OpenFile(FilePath path, int flags) {
    this.path = path.hold();
    this.flags = flags & ~(OpenFlags.CREAT | OpenFlags.EXCL | OpenFlags.TRUNC | OpenFlags.NOCTTY);
    layer().files().opened();
  }

  /** What it shares with all files. */
  protected final FileLayer layer() {
    return path.vnode().fileSystem().layer();
  }

  /** By what name it was opened. */
  public final FilePath path() {
    return path;
  }

  /** The file. */
  public final Vnode vnode() {
    return path.vnode();
  }

  // ---- references ----------------------------------------------------------------------------

  /** Adds a reference: a descriptor, or a call in progress. */
  public final OpenFile hold() {
    references++;
    return this;
  }

  /** Takes a reference away; the last one closes the file. */
  public final void release() {
    if (references <= 0) {
      throw new KernelPanic("an open file is released more often than held");
    }
    references--;
    if (references == 0) {
      close();
      layer().files().closed();
      path.release();
    }
  }

  /** Called once, when the last reference has gone. */
  protected void close() {}

  // ---- flags ---------------------------------------------------------------------------------

  /** Access mode and status flags, as F_GETFL tells them. */
  public final int flags() {
    return flags;
  }

  /** F_SETFL: changes O_APPEND and O_NONBLOCK, ignores the rest. */
  public final void setStatusFlags(int newFlags) {
    flags = flags & ~OpenFlags.SETTABLE | newFlags & OpenFlags.SETTABLE;
  }

  /** True if it must not wait. */
  public final boolean nonBlocking() {
    return (flags & OpenFlags.NONBLOCK) != 0;
  }

  /** True if it may be read. */
  public final boolean readable() {
    return OpenFlags.reads(flags);
  }

  /** True if it may be written. */
  public final boolean writable() {
    return OpenFlags.writes(flags);
  }

  // ---- transfer ------------------------------------------------------------------------------

  /**
   * Reads at the offset and moves it.
   *
   * @return bytes read, 0 at the end; -EBADF, -EISDIR, -EAGAIN, -EFAULT, -EIO, -ERESTARTSYS
   */
  public final int read(Caller caller, Uio uio) {
    return readable() ? doRead(caller, uio) : -Errno.EBADF;
  }

  /**
   * Writes at the offset (at the end with O_APPEND) and moves it.
   *
   * @return bytes written; -EBADF, -EPIPE, -EAGAIN, -EFAULT, -ENOSPC, -EIO, -ERESTARTSYS
   */
  public final int write(Caller caller, Uio uio) {
    return writable() ? doWrite(caller, uio) : -Errno.EBADF;
  }

  /** Reads at a position and leaves the offset; -ESPIPE where there are no positions. */
  public final int readAt(Uio uio, long position) {
    if (!readable()) {
      return -Errno.EBADF;
    }
    return position < 0 ? -Errno.EINVAL : doReadAt(uio, position);
  }

  /** Writes at a position and leaves the offset; -ESPIPE where there are no positions. */
  public final int writeAt(Uio uio, long position) {
    if (!writable()) {
      return -Errno.EBADF;
    }
    return position < 0 ? -Errno.EINVAL : doWriteAt(uio, position);
  }

  /** The transfer of {@link #read}. */
  protected abstract int doRead(Caller caller, Uio uio);

  /** The transfer of {@link #write}. */
  protected abstract int doWrite(Caller caller, Uio uio);

  /** The transfer of {@link #readAt}. */
  protected int doReadAt(Uio uio, long position) {
    return -Errno.ESPIPE;
  }

  /** The transfer of {@link #writeAt}. */
  protected int doWriteAt(Uio uio, long position) {
    return -Errno.ESPIPE;
  }

  /**
   * Moves the offset.
   *
   * @param whence 0 from the start, 1 from the offset, 2 from the end
   * @return the new offset; -ESPIPE, -EINVAL
   */
  public long seek(long offset, int whence) {
    return -Errno.ESPIPE;
  }

  /** Sets the file's size; -EINVAL if it is not a regular file open for writing. */
  public int truncate(long size) {
    return -Errno.EINVAL;
  }

  /** Hands entries of a directory to the sink and moves the offset; -ENOTDIR. */
  public int readDirectory(DirectorySink sink) {
    return -Errno.ENOTDIR;
  }

  /** fsync and fdatasync; -EINVAL where there is nothing to bring anywhere. */
  public int sync() {
    return -Errno.EINVAL;
  }

  /**
   * Device control. FIONBIO is {@link #setStatusFlags}' business and not seen here.
   *
   * @param argument a number or a user address
   * @return 0 or more; -ENOTTY for a request that the file does not know
   */
  public int ioctl(Caller caller, int request, int argument, UserMemory memory) {
    return -Errno.ENOTTY;
  }

  /**
   * The memory of a device, for a mapping of it, with a reference that the mapping takes over.
   *
   * @param protection of {@link dev.faultline.kernel.pmap.Protection}
   * @return -ENODEV for what cannot be mapped, -EINVAL for pages or rights that it does not have
   */
  public Result<VmObject> deviceObject(int firstPage, int pages, int protection) {
    return Result.failure(Errno.ENODEV);
  }

  /**
   * What could be done without waiting, as {@link PollEvents}; a regular file is always ready.
   *
   * @param poller told of later changes, if not null
   */
  public int poll(@Nullable Poller poller) {
    return PollEvents.READABLE | PollEvents.WRITABLE;
  }

  /** The attributes. */
  public Stat stat() {
    return vnode().stat();
  }
}
