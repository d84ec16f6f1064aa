// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileLayer;
import dev.faultline.kernel.fs.FileSystem;
import dev.faultline.kernel.fs.FileSystemStat;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.fs.VnodeLock;
import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.pager.VnodePager;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.VmSystem;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A mounted ext2 file system.
 *
 * <p>One lock, held shared by who looks names up and exclusively by who changes them, guards the
 * directories; a regular file's lock guards its size, blocks and pages. A thread takes them in this
 * order. Bitmaps and counts are searched and changed without a sleep between and need no lock.
 *
 * <p>Memory: at most so many vnodes and names as a fraction of RAM's frames are kept; metadata is
 * in guest RAM.
 */
public final class Ext2Fs extends FileSystem {
  private static final int MAGIC_FOR_STAT = 0xEF53;
  private static final int MAX_COMPLAINTS = 100;
  private static final long SECOND = 1_000_000_000L;

  /**
   * What mounting gave.
   *
   * @param fileSystem null if it failed
   * @param error 0; -EINVAL for what is no file system that can be mounted, -EBUSY for a disk that
   *     is mounted, swap space or open for writing, -EIO
   * @param message why it failed or can only be read, as one line without a full stop; else empty
   */
  public record Mounted(@Nullable Ext2Fs fileSystem, int error, String message) {}

  private final VmSystem vm;
  private final VnodePager pager;
  private final BlockDevice disk;
  private final Superblock shape;
  private final BufferCache cache;
  private final GroupTable groups;
  private final SuperblockFields superblock;
  private final Consumer<String> log;
  private final boolean readOnly;
  private final boolean wasClean;
  private final VnodeLock namesLock;
  private final InodeCache inodes;
  private final NameCache nameCache;
  private final BlockAllocator blocks;
  private final InodeAllocator inodeAllocator;
  private final InodeTable inodeTable;
  private final NameCreation creation;
  private final NameRemoval removal;
  private final NameMove move;
  private final Deletion deletion;
  private final OrphanList orphans;
  private final WriteBack writeBack;
  private @Nullable Ext2Directory root;
  private boolean mounted = true;
  private boolean damaged;
  private int complaints;
  private int lastGeneration;

  private Ext2Fs(
      FileLayer layer,
      VmSystem vm,
      VnodePager pager,
      BlockDevice disk,
      Superblock shape,
      BufferCache cache,
      GroupTable groups,
      Buffer superblock,
      boolean readOnly,
      Consumer<String> log) {
    super(layer, disk.number(), "ext2");
    this.vm = vm;
    this.pager = pager;
    this.disk = disk;
    this.shape = shape;
    this.cache = cache;
    this.groups = groups;
    this.superblock = new SuperblockFields(shape, cache, groups, superblock);
    this.readOnly = readOnly;
    this.log = log;
    wasClean = this.superblock.isClean();
    namesLock = new VnodeLock(layer.scheduler());
    int frames = vm.memory().frames();
    inodes = new InodeCache(Math.max(128, frames / 8));
    nameCache = new NameCache(Math.max(512, frames / 4));
    blocks = new BlockAllocator(this);
    inodeAllocator = new InodeAllocator(this);
    inodeTable = new InodeTable(this);
    creation = new NameCreation(this);
    removal = new NameRemoval(this);
    move = new NameMove(this, creation, removal);
    deletion = new Deletion(this);
    orphans = new OrphanList(this);
    writeBack = new WriteBack(this);
  }

  // ---- mounting --------------------------------------------------------------------------------

  /**
   * Reads the superblock of a disk and mounts what is on it. May sleep.
   *
   * @param wantsReadOnly never to write to the disk; it is so too if the disk cannot be written, or
   *     if the file system has features that only readers need not know
   * @param log told, a line each, what is found damaged later on
   */
  public static Mounted mount(
      FileLayer layer,
      VmSystem vm,
      VnodePager pager,
      BlockDevice disk,
      boolean wantsReadOnly,
      Consumer<String> log) {
    if (!disk.use().own()) {
      return refused(disk, -Errno.EBUSY, "it is in use");
    }
    Mounted mounted = mountOwned(layer, vm, pager, disk, wantsReadOnly, log);
    if (mounted.fileSystem() == null) {
      disk.use().disown();
    }
    return mounted;
  }

