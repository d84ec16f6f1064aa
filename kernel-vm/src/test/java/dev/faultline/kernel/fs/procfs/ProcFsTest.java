// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.Credentials;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FsMachine;
import dev.faultline.kernel.fs.Namei;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.PipeTable;
import dev.faultline.kernel.fs.Vfs;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: tools misread /proc, or a link there leads to something else than the file itself. */
final class ProcFsTest {
  private final FsMachine machine = new FsMachine();
  private final FakeProcess process = new FakeProcess(machine.caller);

  private final ProcessTable table =
      new ProcessTable() {
        @Override
        public @Nullable ProcessInfo find(int pid) {
          return pid == 1 ? process : null;
        }

        @Override
        public List<Integer> pids() {
          return List.of(1);
        }
      };

  @BeforeEach
  void mount() {
    machine.run(
        () -> {
          machine.mkdir("/proc");
          ProcFs proc = new ProcFs(machine.layer, table, new FakeState());
          assertThat(proc.mountOn(machine.vnode("/proc"))).isZero();
        });
  }

  @Test
  @DisplayName("stat has 52 fields where ps expects them; comm may hold what it likes")
  void stat() {
    machine.run(
        () -> {
          String[] fields = machine.read("/proc/1/stat").trim().split(" ", -1);
          assertThat(fields).hasSize(52);
          assertThat(fields[1]).isEqualTo("(sh)");
          assertThat(fields[9]).isEqualTo("11");
          assertThat(fields[11]).isEqualTo("12");
          assertThat(fields[13]).isEqualTo("13");
          assertThat(fields[14]).isEqualTo("14");
          assertThat(fields[18]).isEqualTo("0");
          assertThat(fields[21]).isEqualTo("99");
          assertThat(fields[22]).isEqualTo("409600");
          assertThat(fields[23]).isEqualTo("50");
          assertThat(fields[37]).isEqualTo("17");
          assertThat(machine.read("/proc/self/cmdline")).isEqualTo("sh\0-c\0");
          assertThat(machine.read("/proc/1/comm")).isEqualTo("sh\n");
          assertThat(machine.read("/proc/1/status")).contains("VmRSS:\t     200 kB\n");
        });
  }

  @Test
  @DisplayName("the system's files have Linux's formats")
  void system() {
    machine.run(
        () -> {
          assertThat(machine.read("/proc/meminfo"))
              .startsWith("MemTotal:          65536 kB\nMemFree:           32000 kB\n")
              .contains("MemAvailable:      36000 kB\n")
              .contains("Cached:             4000 kB\n")
              .contains("Dirty:                20 kB\n")
              .contains("AnonPages:           800 kB\n");
          assertThat(machine.read("/proc/vmstat")).isEqualTo("v_vm_faults 42\nv_zfod 7\n");
          assertThat(machine.read("/proc/uptime")).isEqualTo("12.34 10.84\n");
          assertThat(machine.read("/proc/loadavg")).isEqualTo("0.05 1.10 0.00 1/3 9\n");
          assertThat(machine.read("/proc/stat"))
              .startsWith("cpu  100 0 50 1084 0 0 0 0 0 0\ncpu0 100 0 50 1084");
          assertThat(machine.read("/proc/mounts"))
              .isEqualTo("overlay / overlay rw 0 0\nproc /proc proc rw 0 0\n");
          assertThat(machine.read("/proc/sys/kernel/pid_max")).isEqualTo("32768\n");
          assertThat(machine.read("/proc/version")).startsWith("Linux version 5.10.0 ");
          assertThat(machine.read("/proc/cpuinfo")).contains("processor\t: 0\n");
        });
  }

  @Test
  @DisplayName("self is the asker; processes are listed by number; odd spellings are not found")
  void listing() {
    machine.run(
        () -> {
          assertThat(Vfs.readLink(machine.caller, null, "/proc/self").value()).isEqualTo("1");
          assertThat(machine.list("/proc")).startsWith("self", "meminfo").endsWith("sys", "1");
          for (String name : List.of("01", "+1", "2", "9999999999", "1x")) {
            assertThat(Namei.lookup(machine.caller, null, "/proc/" + name, true).error())
                .as(name)
                .isEqualTo(-Errno.ENOENT);
          }
          assertThat(Vfs.mkdir(machine.caller, null, "/proc/x", 0x1FF)).isEqualTo(-Errno.EPERM);
          assertThat(machine.unlink("/proc/meminfo")).isEqualTo(-Errno.EPERM);
          assertThat(machine.rename("/proc/meminfo", "/proc/x")).isEqualTo(-Errno.EPERM);
        });
  }

