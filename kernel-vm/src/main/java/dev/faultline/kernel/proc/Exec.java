// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.faultline.cpu.Cpu;
import dev.faultline.cpu.FlatSegments;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Stat;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmSpace;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Executes a program: the mechanism of execve.
 *
 * <p>The new address space is built beside the old one, so that most failures leave the caller as
 * it was. From the point of no return on, where the spaces are exchanged, a failure kills.
 */
public final class Exec {
  /** The most bytes of one argument or variable, its zero byte included. */
  public static final int STRING_MAX = 128 << 10;

  /** The most bytes of all arguments and variables with their pointers. */
  public static final int TOTAL_MAX = 2 << 20;

  private static final int MIN_STACK = 8 << 20;
  private static final int MAX_STACK = 64 << 20;
  private static final int INITIAL_EFLAGS = 0x202;
  private static final int SET_UID = 0x800;
  private static final int SET_GID_AND_X = 0x408;

  private final GuestThread thread;
  private final Process process;
  private final ProcessSystem system;
  private final List<byte[]> arguments;
  private final List<byte[]> environment;
  private final String calledName;
  private ExecutableFile file;

  private Exec(
      GuestThread thread,
      ExecutableFile file,
      String name,
      List<byte[]> arguments,
      List<byte[]> environment) {
    this.thread = thread;
    process = thread.process();
    system = process.system;
    this.file = file;
    calledName = name;
    this.arguments = new ArrayList<>(arguments);
    this.environment = environment;
  }

  /**
   * Makes the calling thread's process run another program. May sleep.
   *
   * @param at where a relative path starts; null for the working directory
   * @return 0 when the registers are those of the new program, or if the process dies of it; lookup
   *     errors, -EACCES, -E2BIG, -ENOEXEC, -ETXTBSY, -ENOMEM
   */
  public static int execute(
      GuestThread thread,
      @Nullable Vnode at,
      String path,
      List<byte[]> arguments,
      List<byte[]> environment) {
    Result<ExecutableFile> found = ExecutableFile.find(thread.process(), at, path);
    if (!found.isOk()) {
      return found.error();
    }
    Exec exec = new Exec(thread, found.value(), path, arguments, environment);
    int error = exec.run();
    exec.file.release();
    return error;
  }

  /** Judges whether a program could be executed, without looking into it: 0 or an error. */
  public static int check(GuestThread thread, String path) {
    Result<ExecutableFile> found = ExecutableFile.find(thread.process(), null, path);
    if (found.isOk()) {
      found.value().release();
    }
    return found.error();
  }

  /** How process 1 begins: opens its files, then executes its program. */
  static void first(GuestThread thread, InitRequest request) {
    Process process = thread.process();
    request.openFiles().accept(process);
    int error =
        execute(
            thread, null, request.path(), bytes(request.arguments()), bytes(request.environment()));
    if (error != 0) {
      system(thread).exit().exitGroup(thread, error);
    }
  }

  private static ProcessSystem system(GuestThread thread) {
    return thread.process().system;
  }

  private static List<byte[]> bytes(List<String> strings) {
    List<byte[]> all = new ArrayList<>();
    for (String s : strings) {
      all.add(s.getBytes(ISO_8859_1));
    }
    return all;
  }

  private int run() {
    int error = resolveScripts();
    if (error != 0) {
      return error;
    }
    if (argumentSize() > TOTAL_MAX) {
      return -Errno.E2BIG;
    }
    Result<ElfImage> image = parse(file);
    if (!image.isOk()) {
      return image.error();
    }
    String interpreterName = image.value().interpreter();
    if (interpreterName == null) {
      return load(image.value(), null, null);
    }
    Result<ExecutableFile> interpreter = ExecutableFile.find(process, null, interpreterName);
    if (!interpreter.isOk()) {
      return interpreter.error();
    }
    Result<ElfImage> its = parse(interpreter.value());
    error =
        its.isOk() && its.value().interpreter() == null
            ? load(image.value(), interpreter.value(), its.value())
            : its.isOk() ? -Errno.ENOEXEC : its.error();
    interpreter.value().release();
    return error;
  }