  private static Mounted mountOwned(
      FileLayer layer,
      VmSystem vm,
      VnodePager pager,
      BlockDevice disk,
      boolean wantsReadOnly,
      Consumer<String> log) {
    if (disk.sectors() * BlockDevice.SECTOR < Superblock.POSITION + Superblock.SIZE) {
      return refused(disk, -Errno.EINVAL, "it is too small for a file system");
    }
    byte[] raw = new byte[Superblock.SIZE];
    BufferCache first = new BufferCache(vm, pager, disk, Superblock.SIZE);
    Buffer b = first.read(Superblock.POSITION / Superblock.SIZE);
    if (b != null) {
      b.get(0, raw);
      first.release(b);
    }
    first.close();
    if (b == null) {
      return refused(disk, -Errno.EIO, "its superblock cannot be read");
    }
    Superblock shape = Superblock.parse(raw, disk.sectors() * BlockDevice.SECTOR);
    if (!shape.refusal().isEmpty()) {
      return refused(disk, -Errno.EINVAL, shape.refusal());
    }
    BufferCache cache = new BufferCache(vm, pager, disk, shape.blockSize());
    Buffer superblock = cache.read(Superblock.POSITION / shape.blockSize());
    GroupTable groups = superblock == null ? null : GroupTable.read(shape, cache);
    if (superblock == null || groups == null) {
      if (superblock != null) {
        cache.release(superblock);
      }
      cache.close();
      return refused(disk, -Errno.EIO, "its group descriptors cannot be read");
    }
    String problem = groups.problem();
    boolean readOnly = wantsReadOnly || disk.readOnly() || !shape.restriction().isEmpty();
    Ext2Fs fs = new Ext2Fs(layer, vm, pager, disk, shape, cache, groups, superblock, readOnly, log);
    int error = -Errno.EINVAL;
    if (problem.isEmpty()) {
      problem = fs.loadRoot();
      error = -Errno.EIO;
    }
    if (!problem.isEmpty()) {
      fs.letGo();
      return refused(disk, error, problem);
    }
    disk.use().setChanges(cache::putOver);
    fs.begin();
    String note =
        shape.restriction().isEmpty() || wantsReadOnly
            ? ""
            : disk.name() + " is mounted read-only: " + shape.restriction();
    return new Mounted(fs, 0, note);
  }

  private static Mounted refused(BlockDevice disk, int error, String why) {
    return new Mounted(null, error, disk.name() + " cannot be mounted: " + why);
  }

  /** Why the root cannot be had; empty if it can. */
  private String loadRoot() {
    Ext2Vnode found = inodeTable.vnode(Superblock.ROOT_INODE).orNull();
    if (found instanceof Ext2Directory directory) {
      root = directory;
      directory.hold();
      return "";
    }
    return found == null ? "its root cannot be read" : "its root is no directory";
  }

  /** Says on the disk that it is in use, and frees what a crash left behind. */
  private void begin() {
    if (readOnly) {
      return;
    }
    cache.setWhenDirty(writeBack.syncer()::need);
    superblock.beginUse(seconds());
    if (!wasClean) {
      log.accept(disk.name() + " was not unmounted; e2fsck -p on the host repairs it");
    }
    int found = orphans.replay();
    if (found > 0) {
      log.accept(disk.name() + ": " + found + " files without a name were dealt with");
    }
    writeBack.syncer().start();
  }

  /**
   * Writes everything and says on the disk that it is whole. Nothing may be open any more; what
   * still is loses its file. May sleep.
   *
   * @return 0 or -EIO
   */
  public int unmount() {
    if (!mounted) {
      return 0;
    }
    writeBack.syncer().stop();
    for (Ext2Vnode v : inodes.all()) {
      v.letPagesGo();
    }
    int error = sync();
    if (!readOnly && error == 0) {
      error = superblock.endUse(wasClean && !damaged, seconds());
    }
    mounted = false;
    letGo();
    disk.use().disown();
    return error;
  }

  private void letGo() {
    mounted = false;
    groups.close();
    superblock.close();
    cache.close();
  }

  // ---- what a file system is -------------------------------------------------------------------

  @Override
  public Vnode root() {
    Ext2Directory r = root;
    if (r == null) {
      throw new KernelPanic("a file system without root is mounted");
    }
    return r;
  }

