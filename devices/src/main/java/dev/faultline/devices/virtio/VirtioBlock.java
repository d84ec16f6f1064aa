// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.virtio;

import dev.faultline.devices.EventQueue;
import dev.faultline.devices.VirtualClock;
import dev.faultline.devices.disk.DiskFaults.Fault;
import dev.faultline.devices.disk.DiskImage;
import dev.faultline.devices.disk.DiskOperation;
import dev.faultline.devices.disk.Drive;
import dev.faultline.mmu.InterruptLine;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A virtio block device (VIRTIO 1.2, section 5.2): read, write, flush and the device's name, as
 * many requests under way as the queue has descriptors. For the machine's thread.
 *
 * <p>A request moves its bytes and completes in one event of virtual time, when the drive's latency
 * model says; RAM is read and written then. A request that is well formed but cannot be done ends
 * with a status; a broken ring ends in {@code DEVICE_NEEDS_RESET}.
 */
public final class VirtioBlock {
  /** Where the devices' windows are: one after the other from here. */
  public static final int FIRST_WINDOW = 0xF000_0000;

  /** Bytes from one window to the next. */
  public static final int WINDOW = VirtioMmio.WINDOW;

  /** Told that a disk's script has cut the power of the whole machine. */
  @FunctionalInterface
  public interface PowerSupply {
    /** Cuts the power: every disk is to be told by {@link VirtioBlock#powerCut}. */
    void cut();
  }

  private static final int ID = 2;

  private static final long SIZE_MAX = 1L << 1;
  private static final long SEG_MAX = 1L << 2;
  private static final long READ_ONLY = 1L << 5;
  private static final long BLK_SIZE = 1L << 6;
  private static final long FLUSH = 1L << 9;
  private static final long CONFIG_WCE = 1L << 11;

  private static final int CONFIG_SIZE = 36;
  private static final int CONFIG_WRITEBACK = 32;

  private static final int HEADER = 16;
  private static final int T_IN = 0;
  private static final int T_OUT = 1;
  private static final int T_FLUSH = 4;
  private static final int T_GET_ID = 8;

  private static final byte S_OK = 0;
  private static final byte S_IOERR = 1;
  private static final byte S_UNSUPP = 2;

  private static final int NAME_BYTES = 20;
  private static final int BOUNCE = 1 << 16;

  private final Drive drive;
  private final VirtualClock clock;
  private final EventQueue events;
  private final PhysicalMemory memory;
  private final PowerSupply power;
  private final VirtioMmio transport;
  private final byte[] name = new byte[NAME_BYTES];
  private final byte[] bounce = new byte[BOUNCE];
  private final Transfer[] transfers = new Transfer[SplitQueue.MAX_SIZE];

  private @Nullable SplitQueue queue;
  private boolean indirect;
  private boolean writeBack = true;
  private boolean hasFlush;
  private boolean off;

