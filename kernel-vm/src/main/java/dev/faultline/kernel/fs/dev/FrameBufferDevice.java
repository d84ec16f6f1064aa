// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.dev;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.CharDevice;
import dev.faultline.kernel.fs.Device;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.PositionedFile;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.pager.DevicePager;
import dev.faultline.kernel.vm.IoWindow;
import dev.faultline.kernel.vm.UserMemory;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalBus;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * /dev/fb0: a frame buffer in the memory of a device. Programs map it and draw (DV1–DV8), or read
 * and write it like a file; two ioctls tell its form, as Linux's do.
 *
 * <p>Read and write reach the device through a window of the kernel map (PM31) and the bus.
 */
public final class FrameBufferDevice implements CharDevice, DevicePager.DeviceMemory {
  /** Device number of /dev/fb0. */
  public static final long NUMBER = Device.number(29, 0);

  /** Ioctl: what may change, 160 bytes. */
  public static final int FBIOGET_VSCREENINFO = 0x4600;

  /** Ioctl: what may not, 68 bytes. */
  public static final int FBIOGET_FSCREENINFO = 0x4602;

  private static final int PIXEL = 4;
  private static final int VARIABLE_SIZE = 160;
  private static final int FIXED_SIZE = 68;
  private static final int TRUE_COLOR = 2;

  private final PhysicalBus bus;
  private final DevicePager pager;
  private final VmSystem vm;
  private final int base;
  private final int width;
  private final int height;
  private final int size;

  /** Made when it is first needed. */
  private @Nullable IoWindow window;

  /**
   * The driver of a frame buffer of four-byte pixels in rows without gaps.
   *
   * @param base physical address of the first pixel, page aligned
   */
  public FrameBufferDevice(VmSystem vm, PhysicalBus bus, int base, int width, int height) {
    this.bus = bus;
    this.base = base;
    this.width = width;
    this.height = height;
    size = width * height * PIXEL;
    this.vm = vm;
    pager = new DevicePager(vm, this);
  }

  @Override
  public int frame(int page, int protection) {
    return page < size + Page.OFFSET_MASK >>> Page.SHIFT ? Page.number(base) + page : -1;
  }

  @Override
  public Result<OpenFile> open(Caller caller, FilePath path, int flags) {
    return Result.of(new FrameBufferFile(path, flags));
  }

  /**
   * The physical address of a byte of the picture, through the window; -1 without a table for it.
   */
  private long reach(int at) {
    IoWindow w = window;
    if (w == null) {
      w = vm.kernelMemory().window(1);
      window = w;
    }
    int va = w == null ? 0 : w.point(0, Page.number(base + at), true);
    return w == null || va == 0 ? -1 : w.physicalAddress(va + (at & Page.OFFSET_MASK));
  }

  private boolean copyOut(int at, byte[] to, int n) {
    long address = 0;
    for (int i = 0; i < n; i++) {
      if (i == 0 || (at + i & Page.OFFSET_MASK) == 0) {
        long reached = reach(at + i);
        if (reached < 0) {
          return false;
        }
        address = reached - i;
      }
      to[i] = (byte) bus.read((int) (address + i), 1);
    }
    return true;
  }

  private boolean copyIn(int at, byte[] from, int n) {
    long address = 0;
    for (int i = 0; i < n; i++) {
      if (i == 0 || (at + i & Page.OFFSET_MASK) == 0) {
        long reached = reach(at + i);
        if (reached < 0) {
          return false;
        }
        address = reached - i;
      }
      bus.write((int) (address + i), 1, from[i]);
    }
    return true;
  }

  // ---- what it is, in Linux's structures -------------------------------------------------------

  private byte[] variable() {
    ByteBuffer b = ByteBuffer.allocate(VARIABLE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(width).putInt(height).putInt(width).putInt(height);
    b.putInt(0).putInt(0).putInt(PIXEL * 8).putInt(0);
    for (int shift : new int[] {16, 8, 0}) {
      b.putInt(shift).putInt(8).putInt(0);
    }
    return b.array();
  }

  private byte[] fixed() {
    ByteBuffer b = ByteBuffer.allocate(FIXED_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    b.put("faultline".getBytes(StandardCharsets.US_ASCII)).position(16);
    b.putInt(base).putInt(size).putInt(0).putInt(0).putInt(TRUE_COLOR);
    return b.putInt(44, width * PIXEL).array();
  }

  private final class FrameBufferFile extends PositionedFile {
    FrameBufferFile(FilePath path, int flags) {
      super(path, flags);
    }

    @Override
    protected int readChunk(long position, byte[] to, int wanted) {
      int n = Math.clamp(size - position, 0, wanted);
      return n == 0 || copyOut((int) position, to, n) ? n : -Errno.ENOMEM;
    }

    @Override
    protected int writeChunk(long position, byte[] from, int given) {
      int n = Math.clamp(size - position, 0, given);
      if (n == 0) {
        return -Errno.ENOSPC;
      }
      return copyIn((int) position, from, n) ? n : -Errno.ENOMEM;
    }

    @Override
    protected long end() {
      return size;
    }

    @Override
    public int ioctl(Caller caller, int request, int argument, UserMemory memory) {
      byte[] answer =
          switch (request) {
            case FBIOGET_VSCREENINFO -> variable();
            case FBIOGET_FSCREENINFO -> fixed();
            default -> new byte[0];
          };
      if (answer.length == 0) {
        return -Errno.ENOTTY;
      }
      int copied = memory.copyOut(answer, 0, argument, answer.length);
      return copied == answer.length ? 0 : -Errno.EFAULT;
    }

    @Override
    public Result<VmObject> deviceObject(int firstPage, int pages, int protection) {
      VmObject object = pager.object(firstPage, pages, protection);
      return object == null ? Result.failure(Errno.EINVAL) : Result.of(object);
    }
  }
}
