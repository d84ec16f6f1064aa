// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class InterruptControllerTest {
  private static final int MASTER = 0x20;
  private static final int SLAVE = 0xA0;
  private static final int EOI = 0x20;

  private final PhysicalBus bus = new PhysicalBus(new PhysicalMemory(PhysicalMemory.MIN_SIZE));
  private final InterruptController pic = new InterruptController();

  @BeforeEach
  void initialise() {
    pic.attach(bus);
    initialise(0x01, 0x01);
  }

  /** Vectors 0x30 and 0x38, nothing masked. */
  private void initialise(int masterIcw4, int slaveIcw4) {
    out(MASTER, 0x11);
    out(MASTER + 1, 0x30);
    out(MASTER + 1, 0x04);
    out(MASTER + 1, masterIcw4);
    out(SLAVE, 0x11);
    out(SLAVE + 1, 0x38);
    out(SLAVE + 1, 0x02);
    out(SLAVE + 1, slaveIcw4);
  }

  private void out(int port, int value) {
    bus.out(port, 1, value);
  }

  private int read(int port, int ocw3) {
    out(port, ocw3);
    return bus.in(port, 1);
  }

  private int requests(int port) {
    return read(port, 0x0A);
  }

  private int inService(int port) {
    return read(port, 0x0B);
  }

  private void raise(int... irqs) {
    for (int irq : irqs) {
      pic.line(irq).set(true);
    }
  }

  @Test
  void anUninitialisedControllerAsksForNothing() {
    InterruptController fresh = new InterruptController();
    fresh.line(0).set(true);

    assertThat(fresh.pending()).isFalse();
  }

  @Test
  void oneRequestOneVector() {
    raise(4);

    assertThat(pic.pending()).isTrue();
    assertThat(requests(MASTER)).isEqualTo(0x10);
    assertThat(pic.acknowledge()).isEqualTo(0x34);
    assertThat(pic.pending()).isFalse();
    assertThat(requests(MASTER)).isZero();
    assertThat(inService(MASTER)).isEqualTo(0x10);
  }

  @Test
  void theLowerNumberIsServedFirstAndBlocksTheHigherUntilItsEnd() {
    raise(5, 3);

    assertThat(pic.acknowledge()).isEqualTo(0x33);
    assertThat(pic.pending()).isFalse();
    out(MASTER, EOI);
    assertThat(pic.pending()).isTrue();
    assertThat(pic.acknowledge()).isEqualTo(0x35);
  }

  @Test
  void aHigherPriorityNests() {
    raise(5);
    pic.acknowledge();

    raise(1);

    assertThat(pic.acknowledge()).isEqualTo(0x31);
    assertThat(inService(MASTER)).isEqualTo(0x22);
    out(MASTER, EOI);
    assertThat(inService(MASTER)).as("the innermost ends first").isEqualTo(0x20);
  }

  @Test
  void linesOfTheSlaveComeInThePlaceOfLineTwo() {
    raise(3, 12, 8);

    assertThat(pic.acknowledge()).isEqualTo(0x38);
    assertThat(inService(MASTER)).isEqualTo(0x04);
    assertThat(inService(SLAVE)).isEqualTo(0x01);
    out(SLAVE, EOI);
    out(MASTER, EOI);
    assertThat(pic.acknowledge()).isEqualTo(0x3C);
    out(SLAVE, EOI);
    out(MASTER, EOI);
    assertThat(pic.acknowledge()).isEqualTo(0x33);
  }

  @Test
  void aMaskedRequestWaitsForItsUnmasking() {
    out(MASTER + 1, 0xFF);
    raise(4);
    assertThat(pic.pending()).isFalse();

    out(MASTER + 1, 0xEF);

    assertThat(pic.pending()).isTrue();
    assertThat(bus.in(MASTER + 1, 1)).isEqualTo(0xEF);
  }

  @Test
  void anEdgeIsServedOnceHoweverLongTheLineStaysHigh() {
    raise(4);
    pic.acknowledge();
    out(MASTER, EOI);

    raise(4);

    assertThat(pic.pending()).as("idempotent: it was high").isFalse();
    pic.line(4).set(false);
    raise(4);
    assertThat(pic.pending()).isTrue();
  }

  @Test
  void aLevelIsServedUntilTheDeviceLetsGo() {
    bus.out(0x4D0, 2, 0x0C00);
    assertThat(bus.in(0x4D0, 2)).isEqualTo(0x0C00);
    raise(10);

    assertThat(pic.acknowledge()).isEqualTo(0x3A);
    out(SLAVE, EOI);
    out(MASTER, EOI);
    assertThat(pic.acknowledge()).as("still high").isEqualTo(0x3A);
    pic.line(10).set(false);
    out(SLAVE, EOI);
    out(MASTER, EOI);
    assertThat(pic.pending()).isFalse();
  }

  @Test
  void timerKeyboardAndCascadeStayEdgeTriggered() {
    bus.out(0x4D0, 2, 0xFFFF);

    assertThat(bus.in(0x4D0, 2)).isEqualTo(0xDEF8);
  }

  @Test
  void aRequestThatIsWithdrawnGivesASpuriousSevenWithNothingInService() {
    raise(4);
    pic.line(4).set(false);

    assertThat(pic.pending()).isFalse();
    assertThat(pic.acknowledge()).isEqualTo(0x37);
    assertThat(inService(MASTER)).isZero();
  }

  @Test
  void aRequestThatIsWithdrawnFromTheSlaveGivesASpuriousFifteen() {
    bus.out(0x4D0, 1, 0);
    raise(9);
    out(SLAVE + 1, 0xFF);
    // The cascade line has fallen with it, so the master has nothing either.
    assertThat(pic.acknowledge()).isEqualTo(0x37);

    out(SLAVE + 1, 0x00);
    assertThat(pic.acknowledge()).isEqualTo(0x39);
  }

  @Test
  void aSpecificEndEndsThatOneOnly() {
    raise(5);
    pic.acknowledge();
    raise(1);
    pic.acknowledge();

    out(MASTER, 0x60 | 5);

    assertThat(inService(MASTER)).isEqualTo(0x02);
  }

  @Test
  void rotationMakesTheServedOneLast() {
    raise(3, 4);
    pic.acknowledge();
    pic.line(3).set(false);
    raise(3);

    out(MASTER, 0xA0);

    assertThat(pic.acknowledge()).isEqualTo(0x34);
    out(MASTER, EOI);
    assertThat(pic.acknowledge()).isEqualTo(0x33);
  }

  @Test
  void setPriorityNamesTheLowest() {
    out(MASTER, 0xC0 | 4);
    raise(0, 5);

    assertThat(pic.acknowledge()).isEqualTo(0x35);
  }

  @Test
  void automaticEndLeavesNothingInService() {
    initialise(0x03, 0x03);
    raise(8, 9);

    assertThat(pic.acknowledge()).isEqualTo(0x38);
    assertThat(inService(MASTER)).isZero();
    assertThat(pic.acknowledge())
        .as("the slave's second request reaches the master")
        .isEqualTo(0x39);
    assertThat(pic.pending()).isFalse();
  }

  @Test
  void specialMaskModeLetsLowerOnesThroughWhileAMaskedOneIsInService() {
    raise(3);
    pic.acknowledge();
    raise(6);
    assertThat(pic.pending()).isFalse();

    out(MASTER, 0x68);
    out(MASTER + 1, 0x08);

    assertThat(pic.acknowledge()).isEqualTo(0x36);
  }

  @Test
  void specialFullyNestedModeLetsTheSlaveInterruptItself() {
    initialise(0x11, 0x01);
    raise(12);
    pic.acknowledge();

    raise(8);

    assertThat(pic.pending()).isTrue();
    assertThat(pic.acknowledge()).isEqualTo(0x38);
  }

  @Test
  void pollingAcknowledgesByAReadOfThePort() {
    raise(6);

    assertThat(read(MASTER, 0x0C)).isEqualTo(0x86);
    assertThat(inService(MASTER)).isEqualTo(0x40);
    assertThat(read(MASTER, 0x0C)).isZero();
  }

  @Test
  void initialisingForgetsOldEdgesAndTheMask() {
    raise(4);
    out(MASTER + 1, 0xFF);

    initialise(0x01, 0x01);

    assertThat(bus.in(MASTER + 1, 1)).isZero();
    assertThat(pic.pending()).isFalse();
  }

  @Test
  void lineTwoIsNobodysToDrive() {
    assertThatThrownBy(() -> pic.line(2)).isInstanceOf(IllegalArgumentException.class);
  }
}
