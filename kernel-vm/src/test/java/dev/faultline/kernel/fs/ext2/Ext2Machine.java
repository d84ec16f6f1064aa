// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.fs.KernelUio;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vfs;
import dev.faultline.kernel.fs.overlay.SourceDirectory;
import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.io.MemoryDisk;
import dev.faultline.kernel.vm.VmSystem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** A machine whose root is an ext2 file system on a disk in memory. */
final class Ext2Machine implements AutoCloseable {
  static final int TIME = (int) (FsMachine.EPOCH / 1_000_000_000L);

  final FsMachine machine;
  final MemoryDisk disk;
  final List<String> log = new ArrayList<>();
  private @Nullable Ext2Fs mounted;

  /** Machines whose threads have not ended: they keep their memory. */
  private static final List<Ext2Machine> open = new ArrayList<>();

  /** A machine with 8 MiB. */
  Ext2Machine(byte[] image) {
    this(8 << 20, image);
  }

  Ext2Machine(int ram, byte[] image) {
    machine = new FsMachine(ram, new SourceDirectory());
    disk =
        new MemoryDisk(
            "vda",
            0xFE00,
            machine.time.events,
            machine.time,
            machine.scheduler,
            machine.vm.memory(),
            image.length / BlockDevice.SECTOR);
    disk.insert(image.clone());
    machine.vm.start();
    open.add(this);
  }

  /** Ends all machines that a test has left. */
  static void closeAll() {
    List.copyOf(open).forEach(Ext2Machine::close);
  }

  /** An empty file system. */
  static byte[] empty(int size, int blockSize) {
    byte[] image = new byte[size];
    try {
      FormatExt2.format(
          (at, bytes) -> System.arraycopy(bytes, 0, image, (int) at, bytes.length),
          size,
          blockSize,
          "test",
          1,
          TIME);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return image;
  }

  /** An image from the test's resources. */
  static byte[] resource(String name) {
    try (InputStream in = Ext2Machine.class.getResourceAsStream("/ext2/" + name + ".img.gz")) {
      assertThat(in).as(name).isNotNull();
      return new GZIPInputStream(in).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Ext2Fs fs() {
    Ext2Fs fs = mounted;
    if (fs == null) {
      throw new AssertionError("nothing is mounted");
    }
    return fs;
  }

  VmSystem vm() {
    return machine.vm;
  }

  Ext2Fs.Mounted tryMount(boolean readOnly) {
    return Ext2Fs.mount(machine.layer, machine.vm, machine.pager, disk, readOnly, log::add);
  }

  /** Mounts; only inside {@link #bare}. */
  void mount() {
    mount(false);
  }

  void mount(boolean readOnly) {
    Ext2Fs.Mounted m = tryMount(readOnly);
    assertThat(m.message()).isEmpty();
    Ext2Fs fs = m.fileSystem();
    if (fs == null) {
      throw new AssertionError("not mounted");
    }
    adopt(fs);
  }

  /** Makes what {@link #tryMount} gave the root. */
  void adopt(Ext2Fs fs) {
    mounted = fs;
    machine.caller.context().changeRoot(fs.root());
    machine.caller.context().changeDirectory(fs.root());
  }

  /** Unmounts; only inside {@link #bare}. */
  void unmount() {
    machine.caller.context().changeRoot(machine.root.root());
    machine.caller.context().changeDirectory(machine.root.root());
    assertThat(fs().unmount()).isZero();
    mounted = null;
    machine.settle();
  }

  /** Ends its threads: a test that makes many machines must. */
  @Override
  public void close() {
    open.remove(this);
    machine.scheduler.stop();
  }

  /** Runs a body as a kernel thread, nothing mounted. */
  void bare(Runnable body) {
    machine.run(body);
  }

  /** Mounts, runs a body, unmounts, and checks the structure on the disk and the machine's. */
  void run(Runnable body) {
    machine.run(
        () -> {
          mount();
          body.run();
          unmount();
        });
    assertThat(check()).isEmpty();
    machine.vm.checkInvariants();
  }

  List<String> check() {
    return check(disk.content());
  }

  static List<String> check(byte[] image) {
    try {
      return Ext2Check.check(
          (at, to) -> System.arraycopy(image, (int) at, to, 0, to.length), image.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- files
  // -------------------------------------------------------------------------------------

  /** Makes or replaces a file. */
  void put(String path, byte[] content) {
    OpenFile file = machine.open(path, OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.TRUNC);
    assertThat(file.write(machine.caller, new KernelUio(content))).isEqualTo(content.length);
    file.release();
  }

  /** Makes or replaces a file; 0 or the error. */
  int tryPut(String path, byte[] content) {
    Result<OpenFile> file =
        Vfs.open(
            machine.caller,
            null,
            path,
            OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.TRUNC | OpenFlags.NONBLOCK,
            0x1A4);
    if (!file.isOk()) {
      return file.error();
    }
    int n = file.value().write(machine.caller, new KernelUio(content));
    file.value().release();
    return n == content.length ? 0 : n < 0 ? n : -1;
  }

  /** All of a file. */
  byte[] get(String path) {
    OpenFile file = machine.open(path, OpenFlags.RDONLY);
    byte[] all = new byte[(int) file.vnode().size()];
    assertThat(file.readAt(new KernelUio(all), 0)).isEqualTo(all.length);
    file.release();
    return all;
  }

  int rmdir(String path) {
    return Vfs.rmdir(machine.caller, null, path);
  }

  // ---- tools
  // -------------------------------------------------------------------------------------

  /** What a program of e2fsprogs says of an image, and its exit status before it. */
  static String tool(byte[] image, String... command) {
    try {
      Path file = Files.createTempFile("faultline", ".img");
      try {
        Files.write(file, image);
        List<String> words = new ArrayList<>(List.of(command));
        words.replaceAll(w -> w.equals("IMG") ? file.toString() : w);
        Process p = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(p.getInputStream().readAllBytes(), ISO_8859_1);
        assertThat(p.waitFor(60, TimeUnit.SECONDS)).isTrue();
        System.arraycopy(Files.readAllBytes(file), 0, image, 0, image.length);
        return p.exitValue() + "\n" + said;
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** {@code e2fsck -fn} finds nothing. */
  static void assertClean(byte[] image) {
    assertThat(tool(image, "e2fsck", "-fn", "IMG")).startsWith("0\n");
  }
}
