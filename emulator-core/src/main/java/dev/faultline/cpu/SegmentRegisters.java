// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/**
 * The six segment registers with the descriptors they cache, and the checks that go with them (SDM
 * volume 3, chapters 3 and 5).
 */
final class SegmentRegisters {
  private static final int COUNT = 6;
  private static final int SELECTOR_ERROR_MASK = 0xFFFC;

  private final int[] selectors = new int[COUNT];
  private final int[] bases = new int[COUNT];
  private final int[] limits = new int[COUNT];

  /** Attribute bits of {@link SegmentDescriptor}; 0 for a null selector. */
  private final int[] attributes = new int[COUNT];

  private SegmentTable table;
  private int cpl;
  private boolean flat;

  SegmentRegisters(SegmentTable table) {
    this.table = table;
  }

  void setTable(SegmentTable newTable) {
    table = newTable;
  }

  SegmentTable table() {
    return table;
  }

  void copyFrom(SegmentRegisters other) {
    System.arraycopy(other.selectors, 0, selectors, 0, COUNT);
    System.arraycopy(other.bases, 0, bases, 0, COUNT);
    System.arraycopy(other.limits, 0, limits, 0, COUNT);
    System.arraycopy(other.attributes, 0, attributes, 0, COUNT);
    cpl = other.cpl;
    flat = other.flat;
  }

  int selector(int segment) {
    return selectors[segment];
  }

  int base(int segment) {
    return bases[segment];
  }

  int limit(int segment) {
    return limits[segment];
  }

  int cpl() {
    return cpl;
  }

  /**
   * True if offsets in CS, DS, ES and SS are linear addresses that need no check (those of CS: no
   * check only): what compiled code may take for granted.
   */
  boolean flat() {
    return flat;
  }

  // ---- access ----------------------------------------------------------------------------------

  /**
   * The linear address of an access, or #GP(0), or #SS(0) for SS.
   *
   * @param size bytes, at least 1
   */
  int linear(Cpu cpu, int segment, int offset, int size, boolean write) {
    boolean plain = flat && segment <= Cpu.DS && segment != Cpu.CS;
    if (plain && Integer.compareUnsigned(offset, -size) <= 0) {
      return offset;
    }
    int a = attributes[segment];
    boolean code = (a & SegmentDescriptor.CODE) != 0;
    boolean permitted = (a & SegmentDescriptor.WRITABLE_OR_READABLE) != 0;
    boolean allowed = write ? permitted && !code : permitted || !code;
    if (a == 0 || !allowed || outside(segment, offset, size)) {
      throw cpu.fault(segment == Cpu.SS ? Vector.SS : Vector.GP, 0);
    }
    return bases[segment] + offset;
  }

  private boolean outside(int segment, int offset, int size) {
    long first = offset & 0xFFFF_FFFFL;
    long last = first + size - 1;
    long limit = limits[segment] & 0xFFFF_FFFFL;
    int kind = SegmentDescriptor.CODE | SegmentDescriptor.EXPAND_DOWN_OR_CONFORMING;
    if ((attributes[segment] & kind) == SegmentDescriptor.EXPAND_DOWN_OR_CONFORMING) {
      boolean is32 = (attributes[segment] & SegmentDescriptor.DEFAULT_32) != 0;
      return first <= limit || last > (is32 ? 0xFFFF_FFFFL : 0xFFFF);
    }
    return last > limit;
  }

  /** True if an instruction at this offset lies outside of the code segment. */
  boolean outsideCode(int eip) {
    return Integer.compareUnsigned(eip, limits[Cpu.CS]) > 0;
  }

  // ---- loads -----------------------------------------------------------------------------------

  /** Loads ES, SS, DS, FS or GS, or raises #GP, #NP or #SS and leaves it as it was. */
  void loadData(Cpu cpu, int segment, int selector) {
    if ((selector & SELECTOR_ERROR_MASK) == 0) {
      if (segment == Cpu.SS) {
        throw cpu.fault(Vector.GP, 0);
      }
      set(segment, selector, 0);
      return;
    }
    long descriptor = table.descriptor(selector);
    int a = SegmentDescriptor.attributes(descriptor);
    int error = selector & SELECTOR_ERROR_MASK;
    boolean good = segment == Cpu.SS ? goodForStack(selector, a) : goodForData(selector, a);
    if (descriptor == 0 || !good) {
      throw cpu.fault(Vector.GP, error);
    }
    if ((a & SegmentDescriptor.PRESENT) == 0) {
      throw cpu.fault(segment == Cpu.SS ? Vector.SS : Vector.NP, error);
    }
    set(segment, selector, descriptor);
  }