  private static Result<ElfImage> parse(ExecutableFile file) {
    ElfImage image = ElfImage.parse(file.vnode().size(), file).image();
    return image == null ? Result.failure(Errno.ENOEXEC) : Result.of(image);
  }

  /** Replaces scripts by their interpreters. */
  private int resolveScripts() {
    String name = calledName;
    for (int depth = 0; ; depth++) {
      byte[] head = file.head(0, Script.LINE_MAX);
      if (!Script.isScript(head)) {
        return 0;
      }
      if (depth == Script.DEPTH_MAX) {
        return -Errno.ELOOP;
      }
      Script script = Script.parse(head);
      if (script == null) {
        return -Errno.ENOEXEC;
      }
      if (!arguments.isEmpty()) {
        arguments.removeFirst();
      }
      arguments.addFirst(name.getBytes(ISO_8859_1));
      if (script.argument() != null) {
        arguments.addFirst(script.argument().getBytes(ISO_8859_1));
      }
      arguments.addFirst(script.interpreter().getBytes(ISO_8859_1));
      name = script.interpreter();
      Result<ExecutableFile> next = ExecutableFile.find(process, null, name);
      if (!next.isOk()) {
        return next.error();
      }
      file.release();
      file = next.value();
    }
  }

  private long argumentSize() {
    long size = calledName.length();
    for (List<byte[]> strings : List.of(arguments, environment)) {
      for (byte[] s : strings) {
        size += s.length + 1 + 4;
      }
    }
    return size;
  }

  // ---- the new address space -------------------------------------------------------------------

  private int load(
      ElfImage image, @Nullable ExecutableFile interpreterFile, @Nullable ElfImage interpreter) {
    Vnode vnode = file.vnode();
    int error = vnode.markText();
    if (error != 0) {
      return error;
    }
    VmSpace space = VmSpace.create(system.services().vm(), process);
    if (space == null) {
      return -Errno.ENOMEM;
    }
    ElfLoader loader = new ElfLoader(space);
    int bias = image.type() == ElfImage.DYN ? ElfLoader.PIE_BASE : 0;
    error = map(loader, image, vnode, bias);
    int interpreterBias = 0;
    if (error == 0 && interpreter != null && interpreterFile != null) {
      if (interpreter.type() == ElfImage.DYN) {
        interpreterBias = loader.place(interpreter, AddressLayout.MMAP_BASE);
      }
      error = map(loader, interpreter, interpreterFile.vnode(), interpreterBias);
    }
    if (error == 0 && !space.mapStack(AddressLayout.TOP, stackSize(), Protection.ALL).ok()) {
      error = -Errno.ENOMEM;
    }
    if (error != 0) {
      space.release();
      return error;
    }
    int end = (int) image.end() + bias;
    space.heap().begin(ElfLoader.roundUp(end));
    enter(space, new Layout(image, bias, interpreter, interpreterBias));
    return 0;
  }

  private static int map(ElfLoader loader, ElfImage image, Vnode vnode, int bias) {
    VmObject object = vnode.object();
    return object == null ? -Errno.ENOEXEC : loader.map(image, object, bias);
  }

  private int stackSize() {
    return Math.clamp(process.stackLimit(), MIN_STACK, MAX_STACK);
  }

  /** What was mapped where. */
  private record Layout(
      ElfImage image, int bias, @Nullable ElfImage interpreter, int interpreterBias) {
    int start() {
      return interpreter == null ? image.entry() + bias : interpreter.entry() + interpreterBias;
    }

    int base() {
      return interpreter == null
          ? 0
          : interpreter.segments().getFirst().address() + interpreterBias & ~0xFFF;
    }
  }

  // ---- the point of no return ------------------------------------------------------------------

