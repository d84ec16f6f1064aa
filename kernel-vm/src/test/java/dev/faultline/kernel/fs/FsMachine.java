// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.EventQueue;
import dev.faultline.kernel.fs.overlay.OverlayFs;
import dev.faultline.kernel.fs.overlay.OverlaySpace;
import dev.faultline.kernel.fs.overlay.SourceDirectory;
import dev.faultline.kernel.fs.overlay.SourceNode;
import dev.faultline.kernel.io.MemoryDisk;
import dev.faultline.kernel.pager.VnodePager;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import dev.faultline.kernel.vm.VmOptions;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.PhysicalMemory;
import java.util.ArrayList;
import java.util.List;

/** A machine without processor: memory, scheduler, and an overlay as root; one caller, root. */
public final class FsMachine {
  /** 2026-01-01T00:00:00Z. */
  public static final long EPOCH = 1_767_225_600_000_000_000L;

  public final Clock time = new Clock();
  public final Scheduler scheduler = new Scheduler(time, 64);
  public final PhysicalMemory memory;
  public final VmSystem vm;
  public final VnodePager pager;
  public final FileLayer layer = new FileLayer(scheduler, () -> EPOCH + time.now());
  public final OverlaySpace space;
  public final OverlayFs root;
  public final TestCaller caller;

  /** 8 MiB, an empty root. */
  public FsMachine() {
    this(8 << 20, new SourceDirectory());
  }

  /** Any memory, any root. */
  public FsMachine(int ram, SourceNode lower) {
    memory = new PhysicalMemory(ram);
    vm = new VmSystem(memory, scheduler, time, VmOptions.defaults());
    pager = new VnodePager(vm);
    space = OverlaySpace.ofMachine(vm);
    root = new OverlayFs(layer, vm, space, lower, "overlay");
    layer.setRoot(root);
    caller = new TestCaller(root.root(), 1);
  }

  /** Virtual time that jumps to the next deadline or event when nobody can run. */
  public static final class Clock implements TimeBase {
    /** What devices will do. */
    public final EventQueue events = new EventQueue();

    private long now;

    @Override
    public long now() {
      return now;
    }

    /** Lets time pass. */
    public void advance(long nanoseconds) {
      now += nanoseconds;
    }

    @Override
    public boolean idle(long deadline) {
      long next = Math.min(deadline, events.nextTime());
      if (next == Scheduler.NO_DEADLINE) {
        return false;
      }
      now = Math.max(now, next);
      events.runDue(now);
      return true;
    }
  }

  /** A disk full of zeros, vda. */
  public MemoryDisk disk(int sectors) {
    return new MemoryDisk("vda", 0xFE00, time.events, time, scheduler, memory, sectors);
  }

  /** Runs a body as a kernel thread. */
  public void run(Runnable body) {
    scheduler.execute("test", body);
  }

  /** Lets all others run until none can. */
  public void settle() {
    while (scheduler.runnable() > 0) {
      scheduler.yieldNow();
    }
  }

  /** Opens a file, which must succeed. */
  public OpenFile open(String path, int flags) {
    Result<OpenFile> file = Vfs.open(caller, null, path, flags, 0x1A4);
    assertThat(file.error()).as("open %s", path).isZero();
    return file.value();
  }

  /** Makes or replaces a file with these bytes. */
  public void write(String path, String content) {
    OpenFile file = open(path, OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.TRUNC);
    assertThat(put(file, content)).isEqualTo(content.length());
    file.release();
  }

  /** Writes to an open file. */
  public int put(OpenFile file, String content) {
    return file.write(caller, new KernelUio(content.getBytes(ISO_8859_1)));
  }

  /** Reads at most so much from an open file; an error shows as its number. */
  public String get(OpenFile file, int size) {
    byte[] buffer = new byte[size];
    int n = file.read(caller, new KernelUio(buffer));
    return n < 0 ? "errno " + -n : new String(buffer, 0, n, ISO_8859_1);
  }

  /** All of a file. */
  public String read(String path) {
    OpenFile file = open(path, OpenFlags.RDONLY);
    StringBuilder all = new StringBuilder();
    String part = get(file, 4096);
    while (!part.isEmpty()) {
      all.append(part);
      if (part.startsWith("errno ")) {
        break;
      }
      part = get(file, 4096);
    }
    file.release();
    return all.toString();
  }

  /** The vnode of a path, which must exist. */
  public Vnode vnode(String path) {
    Result<FilePath> found = Namei.lookup(caller, null, path, false);
    assertThat(found.error()).as("lookup %s", path).isZero();
    return found.value().vnode();
  }

  /** Names in a directory, "." and ".." left out. */
  public List<String> list(String path) {
    List<String> names = new ArrayList<>();
    OpenFile directory = open(path, OpenFlags.DIRECTORY);
    int error =
        directory.readDirectory(
            (name, ino, type, next) -> {
              if (!name.equals(".") && !name.equals("..")) {
                names.add(name);
              }
              return true;
            });
    assertThat(error).isZero();
    directory.release();
    return names;
  }

  /** Makes a directory, which must succeed. */
  public void mkdir(String path) {
    assertThat(Vfs.mkdir(caller, null, path, 0x1FF)).as("mkdir %s", path).isZero();
  }

  /** Makes a symbolic link, which must succeed. */
  public void symlink(String target, String path) {
    assertThat(Vfs.symlink(caller, target, null, path)).as("symlink %s", path).isZero();
  }

  /** Renames with replacing. */
  public int rename(String from, String to) {
    return Rename.rename(caller, null, from, null, to, true);
  }

  /** Removes a name. */
  public int unlink(String path) {
    return Vfs.unlink(caller, null, path);
  }
}