  /**
   * A device that no driver has touched.
   *
   * @param name what it answers to get-id, 20 bytes at most
   * @param interrupt its line
   * @param power who is told of a power cut that the drive's faults ask for
   */
  public VirtioBlock(
      Drive drive,
      String name,
      VirtualClock clock,
      EventQueue events,
      PhysicalMemory memory,
      InterruptLine interrupt,
      PowerSupply power) {
    this.drive = drive;
    this.clock = clock;
    this.events = events;
    this.memory = memory;
    this.power = power;
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, this.name, 0, Math.min(bytes.length, NAME_BYTES));
    transport = new VirtioMmio(new Block(), memory, interrupt);
  }

  /** Puts its registers into a window of physical addresses. */
  public void attach(PhysicalBus bus, int base) {
    transport.attach(bus, base);
  }

  /** One request under way; made when its place in the queue is first used, and used again. */
  private final class Transfer {
    final int head;
    final DescriptorChain chain = new DescriptorChain(memory);
    final EventQueue.Timer timer = events.timer(due -> complete(this));
    boolean underWay;
    int type;
    long sector;
    int bytes;
    Fault fault = Fault.NONE;
    long mark;

    Transfer(int head) {
      this.head = head;
    }
  }

  private final class Block implements VirtioDevice {
    @Override
    public int id() {
      return ID;
    }

    @Override
    public long features() {
      long all = SIZE_MAX | SEG_MAX | BLK_SIZE | FLUSH | CONFIG_WCE;
      return drive.readOnly() ? all | READ_ONLY : all;
    }

    @Override
    public int configSize() {
      return CONFIG_SIZE;
    }

    @Override
    public int readConfig(int offset) {
      // capacity le64, size_max le32, seg_max le32, geometry, blk_size le32 at 20, writeback at 32.
      long word =
          switch (offset >>> 2) {
            case 0 -> drive.sectors();
            case 1 -> drive.sectors() >>> 32;
            case 2 -> DescriptorChain.MAX_BUFFER;
            case 3 -> SplitQueue.MAX_SIZE - 2;
            case 5 -> DiskImage.SECTOR;
            case 8 -> writeBack ? 1 : 0;
            default -> 0;
          };
      return (int) (word >>> 8 * (offset & 3)) & 0xFF;
    }

    @Override
    public void writeConfig(int offset, int value) {
      if (offset == CONFIG_WRITEBACK && (value & ~1) == 0) {
        writeBack = value == 1;
      }
    }

    @Override
    public void start(long negotiated, SplitQueue newQueue) {
      queue = newQueue;
      indirect = (negotiated & VirtioMmio.INDIRECT_DESC) != 0;
      hasFlush = (negotiated & (FLUSH | CONFIG_WCE)) != 0;
    }

    @Override
    public void notified() {
      if (!off && queue != null) {
        takeRequests(queue);
      }
    }

    @Override
    public void stop() {
      forgetTransfers();
    }

    @Override
    public void reset() {
      forgetTransfers();
      queue = null;
      writeBack = true;
    }
  }

  private void forgetTransfers() {
    for (Transfer t : transfers) {
      if (t != null) {
        t.timer.cancel();
        t.underWay = false;
      }
    }
  }

  // ---- arrival ---------------------------------------------------------------------------------

  private void takeRequests(SplitQueue from) {
    int head = from.next();
    while (head >= 0) {
      if (!take(from, head)) {
        head = SplitQueue.BROKEN;
        break;
      }
      if (off) {
        return;
      }
      head = from.next();
    }
    if (head == SplitQueue.BROKEN) {
      breakOff();
    }
  }

  /** Nothing that is under way completes any more. */
  private void breakOff() {
    forgetTransfers();
    transport.fail();
  }

  /** Starts one request; false if it is malformed. */
  private boolean take(SplitQueue from, int head) {
    Transfer t = transfers[head];
    if (t == null) {
      t = new Transfer(head);
      transfers[head] = t;
    }
    if (t.underWay
        || !t.chain.read(from, head, indirect)
        || t.chain.readable() < HEADER
        || t.chain.writable() < 1) {
      return false;
    }
    t.underWay = true;
    t.chain.get(0, bounce, 0, HEADER);
    t.type = (int) PhysicalMemory.INT.get(bounce, 0);
    t.sector = (long) PhysicalMemory.LONG.get(bounce, 8);
    switch (t.type) {
      case T_IN -> begin(t, DiskOperation.READ, t.chain.writable() - 1);
      case T_OUT -> begin(t, DiskOperation.WRITE, t.chain.readable() - HEADER);
      case T_FLUSH -> {
        t.sector = 0;
        begin(t, DiskOperation.FLUSH, 0);
      }
      default -> {
        t.fault = Fault.NONE;
        t.timer.arm(clock.now());
      }
    }
    return true;
  }

  private void begin(Transfer t, DiskOperation operation, int bytes) {
    t.bytes = bytes;
    t.mark = drive.mark();
    if (!isPossible(t, operation)) {
      t.fault = Fault.ERROR;
      t.timer.arm(clock.now());
      return;
    }
    t.fault = drive.fault(clock.now(), operation, t.sector, bytes / DiskImage.SECTOR);
    if (t.fault == Fault.POWER_CUT) {
      power.cut();
    } else if (t.fault != Fault.TIMEOUT) {
      boolean cached = writeBack && hasFlush;
      t.timer.arm(drive.completion(clock.now(), operation, t.sector, bytes, cached));
    }
  }

  private boolean isPossible(Transfer t, DiskOperation operation) {
    int sectors = t.bytes / DiskImage.SECTOR;
    return t.bytes % DiskImage.SECTOR == 0
        && t.sector >= 0
        && t.sector <= drive.sectors() - sectors
        && !(operation == DiskOperation.WRITE && drive.readOnly());
  }

  // ---- completion ------------------------------------------------------------------------------

  private void complete(Transfer t) {
    t.underWay = false;
    byte status;
    int moved = 0;
    try {
      status = carryOut(t);
      moved = status == S_OK ? movedIn(t) : 0;
    } catch (IOException e) {
      // The host's trouble is the medium's.
      status = S_IOERR;
    }
    bounce[0] = status;
    t.chain.put(t.chain.writable() - 1, bounce, 0, 1);
    transport.used(t.head, moved + 1);
  }

  private static int movedIn(Transfer t) {
    return switch (t.type) {
      case T_IN -> t.bytes;
      case T_GET_ID -> Math.min(NAME_BYTES, t.chain.writable() - 1);
      default -> 0;
    };
  }

  private byte carryOut(Transfer t) throws IOException {
    if (t.fault == Fault.ERROR) {
      return S_IOERR;
    }
    if (t.fault == Fault.TORN) {
      if (t.type == T_OUT) {
        write(t, drive.tear(t.bytes / DiskImage.SECTOR) * DiskImage.SECTOR);
      }
      return S_IOERR;
    }
    switch (t.type) {
      case T_IN -> {
        if (t.fault == Fault.BIT_ROT && t.bytes > 0) {
          drive.rot(t.sector, t.bytes / DiskImage.SECTOR);
        }
        read(t);
      }
      case T_OUT -> {
        write(t, t.bytes);
        if (!writeBack || !hasFlush) {
          drive.flushed(drive.mark());
        }
      }
      case T_FLUSH -> drive.flushed(t.mark);
      case T_GET_ID -> t.chain.put(0, name, 0, Math.min(NAME_BYTES, t.chain.writable() - 1));
      default -> {
        return S_UNSUPP;
      }
    }
    return S_OK;
  }

  private void read(Transfer t) throws IOException {
    long position = t.sector * DiskImage.SECTOR;
    for (int done = 0; done < t.bytes; done += BOUNCE) {
      int n = Math.min(BOUNCE, t.bytes - done);
      drive.read(position + done, bounce, 0, n);
      t.chain.put(done, bounce, 0, n);
    }
  }

  private void write(Transfer t, int bytes) throws IOException {
    long position = t.sector * DiskImage.SECTOR;
    for (int done = 0; done < bytes; done += BOUNCE) {
      int n = Math.min(BOUNCE, bytes - done);
      t.chain.get(HEADER + done, bounce, 0, n);
      drive.write(position + done, bounce, 0, n);
    }
  }

  // ---- power -----------------------------------------------------------------------------------

  /**
   * The machine's power fails: of what was not flushed, and of the writes under way, the image
   * keeps what the medium has. The device does nothing more.
   */
  public void powerCut() {
    off = true;
    try {
      for (Transfer t : transfers) {
        if (t != null && t.underWay) {
          t.timer.cancel();
          t.underWay = false;
          if (t.type == T_OUT && isPossible(t, DiskOperation.WRITE)) {
            write(t, t.bytes);
          }
        }
      }
      drive.powerCut();
    } catch (IOException e) {
      // The host cannot write: then the medium keeps less.
      Arrays.fill(transfers, null);
    }
  }
}
