// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.kernel.fs.Device;
import dev.faultline.kernel.fs.FileSystemStat;
import dev.faultline.kernel.fs.Stat;
import dev.faultline.kernel.proc.ResourceUsage;
import dev.faultline.kernel.proc.Signal;
import dev.faultline.kernel.proc.SignalInfo;
import dev.faultline.kernel.vm.UserMemory;
import dev.faultline.mmu.Page;

/** The structures that calls fill in, byte for byte as i386 Linux lays them out. */
final class Layouts {
  static final int STAT64_SIZE = 96;
  static final int STATX_SIZE = 256;
  static final int STATFS64_SIZE = 84;
  static final int STATFS_SIZE = 64;
  static final int RUSAGE_SIZE = 72;
  static final int SIGINFO_SIZE = 128;

  private static final int NANOS = 1_000_000_000;
  private static final int BASIC_STATS = 0x7FF;
  private static final int NAME_MAX = 255;

  private Layouts() {}

  static UserStruct stat64(UserMemory memory, Stat s) {
    UserStruct u = new UserStruct(memory, STAT64_SIZE);
    u.put64(0, s.dev()).put32(12, (int) s.ino()).put32(16, s.mode()).put32(20, s.nlink());
    u.put32(24, s.uid()).put32(28, s.gid()).put64(32, s.rdev()).put64(44, s.size());
    u.put32(52, s.blockSize()).put64(56, s.blocks());
    timespec32(u, 64, s.atime());
    timespec32(u, 72, s.mtime());
    timespec32(u, 80, s.ctime());
    return u.put64(88, s.ino());
  }

  static UserStruct statx(UserMemory memory, Stat s) {
    UserStruct u = new UserStruct(memory, STATX_SIZE);
    u.put32(0, BASIC_STATS).put32(4, s.blockSize()).put32(16, s.nlink());
    u.put32(20, s.uid()).put32(24, s.gid()).put16(28, s.mode());
    u.put64(32, s.ino()).put64(40, s.size()).put64(48, s.blocks());
    statxTime(u, 64, s.atime());
    statxTime(u, 96, s.ctime());
    statxTime(u, 112, s.mtime());
    u.put32(128, Device.major(s.rdev())).put32(132, Device.minor(s.rdev()));
    return u.put32(136, Device.major(s.dev())).put32(140, Device.minor(s.dev()));
  }

  private static void statxTime(UserStruct u, int at, long nanoseconds) {
    u.put64(at, Math.floorDiv(nanoseconds, NANOS));
    u.put32(at + 8, (int) Math.floorMod(nanoseconds, (long) NANOS));
  }

  /** The old stat, with 16-bit ids. */
  static UserStruct stat32(UserMemory memory, Stat s) {
    UserStruct u = new UserStruct(memory, 64);
    u.put32(0, (int) s.dev()).put32(4, (int) s.ino()).put16(8, s.mode()).put16(10, s.nlink());
    u.put16(12, s.uid()).put16(14, s.gid()).put32(16, (int) s.rdev()).put32(20, (int) s.size());
    u.put32(24, s.blockSize()).put32(28, (int) s.blocks());
    timespec32(u, 32, s.atime());
    timespec32(u, 40, s.mtime());
    timespec32(u, 48, s.ctime());
    return u;
  }

  static UserStruct statfs64(UserMemory memory, FileSystemStat s) {
    UserStruct u = new UserStruct(memory, STATFS64_SIZE);
    u.put32(0, s.type()).put32(4, s.blockSize()).put64(8, s.blocks()).put64(16, s.blocksFree());
    u.put64(24, s.blocksAvailable()).put64(32, s.files()).put64(40, s.filesFree());
    return u.put32(56, NAME_MAX).put32(60, s.blockSize());
  }

  static UserStruct statfs32(UserMemory memory, FileSystemStat s) {
    UserStruct u = new UserStruct(memory, STATFS_SIZE);
    u.put32(0, s.type()).put32(4, s.blockSize()).put32(8, (int) s.blocks());
    u.put32(12, (int) s.blocksFree()).put32(16, (int) s.blocksAvailable());
    u.put32(20, (int) s.files()).put32(24, (int) s.filesFree());
    return u.put32(36, NAME_MAX).put32(40, s.blockSize());
  }

  static UserStruct rusage(UserMemory memory, ResourceUsage r) {
    UserStruct u = new UserStruct(memory, RUSAGE_SIZE);
    timeval32(u, 0, r.userTime());
    timeval32(u, 8, r.systemTime());
    u.put32(16, r.maxResident() * (Page.SIZE / 1024)).put32(40, (int) r.swaps());
    u.put32(32, (int) r.minorFaults()).put32(36, (int) r.majorFaults());
    u.put32(64, (int) r.voluntarySwitches());
    return u.put32(68, (int) r.involuntarySwitches());
  }

  static UserStruct siginfo(UserMemory memory, SignalInfo i) {
    UserStruct u = new UserStruct(memory, SIGINFO_SIZE);
    u.put32(0, i.signal()).put32(8, i.code());
    if (i.signal() == Signal.CHLD && i.code() > 0) {
      u.put32(12, i.pid()).put32(16, i.uid()).put32(20, i.value());
      u.put32(24, i.userTime()).put32(28, i.systemTime());
    } else if (i.hasSender()) {
      u.put32(12, i.pid()).put32(16, i.uid()).put32(20, i.value());
    } else {
      u.put32(12, i.value());
    }
    return u;
  }

  /** Seconds and nanoseconds of 4 bytes each. */
  static void timespec32(UserStruct u, int at, long nanoseconds) {
    u.put32(at, (int) Math.floorDiv(nanoseconds, NANOS));
    u.put32(at + 4, (int) Math.floorMod(nanoseconds, (long) NANOS));
  }

  /** Seconds and nanoseconds of 8 bytes each. */
  static void timespec64(UserStruct u, int at, long nanoseconds) {
    u.put64(at, Math.floorDiv(nanoseconds, NANOS));
    u.put64(at + 8, Math.floorMod(nanoseconds, (long) NANOS));
  }

  /** Seconds and microseconds of 4 bytes each. */
  static void timeval32(UserStruct u, int at, long nanoseconds) {
    u.put32(at, (int) Math.floorDiv(nanoseconds, NANOS));
    u.put32(at + 4, (int) (Math.floorMod(nanoseconds, (long) NANOS) / 1000));
  }
}
