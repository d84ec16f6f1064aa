// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.faultline.devices.disk.DiskFaults;
import dev.faultline.devices.disk.DiskImage;
import dev.faultline.devices.disk.Drive;
import dev.faultline.devices.disk.MemoryImage;
import dev.faultline.devices.disk.SsdLatency;
import dev.faultline.kernel.fs.dev.HostStreams;
import dev.faultline.kernel.fs.overlay.SourceNode;
import dev.faultline.kernel.pager.SwapHeader;
import dev.faultline.kernel.proc.Process;
import dev.faultline.mmu.Page;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The whole machine, in this JVM: for runs that need faults which no script of the command line
 * names, or need to see every request of the disks. A panic comes out as the exception it is.
 */
final class MachineRun implements AutoCloseable {
  private static final int SECTORS_PER_PAGE = Page.SIZE / DiskImage.SECTOR;

  private final Machine machine;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();

  /** The kernel's messages. */
  final List<String> log = new ArrayList<>();

  private Machine.@Nullable Ending ending;

  private MachineRun(int ram, @Nullable SourceNode lower) {
    MachineConfig config =
        new MachineConfig(
            ram, 1, MachineOptions.DEFAULT_EPOCH, false, 3_600_000_000_000L, false, false);
    machine = new Machine(config, lower, log::add);
  }

  /** A machine whose root is the guest programs of the project, and cannot fail. */
  static MachineRun withGuestPrograms(int ram) {
    return new MachineRun(ram, RootTree.directory(Faultline.guest("")));
  }

  /** A machine whose root is an ext2 image on its first disk. */
  static MachineRun withRoot(int ram, DiskImage image, DiskFaults faults) {
    MachineRun run = new MachineRun(ram, null);
    run.machine.disks().add(new Drive(image, new SsdLatency(), faults));
    return run;
  }

  /** Plugs in a swap disk of so many pages. */
  MachineRun withSwap(int pages, DiskFaults faults) {
    MemoryImage image = new MemoryImage((long) pages * SECTORS_PER_PAGE);
    image.write(0, SwapHeader.make(pages, 1), 0, Page.SIZE);
    machine.disks().addSwap(new Drive(image, new SsdLatency(), faults));
    return this;
  }

  /** Runs a program to its end; its exit status as a shell tells it. */
  int run(String... words) {
    Program program =
        new Program(
            words[0],
            List.of(words),
            RunCommand.environment(Map.of()),
            "/",
            false,
            this::openStandardFiles);
    ending = machine.run(program);
    return ending.status();
  }

  private void openStandardFiles(Process process) {
    HostStreams streams = machine.hostStreams();
    process.descriptors().install(streams.input(new ByteArrayInputStream(new byte[0])), false);
    process.descriptors().install(streams.output(output), false);
    process.descriptors().install(streams.output(output), false);
  }

  /** What the guest wrote to standard output and error. */
  String output() {
    return output.toString(ISO_8859_1);
  }

  /** Why the machine ended, if it was not the guest's own end. */
  String reason() {
    return ending == null ? "" : ending.reason();
  }

  /** A counter of the memory system or of a disk. */
  long counter(String name) {
    Map<String, Long> values = new LinkedHashMap<>();
    machine.vm().report(values::put);
    machine.disks().counters(values::put);
    Long value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name);
    }
    return value;
  }

  @Override
  public void close() {
    machine.close();
  }
}
