// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.cpu.Engine;
import dev.faultline.cpu.TimeStampCounter;
import dev.faultline.kernel.fs.FileLayer;
import dev.faultline.kernel.fs.dev.RandomPool;
import dev.faultline.kernel.pager.SwapDisks;
import dev.faultline.kernel.sched.InstructionClock;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import dev.faultline.kernel.sched.Vcpu;
import dev.faultline.kernel.vm.VmSystem;
import java.util.function.LongUnaryOperator;

/**
 * What processes stand on, put together by who assembles the machine.
 *
 * @param scheduler of the machine's kernel threads
 * @param time virtual time
 * @param clock virtual time as the thread sees it that runs guest code
 * @param instructionTime virtual nanoseconds that so many instructions take
 * @param timeStampCounter what RDTSC reads
 * @param vm the VM system
 * @param swap switches swap disks on and off
 * @param files what all files share
 * @param cpu the virtual CPU on which guest threads run
 * @param engine what executes guest code on it
 * @param entropy the source of every chance, seeded
 * @param log where the kernel's messages go
 */
public record KernelServices(
    Scheduler scheduler,
    TimeBase time,
    InstructionClock clock,
    LongUnaryOperator instructionTime,
    TimeStampCounter timeStampCounter,
    VmSystem vm,
    SwapDisks swap,
    FileLayer files,
    Vcpu cpu,
    Engine engine,
    RandomPool entropy,
    ConsoleLog log) {}