  @Override
  public String deviceName() {
    return "/dev/" + disk.name();
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public FileSystemStat stat() {
    long free = superblock.freeBlocks() + writeBack.freedBlocks();
    return new FileSystemStat(
        MAGIC_FOR_STAT,
        shape.blockSize(),
        shape.blocks() - shape.overhead(),
        free,
        Math.max(0, free - shape.reservedBlocks()),
        shape.inodes(),
        superblock.freeInodes() + writeBack.freed().inodes().size());
  }

  @Override
  public int sync() {
    return readOnly || !mounted ? 0 : writeBack.syncAll();
  }

  /** Asks for changed pages to be written soon, since memory is short; never sleeps. */
  public void hurrySyncer() {
    if (!readOnly) {
      writeBack.syncer().hurry();
    }
  }

  // ---- parts -----------------------------------------------------------------------------------

  VmSystem vm() {
    return vm;
  }

  VnodePager pager() {
    return pager;
  }

  BlockDevice disk() {
    return disk;
  }

  Superblock shape() {
    return shape;
  }

  BufferCache cache() {
    return cache;
  }

  GroupTable groups() {
    return groups;
  }

  BlockAllocator blocks() {
    return blocks;
  }

  InodeAllocator inodeAllocator() {
    return inodeAllocator;
  }

  InodeCache inodes() {
    return inodes;
  }

  NameCache nameCache() {
    return nameCache;
  }

  SuperblockFields superblock() {
    return superblock;
  }

  InodeTable inodeTable() {
    return inodeTable;
  }

  NameCreation creation() {
    return creation;
  }

  NameRemoval removal() {
    return removal;
  }

  NameMove move() {
    return move;
  }

  Deletion deletion() {
    return deletion;
  }

  WriteBack writeBack() {
    return writeBack;
  }

  OrphanList orphans() {
    return orphans;
  }

  VnodeLock namesLock() {
    return namesLock;
  }

  boolean isMounted() {
    return mounted;
  }

  /** True if directory entries tell types. */
  boolean typed() {
    return (shape.incompatible() & Superblock.INCOMPATIBLE_FILETYPE) != 0;
  }

  int sectorsPerBlock() {
    return shape.blockSize() / BlockDevice.SECTOR;
  }

  /** The time in seconds since 1970. */
  int seconds() {
    return (int) (layer().clock().now() / SECOND);
  }

  int nextGeneration() {
    return ++lastGeneration ^ seconds();
  }

  /** Says that something on the disk makes no sense; the disk then says so too. */
  void complain(String what) {
    damaged = true;
    if (complaints < MAX_COMPLAINTS) {
      complaints++;
      log.accept("ext2 on " + disk.name() + ": " + what);
    }
    if (!readOnly && mounted) {
      superblock.noteErrors();
    }
  }

  /** True if a block can belong to a file. */
  boolean isDataBlock(long block) {
    return block > shape.firstDataBlock() && block < shape.blocks() && !groups.isMetadata(block);
  }

  /** The directory lost+found, if there is one. Names are locked. */
  @Nullable Ext2Directory lostAndFound() {
    if (!(root() instanceof Ext2Directory top)) {
      return null;
    }
    long ino = top.inodeOf("lost+found");
    return ino > 0 && inodeTable.vnode(ino).orNull() instanceof Ext2Directory d ? d : null;
  }

  // ---- changes ---------------------------------------------------------------------------------

  /**
   * Carries out a change of names, with names locked; frees afterwards what it left to be freed.
   */
  Result<Vnode> change(Ext2Directory directory, Supplier<Result<Vnode>> operation) {
    if (readOnly) {
      return Result.failure(Errno.EROFS);
    }
    trim();
    throttle();
    namesLock.lockExclusive();
    boolean gone = directory.dead() || directory.links() == 0;
    Result<Vnode> result = gone ? Result.failure(Errno.ENOENT) : operation.get();
    List<Ext2Vnode> unneeded = deletion.takeWaiting();
    namesLock.unlock();
    for (Ext2Vnode v : unneeded) {
      v.hold();
      v.release();
    }
    return result;
  }

  // ---- bounds ----------------------------------------------------------------------------------

  /** Lets vnodes go that are one too many. Nothing may be locked. May sleep. */
  void trim() {
    for (Ext2Vnode v : inodes.excess()) {
      v.letPagesGo();
      if (v.uses() == 0) {
        inodes.letGo(v);
      }
    }
  }

  /** Writes back if very much has changed. Nothing may be locked. May sleep. */
  void throttle() {
    cache.throttle();
  }

  /** Vnodes kept, for displays and tests. */
  public int vnodes() {
    return inodes.size();
  }

  /** Names kept, for tests. */
  int names() {
    return nameCache.size();
  }
}
