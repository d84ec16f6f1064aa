// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileLayer;
import dev.faultline.kernel.fs.FileSystem;
import dev.faultline.kernel.fs.FileSystemStat;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.fs.VnodeLock;
import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.pager.VnodePager;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.Pager;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmSystem;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
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
  private static final int MAX_FREED_RECORDS = 4_096;
  private static final long LARGE_FILE = 1L << 31;
  private static final long SECOND = 1_000_000_000L;

  /**
   * What mounting gave.
   *
   * @param fileSystem null if it failed
   * @param error 0; -EINVAL for what is no file system that can be mounted, -EIO
   * @param message why it failed or can only be read, as one line without a full stop; else empty
   */
  public record Mounted(@Nullable Ext2Fs fileSystem, int error, String message) {}

  private final VmSystem vm;
  private final VnodePager pager;
  private final BlockDevice disk;
  private final Superblock shape;
  private final BufferCache cache;
  private final GroupTable groups;
  private final Buffer superblock;
  private final int superblockAt;
  private final Consumer<String> log;
  private final boolean readOnly;
  private final boolean wasClean;
  private final VnodeLock namesLock;
  private final InodeCache inodes;
  private final NameCache nameCache;
  private final BlockAllocator blocks;
  private final InodeAllocator inodeAllocator;
  private final NameOperations operations;
  private final OrphanList orphans;
  private final Syncer syncer;
  private final Set<Ext2File> dirtyFiles = new LinkedHashSet<>();
  private final List<Ext2Vnode> toReclaim = new ArrayList<>();
  private FreedSpace freed = new FreedSpace();
  private long blocksBeingReleased;
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
    this.superblock = superblock;
    this.readOnly = readOnly;
    this.log = log;
    superblockAt = Superblock.POSITION % shape.blockSize();
    wasClean = (superblock.get16(superblockAt + Superblock.STATE) & Superblock.STATE_CLEAN) != 0;
    namesLock = new VnodeLock(layer.scheduler());
    int frames = vm.memory().frames();
    inodes = new InodeCache(Math.max(128, frames / 8));
    nameCache = new NameCache(Math.max(512, frames / 4));
    blocks = new BlockAllocator(this);
    inodeAllocator = new InodeAllocator(this);
    operations = new NameOperations(this);
    orphans = new OrphanList(this);
    syncer = new Syncer(layer.scheduler(), vm.time(), this::writeBack);
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
    Ext2Vnode found = vnode(Superblock.ROOT_INODE).orNull();
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
    cache.setWhenDirty(syncer::need);
    int state = superblock.get16(superblockAt + Superblock.STATE);
    put16(Superblock.STATE, state & ~Superblock.STATE_CLEAN);
    put16(Superblock.MOUNT_COUNT, superblock.get16(superblockAt + Superblock.MOUNT_COUNT) + 1);
    put32(Superblock.MOUNT_TIME, seconds());
    cache.commit(superblock);
    if (!wasClean) {
      log.accept(disk.name() + " was not unmounted; e2fsck -p on the host repairs it");
    }
    replayOrphans();
    syncer.start();
  }

  private void replayOrphans() {
    List<Ext2Vnode> found = new ArrayList<>();
    Set<Long> seen = new LinkedHashSet<>();
    long ino = superblock.getUnsigned32(superblockAt + Superblock.LAST_ORPHAN);
    while (ino != 0) {
      Ext2Vnode vnode = isFileInode(ino) && seen.add(ino) ? load(ino, true) : null;
      if (vnode == null) {
        complain("the list of orphans leads to inode " + ino + ", which is none");
        break;
      }
      found.add(vnode);
      orphans.found(vnode);
      inodes.keep(vnode);
      ino = vnode.dtime() & 0xFFFF_FFFFL;
    }
    for (Ext2Vnode vnode : found.reversed()) {
      if (vnode.links() == 0) {
        reclaim(vnode);
      } else {
        if (vnode instanceof Ext2File file) {
          file.freeBehindEnd();
        }
        orphans.removeNamed(vnode);
      }
    }
    if (!found.isEmpty()) {
      log.accept(disk.name() + ": " + found.size() + " files without a name were dealt with");
    }
    if (superblock.get32(superblockAt + Superblock.LAST_ORPHAN) != 0 && orphans.size() == 0) {
      put32(Superblock.LAST_ORPHAN, 0);
    }
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
    syncer.stop();
    for (Ext2Vnode v : inodes.all()) {
      v.letPagesGo();
    }
    int error = sync();
    if (!readOnly && error == 0) {
      int state = superblock.get16(superblockAt + Superblock.STATE);
      if (wasClean && !damaged) {
        state |= Superblock.STATE_CLEAN;
      }
      put16(Superblock.STATE, state);
      put32(Superblock.WRITE_TIME, seconds());
      error = cache.commit(superblock);
    }
    mounted = false;
    letGo();
    return error;
  }

  private void letGo() {
    mounted = false;
    groups.close();
    cache.release(superblock);
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
    return new FileSystemStat(
        MAGIC_FOR_STAT,
        shape.blockSize(),
        shape.blocks() - shape.overhead(),
        superblock.getUnsigned32(superblockAt + Superblock.FREE_BLOCKS)
            + freed.blocks()
            + blocksBeingReleased,
        shape.inodes(),
        freeInodes() + freed.inodes().size());
  }

  @Override
  public int sync() {
    if (readOnly || !mounted) {
      return 0;
    }
    boolean ok = true;
    for (Ext2File file : List.copyOf(dirtyFiles)) {
      ok &= write(file, 0);
    }
    for (Ext2File file : List.copyOf(dirtyFiles)) {
      ok &= write(file, Pager.SYNC);
    }
    int error = syncMetadata();
    if (error == 0) {
      // What became free, and is so in the bitmaps now.
      error = cache.sync();
    }
    return ok ? error : -Errno.EIO;
  }

  private static boolean write(Ext2File file, int flags) {
    file.hold();
    file.lock().lockExclusive();
    boolean ok = file.writePages(flags) && file.update() == 0;
    file.lock().unlock();
    file.release();
    return ok;
  }

  /** What the syncer does. */
  private void writeBack() {
    for (Ext2File file : List.copyOf(dirtyFiles)) {
      write(file, VmObject.SKIP_NOSYNC);
    }
    syncMetadata();
  }

  /** Asks for changed pages to be written soon, since memory is short; never sleeps. */
  public void hurrySyncer() {
    if (!readOnly) {
      syncer.hurry();
    }
  }

  /**
   * Brings all metadata to the disk, in order, and with it the data written before; then what was
   * freed may be used again. May sleep. 0 or -EIO.
   */
  int syncMetadata() {
    if (readOnly || !mounted) {
      return 0;
    }
    FreedSpace taken = freed;
    freed = new FreedSpace();
    blocksBeingReleased += taken.blocks();
    int error = cache.sync();
    blocksBeingReleased -= taken.blocks();
    if (error != 0) {
      freed.addAll(taken);
      return error;
    }
    for (FreedSpace.Run run : taken.runs()) {
      if (!blocks.free(run)) {
        complain("a bitmap cannot be read: freed blocks stay marked as used");
      }
    }
    for (FreedSpace.Ino ino : taken.inodes()) {
      if (!inodeAllocator.free(ino.number(), ino.directory())) {
        complain("a bitmap cannot be read: freed inodes stay marked as used");
      }
    }
    return 0;
  }

  /** Makes what was freed usable, if there is any; true if that may help. May sleep. */
  boolean releaseFreed() {
    return !freed.isEmpty() && syncMetadata() == 0;
  }

  /** Keeps the list of what was freed short; everything freed is freed on its inode too. */
  void boundFreed() {
    if (freed.records() > MAX_FREED_RECORDS) {
      syncMetadata();
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

  NameOperations operations() {
    return operations;
  }

  OrphanList orphans() {
    return orphans;
  }

  FreedSpace freed() {
    return freed;
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
    int state = superblock.get16(superblockAt + Superblock.STATE);
    if (!readOnly && mounted && (state & Superblock.STATE_ERRORS) == 0 && !superblock.writing) {
      put16(Superblock.STATE, state | Superblock.STATE_ERRORS);
    }
  }

  /** True if a block can belong to a file. */
  boolean isDataBlock(long block) {
    return block > shape.firstDataBlock() && block < shape.blocks() && !groups.isMetadata(block);
  }

  // ---- counts ----------------------------------------------------------------------------------

  private void put16(int field, int value) {
    cache.modify(superblock);
    superblock.put16(superblockAt + field, value);
    cache.dirty(superblock);
  }

  private void put32(int field, int value) {
    cache.modify(superblock);
    superblock.put32(superblockAt + field, value);
    cache.dirty(superblock);
  }

  /** Waits until a bitmap and the counts that go with it can be changed together. */
  void prepareCounts(int group, Buffer bitmap) {
    while (bitmap.writing || superblock.writing || groups.isBeingWritten(group)) {
      cache.modify(bitmap);
      cache.modify(superblock);
      groups.modify(group);
    }
  }

  void countBlocks(int group, int by) {
    groups.count(group, GroupTable.FREE_BLOCKS, by);
    put32(Superblock.FREE_BLOCKS, superblock.get32(superblockAt + Superblock.FREE_BLOCKS) + by);
  }

  void countInodes(int group, int by, int directories) {
    groups.count(group, GroupTable.FREE_INODES, by);
    if (directories != 0) {
      groups.count(group, GroupTable.DIRECTORIES, directories);
    }
    put32(Superblock.FREE_INODES, superblock.get32(superblockAt + Superblock.FREE_INODES) + by);
  }

  long freeInodes() {
    return superblock.getUnsigned32(superblockAt + Superblock.FREE_INODES);
  }

  /** A file has this size now: the superblock says if any needs more than 31 bits. */
  void noteSize(long bytes) {
    int features = superblock.get32(superblockAt + Superblock.READ_ONLY_COMPATIBLE);
    if (bytes >= LARGE_FILE && (features & Superblock.RO_LARGE_FILE) == 0) {
      put32(Superblock.READ_ONLY_COMPATIBLE, features | Superblock.RO_LARGE_FILE);
    }
  }

  /** Makes the list of orphans begin with an inode; the superblock's block, pinned. */
  Buffer setFirstOrphan(int ino) {
    put32(Superblock.LAST_ORPHAN, ino);
    cache.pin(superblock);
    return superblock;
  }

  // ---- inodes ----------------------------------------------------------------------------------

  private boolean isFileInode(long ino) {
    return ino == Superblock.ROOT_INODE || (ino >= shape.firstInode() && ino <= shape.inodes());
  }

  private long inodeIndex(long ino) {
    return (ino - 1) % shape.inodesPerGroup() * shape.inodeSize();
  }

  /** The block where an inode lies, pinned; null after an I/O error. May sleep. */
  @Nullable Buffer inodeBuffer(long ino) {
    long table = groups.inodeTable(shape.groupOfInode(ino));
    return cache.read(table + inodeIndex(ino) / shape.blockSize());
  }

  /** Where an inode lies in its block. */
  int inodeOffset(long ino) {
    return (int) (inodeIndex(ino) % shape.blockSize());
  }

  /** The vnode of an inode in use; -EIO if it cannot be read or is none. May sleep. */
  Result<Ext2Vnode> vnode(long ino) {
    Ext2Vnode kept = inodes.kept(ino);
    if (kept != null) {
      return Result.of(kept);
    }
    if (!isFileInode(ino)) {
      complain("a directory names inode " + ino + ", which is none");
      return Result.failure(Errno.EIO);
    }
    Ext2Vnode vnode = load(ino, false);
    if (vnode == null) {
      return Result.failure(Errno.EIO);
    }
    inodes.keep(vnode);
    return Result.of(vnode);
  }

  private @Nullable Ext2Vnode load(long ino, boolean orphan) {
    Buffer b = inodeBuffer(ino);
    if (b == null) {
      return null;
    }
    Ext2Vnode vnode = inodes.kept(ino);
    if (vnode == null) {
      vnode = inodes.known(ino);
    }
    if (vnode == null || vnode.dead()) {
      vnode = interpret(ino, b, inodeOffset(ino), orphan);
    }
    cache.release(b);
    return vnode;
  }

  private @Nullable Ext2Vnode interpret(long ino, Buffer b, int at, boolean orphan) {
    FileType type = null;
    for (FileType t : FileType.values()) {
      if ((b.get16(at + Ext2Vnode.MODE) & FileType.MASK) == t.modeBits()) {
        type = t;
      }
    }
    boolean used = b.get16(at + Ext2Vnode.LINKS) != 0 || orphan;
    if (type == null || !used) {
      complain("inode " + ino + " is not in use, but has a name");
      return null;
    }
    Ext2Vnode vnode = newVnode(type, ino);
    vnode.load(b, at);
    boolean odd = vnode.size() % shape.blockSize() != 0 || vnode.size() > LARGE_FILE;
    if (vnode.size() < 0 || (type == FileType.DIR && odd)) {
      complain("inode " + ino + " has a size of " + vnode.size());
      return null;
    }
    return vnode;
  }

  /** A vnode that is in no cache, and whose fields are not set. */
  Ext2Vnode newVnode(FileType type, long ino) {
    return switch (type) {
      case REG -> new Ext2File(this, ino);
      case DIR -> new Ext2Directory(this, ino);
      case LNK -> new Ext2Symlink(this, ino);
      case CHR, BLK, FIFO, SOCK -> new Ext2Special(this, type, ino);
    };
  }

  /** The directory lost+found, if there is one. Names are locked. */
  @Nullable Ext2Directory lostAndFound() {
    if (!(root() instanceof Ext2Directory top)) {
      return null;
    }
    long ino = top.inodeOf("lost+found");
    return ino > 0 && vnode(ino).orNull() instanceof Ext2Directory d ? d : null;
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
    List<Ext2Vnode> unneeded = List.copyOf(toReclaim);
    toReclaim.clear();
    namesLock.unlock();
    for (Ext2Vnode v : unneeded) {
      v.hold();
      v.release();
    }
    return result;
  }

  /** A file has become an orphan: it is freed when the change is over, if nobody uses it. */
  void toReclaim(Ext2Vnode vnode) {
    toReclaim.add(vnode);
  }

  /** Frees an orphan that nobody uses any more. May sleep. */
  void reclaim(Ext2Vnode vnode) {
    if (vnode.dead() || readOnly || !mounted) {
      return;
    }
    vnode.die();
    empty(vnode);
    orphans.remove(vnode);
    end(vnode);
  }

  /** Frees the blocks of a file that has no name. */
  void empty(Ext2Vnode vnode) {
    vnode.discardPages();
    long old = vnode.size();
    if (vnode instanceof Ext2File file) {
      file.setSize(0);
      file.freeBlocks(old);
    } else if (vnode instanceof Ext2Directory directory) {
      directory.freeBlocks();
    } else if (vnode instanceof Ext2Symlink link) {
      if (!link.isFast() && isDataBlock(link.pointer(0) & 0xFFFF_FFFFL)) {
        freeMetadataBlock(link, link.pointer(0) & 0xFFFF_FFFFL);
        link.setPointer(0, 0);
      }
      link.setSize(0);
    }
    if (vnode.attributeBlock() != 0) {
      dropAttributes(vnode);
    }
  }

  private void freeMetadataBlock(Ext2Vnode vnode, long block) {
    cache.forget(block);
    freed.addBlock(block);
    vnode.addSectors(-sectorsPerBlock());
  }

  /** A block of extended attributes may belong to several inodes: it counts them. */
  private void dropAttributes(Ext2Vnode vnode) {
    long block = vnode.attributeBlock() & 0xFFFF_FFFFL;
    vnode.dropAttributeBlock();
    Buffer b = isDataBlock(block) ? cache.read(block) : null;
    if (b == null) {
      complain("inode " + vnode.ino() + " has no good block of attributes");
      return;
    }
    int users = b.get32(4);
    if (users > 1) {
      cache.modify(b);
      b.put32(4, users - 1);
      cache.dirty(b);
      cache.release(b);
      vnode.addSectors(-sectorsPerBlock());
    } else {
      cache.release(b);
      freeMetadataBlock(vnode, block);
    }
  }

  /** An inode is free. */
  void end(Ext2Vnode vnode) {
    vnode.die();
    inodes.remove(vnode);
    if (vnode.type() == FileType.DIR) {
      nameCache.forget(vnode.ino());
    }
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

  void noteDirty(Ext2File file) {
    if (dirtyFiles.add(file)) {
      syncer.need();
    }
  }

  void noteClean(Ext2File file) {
    dirtyFiles.remove(file);
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
