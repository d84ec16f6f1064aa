// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.faultline.kernel.fs.Credentials;
import dev.faultline.kernel.fs.FdTable;
import dev.faultline.kernel.fs.FileLayer;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FileSystem;
import dev.faultline.kernel.fs.FileSystemStat;
import dev.faultline.kernel.fs.FsContext;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.Vnode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The file system of /proc. */
public final class ProcFs extends FileSystem {
  private static final int MAGIC = 0x9FA0;
  private static final int READ_AND_SEARCH = 0x16D;
  private static final int OWNER_ONLY = 0x140;

  // Numbers: below 256 what is always there, then 2^16 for each process.
  private static final int PER_PROCESS = 16;
  private static final int FD_DIRECTORY = 0x4000;
  private static final int FIRST_FD = 0x8000;

  private final ProcessTable processes;
  private final ProcDirectory root;

  /** Shows these processes and this machine. */
  public ProcFs(FileLayer layer, ProcessTable processes, SystemState state) {
    super(layer, layer.newAnonymousDevice(), "proc");
    this.processes = processes;
    root = new RootDirectory(this);
    SystemFiles files = new SystemFiles(layer, state);
    long ino = 2;
    root.add("self", new SelfLink(this, ino++));
    for (SystemFiles.Kind kind : SystemFiles.Kind.values()) {
      root.add(kind.fileName(), text(ino++, Credentials.ROOT, () -> files.text(kind)));
    }
    ProcDirectory sys = new ProcDirectory(this, root, ino++, READ_AND_SEARCH, Credentials.ROOT);
    ProcDirectory kernel = new ProcDirectory(this, sys, ino++, READ_AND_SEARCH, Credentials.ROOT);
    root.add("sys", sys);
    sys.add("kernel", kernel);
    kernel.add("pid_max", text(ino++, Credentials.ROOT, () -> state.maxPid() + "\n"));
    kernel.add("osrelease", text(ino++, Credentials.ROOT, () -> state.release() + "\n"));
    kernel.add("ostype", text(ino, Credentials.ROOT, () -> "Linux\n"));
  }

  @Override
  public Vnode root() {
    return root;
  }

  @Override
  public FileSystemStat stat() {
    return new FileSystemStat(MAGIC, 4096, 0, 0, 0, 0);
  }

  private ProcText text(long ino, Credentials owner, Supplier<String> maker) {
    return new ProcText(this, ino, owner, () -> maker.get().getBytes(ISO_8859_1));
  }

  private final class RootDirectory extends ProcDirectory {
    RootDirectory(ProcFs fs) {
      super(fs, null, 1, READ_AND_SEARCH, Credentials.ROOT);
    }

    @Override
    List<Integer> numbers() {
      return processes.pids();
    }

    @Override
    @Nullable Vnode numbered(int pid) {
      ProcessInfo process = processes.find(pid);
      return process == null ? null : processDirectory(process);
    }
  }

  private ProcDirectory processDirectory(ProcessInfo process) {
    int pid = process.pid();
    Credentials owner = process.credentials();
    long base = (long) pid << PER_PROCESS;
    ProcDirectory dir = new ProcDirectory(this, root, base, READ_AND_SEARCH, owner);
    dir.add("stat", processText(base + 1, pid, ProcessFiles::stat));
    dir.add("statm", processText(base + 2, pid, ProcessFiles::statm));
    dir.add("status", processText(base + 3, pid, ProcessFiles::status));
    dir.add("comm", processText(base + 4, pid, p -> p.command() + "\n"));
    dir.add("maps", processText(base + 5, pid, p -> MappingFiles.maps(p, getRoot(p))));
    dir.add("smaps", processText(base + 11, pid, p -> MappingFiles.smaps(p, getRoot(p))));
    dir.add("cmdline", new ProcText(this, base + 6, owner, () -> commandLine(pid)));
    dir.add("mounts", text(base + 7, owner, () -> SystemFiles.mounts(layer())));
    dir.add("exe", linkTo(base + 8, pid, ProcessInfo::executable));
    dir.add("cwd", linkTo(base + 9, pid, p -> directory(p, false)));
    dir.add("root", linkTo(base + 10, pid, p -> directory(p, true)));
    dir.add("fd", new FdDirectory(this, dir, base + FD_DIRECTORY, owner, pid));
    return dir;
  }

  private static Vnode getRoot(ProcessInfo process) {
    FsContext context = process.context();
    if (context == null) {
      throw new IllegalStateException("a process with mappings has a root");
    }
    return context.root();
  }

  private static @Nullable FilePath directory(ProcessInfo process, boolean root) {
    FsContext context = process.context();
    if (context == null) {
      return null;
    }
    return FilePath.ofDirectory(root ? context.root() : context.workingDirectory());
  }

  private byte[] commandLine(int pid) {
    ProcessInfo process = processes.find(pid);
    return process == null ? new byte[0] : process.commandLine();
  }

  /** A text that is empty once the process has gone. */
  private ProcText processText(long ino, int pid, Function<ProcessInfo, String> maker) {
    ProcessInfo now = processes.find(pid);
    return text(
        ino,
        now == null ? Credentials.ROOT : now.credentials(),
        () -> {
          ProcessInfo process = processes.find(pid);
          return process == null ? "" : maker.apply(process);
        });
  }

  private ProcLink linkTo(long ino, int pid, Function<ProcessInfo, @Nullable FilePath> target) {
    ProcessInfo now = processes.find(pid);
    return new ProcLink(
        this,
        ino,
        now == null ? Credentials.ROOT : now.credentials(),
        () -> {
          ProcessInfo process = processes.find(pid);
          return process == null ? null : target.apply(process);
        });
  }

  private final class FdDirectory extends ProcDirectory {
    private final int pid;

    FdDirectory(ProcFs fs, Vnode parent, long ino, Credentials owner, int pid) {
      super(fs, parent, ino, OWNER_ONLY, owner);
      this.pid = pid;
    }

    private @Nullable FdTable table() {
      ProcessInfo process = processes.find(pid);
      return process == null ? null : process.descriptors();
    }

    @Override
    List<Integer> numbers() {
      FdTable table = table();
      List<Integer> open = new ArrayList<>();
      int end = table == null ? 0 : table.end();
      for (int fd = 0; fd < end; fd++) {
        if (table != null && table.get(fd) != null) {
          open.add(fd);
        }
      }
      return open;
    }

    @Override
    @Nullable Vnode numbered(int fd) {
      FdTable table = table();
      if (table == null || table.get(fd) == null) {
        return null;
      }
      return linkTo(
          ((long) pid << PER_PROCESS) + FIRST_FD + fd,
          pid,
          process -> {
            FdTable now = process.descriptors();
            OpenFile file = now == null ? null : now.get(fd);
            return file == null ? null : file.path();
          });
    }
  }
}