  private boolean goodForStack(int selector, int a) {
    int kind =
        SegmentDescriptor.NOT_SYSTEM
            | SegmentDescriptor.CODE
            | SegmentDescriptor.WRITABLE_OR_READABLE;
    int wanted = SegmentDescriptor.NOT_SYSTEM | SegmentDescriptor.WRITABLE_OR_READABLE;
    return (a & kind) == wanted && (selector & 3) == cpl && SegmentDescriptor.dplOf(a) == cpl;
  }

  private boolean goodForData(int selector, int a) {
    boolean code = (a & SegmentDescriptor.CODE) != 0;
    if ((a & SegmentDescriptor.NOT_SYSTEM) == 0
        || (code && (a & SegmentDescriptor.WRITABLE_OR_READABLE) == 0)) {
      return false;
    }
    boolean conforming = code && (a & SegmentDescriptor.EXPAND_DOWN_OR_CONFORMING) != 0;
    return conforming || Math.max(selector & 3, cpl) <= SegmentDescriptor.dplOf(a);
  }

  /**
   * Checks a far transfer within the privilege level: #GP or #NP if it is refused.
   *
   * @param isReturn true for RETF and IRET, whose selector must have the RPL of this level
   * @return the descriptor, for {@link #setCode}
   */
  long checkCode(Cpu cpu, int selector, boolean isReturn) {
    int error = selector & SELECTOR_ERROR_MASK;
    if (error == 0) {
      throw cpu.fault(Vector.GP, 0);
    }
    long descriptor = table.descriptor(selector);
    int a = SegmentDescriptor.attributes(descriptor);
    int kind = SegmentDescriptor.NOT_SYSTEM | SegmentDescriptor.CODE;
    boolean conforming = (a & SegmentDescriptor.EXPAND_DOWN_OR_CONFORMING) != 0;
    int dpl = SegmentDescriptor.dplOf(a);
    int rpl = selector & 3;
    boolean level = conforming ? dpl <= cpl : dpl == cpl;
    boolean requested = isReturn ? rpl == cpl : conforming || rpl <= cpl;
    if ((a & kind) != kind || !level || !requested) {
      throw cpu.fault(Vector.GP, error);
    }
    if ((a & SegmentDescriptor.PRESENT) == 0) {
      throw cpu.fault(Vector.NP, error);
    }
    return descriptor;
  }

  /** Loads CS with what {@link #checkCode} has let pass; the privilege level stays. */
  void setCode(int selector, long descriptor) {
    set(Cpu.CS, selector & ~3 | cpl, descriptor);
  }

  /** LAR, LSL, VERR, VERW: true if the selector names something that this level may look at. */
  boolean visible(int selector) {
    long descriptor = (selector & SELECTOR_ERROR_MASK) == 0 ? 0 : table.descriptor(selector);
    int a = SegmentDescriptor.attributes(descriptor);
    if ((a & SegmentDescriptor.NOT_SYSTEM) == 0) {
      return false;
    }
    int kind = SegmentDescriptor.CODE | SegmentDescriptor.EXPAND_DOWN_OR_CONFORMING;
    boolean conforming = (a & kind) == kind;
    return conforming || Math.max(selector & 3, cpl) <= SegmentDescriptor.dplOf(a);
  }

  /** VERR and VERW of a visible selector. */
  boolean accessible(int selector, boolean write) {
    int a = SegmentDescriptor.attributes(table.descriptor(selector));
    boolean code = (a & SegmentDescriptor.CODE) != 0;
    boolean permitted = (a & SegmentDescriptor.WRITABLE_OR_READABLE) != 0;
    return write ? permitted && !code : permitted || !code;
  }

  /** Loads all six at the privilege level of {@code code}: how a thread or a test begins. */
  void reset(int code, int data) {
    cpl = code & 3;
    set(Cpu.CS, code, table.descriptor(code));
    for (int segment : new int[] {Cpu.ES, Cpu.SS, Cpu.DS}) {
      set(segment, data, table.descriptor(data));
    }
    set(Cpu.FS, 0, 0);
    set(Cpu.GS, 0, 0);
  }

  private void set(int segment, int selector, long descriptor) {
    selectors[segment] = selector & 0xFFFF;
    bases[segment] = SegmentDescriptor.base(descriptor);
    limits[segment] = SegmentDescriptor.limit(descriptor);
    attributes[segment] = SegmentDescriptor.attributes(descriptor);
    flat = isFlat(Cpu.ES) && isFlat(Cpu.SS) && isFlat(Cpu.DS) && limits[Cpu.CS] == -1;
  }

  private boolean isFlat(int segment) {
    int kind =
        SegmentDescriptor.CODE
            | SegmentDescriptor.EXPAND_DOWN_OR_CONFORMING
            | SegmentDescriptor.WRITABLE_OR_READABLE;
    return bases[segment] == 0
        && limits[segment] == -1
        && (attributes[segment] & kind) == SegmentDescriptor.WRITABLE_OR_READABLE;
  }
}
