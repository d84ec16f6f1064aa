// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import dev.faultline.mmu.InterruptLine;
import dev.faultline.mmu.PortDevice;

/**
 * One 8259A programmable interrupt controller (Intel data sheet 231468): initialisation words ICW1
 * to ICW4, operation words OCW1 to OCW3, all end-of-interrupt and rotation commands, special mask
 * mode, special fully nested mode, polling. Not modelled: the MCS-80 vector format, buffered mode.
 */
final class Pic8259 implements PortDevice {
  private static final int SPURIOUS_INPUT = 7;

  private final int slaves;
  private final InterruptLine intPin;

  /** The input pins as they are, and the edge latches behind them. */
  private int pins;

  private int latched;
  private int levelTriggered;
  private int inService;
  private int mask = 0xFF;
  private int vectorBase;

  /** The input of lowest priority; the one after it has the highest. */
  private int lowest = 7;

  /** Next initialisation word that is expected on the odd port (2 to 4), or 0. */
  private int nextIcw;

  private boolean initialised;
  private boolean allLevel;
  private boolean single;
  private boolean wantsIcw4;
  private boolean autoEoi;
  private boolean rotateOnAutoEoi;
  private boolean specialFullyNested;
  private boolean specialMask;
  private boolean readInService;
  private boolean polling;
  private boolean output;

  /**
   * A chip that has not been initialised.
   *
   * @param slaves mask of the inputs that other chips drive
   * @param intPin where the INT output leads
   */
  Pic8259(int slaves, InterruptLine intPin) {
    this.slaves = slaves;
    this.intPin = intPin;
  }

  // ---- pins ----------------------------------------------------------------------------------

  /** Drives one of the eight inputs. */
  void setInput(int input, boolean high) {
    int bit = 1 << input;
    if (high) {
      latched |= bit & ~pins;
      pins |= bit;
    } else {
      pins &= ~bit;
      latched &= ~bit;
    }
    update();
  }

  /** The INT output. */
  boolean output() {
    return output;
  }

  /** True if the chip believes that another one drives the input. */
  boolean hasSlave(int input) {
    return !single && (slaves & 1 << input) != 0;
  }

  /** Mask of the inputs that are level-triggered by the edge/level control register. */
  int levelTriggered() {
    return levelTriggered;
  }

  /** Sets that register. */
  void setLevelTriggered(int inputs) {
    levelTriggered = inputs & 0xFF;
    update();
  }

  /** The acknowledge cycle: puts the request of highest priority in service and names its input. */
  int acknowledge() {
    int input = served();
    if (input < 0) {
      return SPURIOUS_INPUT;
    }
    int bit = 1 << input;
    latched &= ~bit;
    if (!autoEoi) {
      inService |= bit;
    } else if (rotateOnAutoEoi) {
      lowest = input;
    }
    // INT falls with every acknowledge cycle, so that a master sees an edge if more is waiting.
    output = false;
    intPin.set(false);
    update();
    return input;
  }

  /** The vector that the input has. */
  int vector(int input) {
    return vectorBase | input;
  }

  // ---- registers -----------------------------------------------------------------------------

  @Override
  public int in(int port) {
    if (polling) {
      polling = false;
      boolean any = served() >= 0;
      int input = acknowledge();
      return any ? 0x80 | input : 0;
    }
    if (port == 1) {
      return mask;
    }
    return readInService ? inService : requests();
  }

  @Override
  public void out(int port, int value) {
    if (port == 0) {
      if ((value & 0x10) != 0) {
        icw1(value);
      } else if ((value & 0x08) != 0) {
        ocw3(value);
      } else {
        ocw2(value);
      }
    } else {
      switch (nextIcw) {
        case 2 -> icw2(value);
        case 3 -> expect(wantsIcw4 ? 4 : 0);
        case 4 -> icw4(value);
        default -> mask = value;
      }
    }
    update();
  }

  private void icw1(int value) {
    latched = 0;
    mask = 0;
    inService = 0;
    lowest = 7;
    specialMask = false;
    readInService = false;
    polling = false;
    autoEoi = false;
    rotateOnAutoEoi = false;
    specialFullyNested = false;
    wantsIcw4 = (value & 0x01) != 0;
    single = (value & 0x02) != 0;
    allLevel = (value & 0x08) != 0;
    expect(2);
  }

  private void icw2(int value) {
    vectorBase = value & 0xF8;
    if (!single) {
      expect(3);
    } else {
      expect(wantsIcw4 ? 4 : 0);
    }
  }

  private void icw4(int value) {
    autoEoi = (value & 0x02) != 0;
    specialFullyNested = (value & 0x10) != 0;
    expect(0);
  }

  private void expect(int icw) {
    nextIcw = icw;
    initialised = icw == 0;
  }

  /** End of interrupt and rotation, by the command in bits 7 to 5. */
  private void ocw2(int value) {
    int input = value & 7;
    switch (value >> 5) {
      case 0b001 -> endOfInterrupt(highestInService());
      case 0b011 -> endOfInterrupt(input);
      case 0b101 -> {
        int ended = highestInService();
        endOfInterrupt(ended);
        if (ended >= 0) {
          lowest = ended;
        }
      }
      case 0b111 -> {
        endOfInterrupt(input);
        lowest = input;
      }
      case 0b100 -> rotateOnAutoEoi = true;
      case 0b000 -> rotateOnAutoEoi = false;
      case 0b110 -> lowest = input;
      default -> {
        // 010: no operation.
      }
    }
  }

  private void endOfInterrupt(int input) {
    if (input >= 0) {
      inService &= ~(1 << input);
    }
  }

  private void ocw3(int value) {
    if ((value & 0x40) != 0) {
      specialMask = (value & 0x20) != 0;
    }
    if ((value & 0x04) != 0) {
      polling = true;
    } else if ((value & 0x02) != 0) {
      readInService = (value & 0x01) != 0;
    }
  }

  // ---- priorities ----------------------------------------------------------------------------

  /** The interrupt request register. */
  private int requests() {
    int level = allLevel ? 0xFF : levelTriggered;
    return latched | pins & level;
  }

  /** The input that an acknowledge cycle would serve now, or -1. */
  private int served() {
    if (!initialised) {
      return -1;
    }
    int wanted = requests() & ~mask;
    for (int i = 1; i <= 8; i++) {
      int input = lowest + i & 7;
      int bit = 1 << input;
      boolean busy = (inService & bit) != 0;
      if ((wanted & bit) != 0 && (!busy || specialFullyNested && (slaves & bit) != 0)) {
        return input;
      }
      if (busy && !(specialMask && (mask & bit) != 0)) {
        return -1;
      }
    }
    return -1;
  }

  /** The input in service that has the highest priority, or -1; special mask mode skips masked. */
  private int highestInService() {
    int candidates = specialMask ? inService & ~mask : inService;
    for (int i = 1; i <= 8; i++) {
      int input = lowest + i & 7;
      if ((candidates & 1 << input) != 0) {
        return input;
      }
    }
    return -1;
  }

  private void update() {
    boolean now = served() >= 0;
    if (now != output) {
      output = now;
      intPin.set(now);
    }
  }
}