  @Test
  @DisplayName("fd links: readlink, stat, open, also for what has no name")
  void descriptors() {
    machine.run(
        () -> {
          machine.write("/f", "content");
          Vfs.openDescriptor(machine.caller, null, "/f", OpenFlags.RDONLY, 0);
          PipeTable.Ends pipe = machine.layer.pipes().create(0).value();
          machine.caller.descriptors().install(pipe.reader(), false);
          assertThat(machine.list("/proc/self/fd")).startsWith("0", "1");
          assertThat(Vfs.readLink(machine.caller, null, "/proc/self/fd/0").value()).isEqualTo("/f");
          assertThat(Vfs.readLink(machine.caller, null, "/proc/self/fd/1").value())
              .startsWith("pipe:[");
          assertThat(machine.unlink("/f")).isZero();
          assertThat(Vfs.readLink(machine.caller, null, "/proc/self/fd/0").value())
              .isEqualTo("/f (deleted)");
          assertThat(machine.read("/proc/self/fd/0")).isEqualTo("content");

          OpenFile writer = machine.open("/proc/1/fd/1", OpenFlags.WRONLY);
          machine.put(writer, "through");
          assertThat(machine.get(pipe.reader(), 100)).isEqualTo("through");
          assertThat(Vfs.stat(machine.caller, null, "/proc/self/fd/1", true).value().mode())
              .isEqualTo(0x1180);
          assertThat(Namei.lookup(machine.caller, null, "/proc/self/fd/7", true).error())
              .isEqualTo(-Errno.ENOENT);
        });
  }

  @Test
  @DisplayName("exe is the program itself, and its path to readlink; cwd and root are directories")
  void executable() {
    machine.run(
        () -> {
          assertThat(Namei.lookup(machine.caller, null, "/proc/self/exe", true).error())
              .isEqualTo(-Errno.ENOENT);
          machine.mkdir("/bin");
          machine.write("/bin/sh", "elf");
          process.executable = new FilePath(machine.vnode("/bin/sh"), machine.vnode("/bin"), "sh");
          assertThat(Namei.lookup(machine.caller, null, "/proc/self/exe", true).value().vnode())
              .isSameAs(machine.vnode("/bin/sh"));
          assertThat(Vfs.readLink(machine.caller, null, "/proc/self/exe").value())
              .isEqualTo("/bin/sh");
          Vfs.changeDirectory(machine.caller, machine.vnode("/bin"));
          assertThat(Vfs.readLink(machine.caller, null, "/proc/self/cwd").value())
              .isEqualTo("/bin");
          assertThat(machine.read("/proc/self/cwd/sh")).isEqualTo("elf");
          Vfs.changeDirectory(machine.caller, machine.vnode("/proc/1"));
          assertThat(machine.caller.context().workingDirectoryPath()).isEqualTo("/proc/1");
        });
  }

  @Test
  @DisplayName("smaps says under each mapping what of it is resident, shared, private, on swap")
  void smaps() {
    machine.run(
        () -> {
          process.mappings.add(
              new ProcessInfo.Mapping(0xBFFF_0000, 0xC000_0000, "rw-p", 0, null, "[stack]"));
          List<String> lines = machine.read("/proc/self/smaps").lines().toList();
          assertThat(lines.getFirst()).startsWith("bfff0000-c0000000 rw-p ");
          assertThat(lines)
              .contains(
                  "Size:                 64 kB",
                  "Rss:                  28 kB",
                  "Pss:                  19 kB",
                  "Shared_Clean:          4 kB",
                  "Shared_Dirty:          8 kB",
                  "Private_Clean:        12 kB",
                  "Private_Dirty:         4 kB",
                  "Referenced:           20 kB",
                  "Anonymous:            24 kB",
                  "Swap:                 28 kB");
        });
  }

  @Test
  @DisplayName("maps shows files by path and the rest by label")
  void maps() {
    machine.run(
        () -> {
          machine.write("/prog", "elf");
          FilePath path = new FilePath(machine.vnode("/prog"), machine.root.root(), "prog");
          process.mappings.add(
              new ProcessInfo.Mapping(0x8048000, 0x8049000, "r-xp", 0x1000, path, ""));
          process.mappings.add(
              new ProcessInfo.Mapping(0xBFFF_0000, 0xC000_0000, "rwxp", 0, null, "[stack]"));
          List<String> lines = machine.read("/proc/self/maps").lines().toList();
          assertThat(lines.get(0))
              .startsWith("08048000-08049000 r-xp 00001000 00:")
              .endsWith(" /prog");
          assertThat(lines.get(1)).startsWith("bfff0000-c0000000 rwxp 00000000 00:00 0 ");
          assertThat(lines.get(1).indexOf("[stack]")).isEqualTo(lines.get(0).indexOf("/prog"));
        });
  }

  @Test
  @DisplayName("another user's descriptors are his own business")
  void rights() {
    machine.run(
        () -> {
          process.credentials = new Credentials(5, 5, List.of());
          machine.caller.credentials = new Credentials(6, 6, List.of());
          assertThat(Namei.lookup(machine.caller, null, "/proc/1/fd/0", true).error())
              .isEqualTo(-Errno.EACCES);
          assertThat(machine.read("/proc/1/comm")).isEqualTo("sh\n");
        });
  }

  @Test
  @DisplayName("reading in small pieces gives one text; from the start it is made anew")
  void snapshots() {
    machine.run(
        () -> {
          OpenFile f = machine.open("/proc/1/comm", OpenFlags.RDONLY);
          assertThat(machine.get(f, 1)).isEqualTo("s");
          assertThat(machine.get(f, 100)).isEqualTo("h\n");
          assertThat(machine.get(f, 100)).isEmpty();
          assertThat(f.seek(0, 0)).isZero();
          assertThat(machine.get(f, 100)).isEqualTo("sh\n");
          assertThat(Vfs.open(machine.caller, null, "/proc/1/comm", 1, 0).isOk()).isTrue();
          f.release();
        });
  }
}