  private void enter(VmSpace space, Layout layout) {
    dismissOtherThreads();
    if (process.exiting || process.killed) {
      space.release();
      return;
    }
    exchange(space);
    boolean secure = changeIdentity();
    reset();
    if (!fill(layout, secure)) {
      system.exit().exitGroup(thread, WaitStatus.killed(Signal.KILL));
    }
  }

  private void dismissOtherThreads() {
    Scheduler scheduler = system.services().scheduler();
    system.exit().killOthers(thread);
    while (process.threads.size() > 1) {
      scheduler.sleep(process.threads, false, Scheduler.NO_DEADLINE);
    }
    if (thread.tid() != process.pid()) {
      thread.becomeMain();
    }
  }

  private void exchange(VmSpace space) {
    VmSpace old = process.spaceOrNull();
    process.setSpace(space);
    system.addressSpaces().load(space);
    if (old != null) {
      system.addressSpaces().leave(old);
      system.addressSpaces().load(space);
      old.release();
    }
    system.exit().endBorrowing(process);
  }

  /** Set-id programs; true if the new program has rights that the caller had not. */
  private boolean changeIdentity() {
    Identity before = process.identity();
    Stat stat = file.vnode().stat();
    int euid = (stat.mode() & SET_UID) != 0 ? stat.uid() : before.euid();
    boolean setGroup = (stat.mode() & SET_GID_AND_X) == SET_GID_AND_X;
    int egid = setGroup ? stat.gid() : before.egid();
    process.setIdentity(
        before.withUsers(before.uid(), euid, euid).withGroups(before.gid(), egid, egid));
    return euid != before.uid() || egid != before.gid();
  }

  private void reset() {
    process.actions.exec();
    process.descriptors().exec();
    process.setExecuted();
    FilePath path = file.path().hold();
    process.setExecutable(path);
    int slash = calledName.lastIndexOf('/');
    process.setCommand(calledName.substring(slash + 1));
    process.setCommandLine(joined(arguments));
    thread.setAlternateStack(AlternateStack.NONE);
    thread.setClearChildTid(0);
    thread.setRobustList(0);
    thread.dropInterruptedCall();
    thread.restoreMask();
    for (int slot = 0; slot < FlatSegments.TLS_SLOTS; slot++) {
      thread.segments().setTls(slot, 0);
    }
    Cpu cpu = thread.cpu();
    for (int r = Cpu.EAX; r <= Cpu.EDI; r++) {
      cpu.set(r, 0);
    }
    cpu.setEflags(INITIAL_EFLAGS);
    cpu.resetSegments(FlatSegments.USER_CODE, FlatSegments.USER_DATA);
    cpu.fpu().reset();
  }

  private static byte[] joined(List<byte[]> strings) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] s : strings) {
      all.writeBytes(s);
      all.write(0);
    }
    return all.toByteArray();
  }

  private boolean fill(Layout layout, boolean secure) {
    ElfImage image = layout.image;
    if (!ElfLoader.zeroTails(image, layout.bias, system.memory())
        || layout.interpreter != null
            && !ElfLoader.zeroTails(layout.interpreter, layout.interpreterBias, system.memory())) {
      return false;
    }
    int headers = image.headersAddress() == 0 ? 0 : image.headersAddress() + layout.bias;
    InitialStack stack =
        InitialStack.build(
            arguments,
            environment,
            calledName.getBytes(ISO_8859_1),
            new InitialStack.Program(
                headers,
                headers == 0 ? 0 : image.headerCount(),
                layout.base(),
                image.entry() + layout.bias,
                secure),
            process.identity(),
            system.services().entropy());
    byte[] bytes = stack.bytes();
    if (system.memory().copyOut(bytes, 0, stack.address(), bytes.length) != bytes.length) {
      return false;
    }
    thread.cpu().set(Cpu.ESP, stack.address());
    thread.cpu().setEip(layout.start());
    return true;
  }
}
