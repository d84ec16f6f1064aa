// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The main stack grows down when it is touched below, within its limits (F131, M70–M74). */
final class StackGrowthTest {
  private static final int TOP = 0xBFFF_F000;
  private static final int MAX = 8 << 20;
  private static final int STEP = 32 * PAGE;

  private final TestMachine m = TestMachine.small();

  private VmSpace withStack() {
    VmSpace s = m.space();
    assertThat(s.mapStack(TOP, MAX, RW)).isEqualTo(KernReturn.SUCCESS);
    return s;
  }

  @Test
  @DisplayName("M71 the top 128 KiB are mapped, the rest is left to grow")
  void creation() {
    m.run(
        () -> {
          VmSpace s = withStack();
          assertThat(m.entry(s, TOP - 1).start << 12).isEqualTo(TOP - STEP);
          assertThat(m.entry(s, TOP - 1).stackLeft).isEqualTo(MAX / PAGE - 32);
          assertThat(s.mapStack(TOP - PAGE, MAX, RW)).isEqualTo(KernReturn.NO_SPACE);
        });
  }

  @Test
  @DisplayName("M70 F131 a wild address is not the stack's: the fault decides")
  void wildAddress() {
    m.run(
        () -> {
          VmSpace s = withStack();
          assertThat(m.tryLoad(s, TOP - MAX - PAGE)).isNegative();
          assertThat(m.lastRefusal).isEqualTo(FaultResult.NO_ENTRY);
        });
  }

  @Test
  @DisplayName("M74 X8 growth adds an entry with the stack's rights, which holds what is left")
  void grows() {
    m.run(
        () -> {
          VmSpace s = withStack();
          m.store(s, TOP - STEP - 1, 1);
          assertThat(s.map().count()).isEqualTo(2);
          assertThat(s.stackPages()).isEqualTo(64);
          VmMapEntry low = m.entry(s, TOP - STEP - 1);
          assertThat(low.stackLeft).isEqualTo(MAX / PAGE - 64);
          assertThat(low.protection()).isEqualTo(RW);
          assertThat(m.entry(s, TOP - 1).stackLeft).isZero();
          m.store(s, TOP - MAX, 1);
          assertThat(s.stackPages()).isEqualTo(MAX / PAGE);
        });
  }

  @Test
  @DisplayName("M72 a mapping below the stack stops it")
  void mappingBelow() {
    m.run(
        () -> {
          VmSpace s = withStack();
          TestMachine.ok(s.mapAnonymous(TOP - 2 * STEP, PAGE, R, R, false, true));
          m.store(s, TOP - 2 * STEP + PAGE, 1);
          assertThat(m.tryStore(s, TOP - 2 * STEP - 1, 1)).isFalse();
          assertThat(m.lastRefusal).isEqualTo(FaultResult.NO_ENTRY);
        });
  }

  @Test
  @DisplayName("M73 X8 F131 the limit cuts the last step and then refuses without a fault call")
  void limit() {
    m.run(
        () -> {
          VmSpace s = withStack();
          TestMachine.processOf(s).stackLimit = 40 * PAGE + 100;
          m.store(s, TOP - 33 * PAGE, 1);
          assertThat(s.stackPages()).isEqualTo(40);
          assertThat(
                  m.moved(
                      Counter.V_VM_FAULTS,
                      () -> assertThat(m.tryStore(s, TOP - 41 * PAGE, 1)).isFalse()))
              .isZero();
          assertThat(m.lastRefusal).isEqualTo(FaultResult.STACK_LIMIT);
        });
  }

  @Test
  @DisplayName("M27 X2 joined stack entries keep what the lowest may still grow")
  void joinKeepsRest() {
    m.run(
        () -> {
          VmSpace s = withStack();
          m.store(s, TOP - 1, 1);
          m.store(s, TOP - STEP - 1, 1);
          s.protect(TOP - 2 * STEP, 2 * STEP, R);
          s.protect(TOP - 2 * STEP, 2 * STEP, RW);
          VmMapEntry lowest = m.entry(s, TOP - 2 * STEP);
          assertThat(lowest.stackLeft).isEqualTo(MAX / PAGE - 64);
          m.store(s, TOP - 2 * STEP - 1, 1);
          assertThat(m.tryStore(s, TOP - MAX - 1, 1)).isFalse();
        });
  }
}
