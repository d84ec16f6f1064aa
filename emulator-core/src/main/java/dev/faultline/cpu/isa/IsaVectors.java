// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.isa;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** A file of instruction vectors, read in one pass, record by record. */
public final class IsaVectors {
  private static final String MAGIC = "IA32VEC\0";
  private static final int VERSION = 1;
  private static final int MAX_REGION = 1 << 20;

  /** A region of memory that exists during an experiment. */
  record Region(int base, int size, int rights, boolean pattern, int constant) {
    /** What the byte at a linear address is before the patches. */
    byte background(int address) {
      return (byte) (pattern ? address * 7 + (address >>> 8) * 13 + 0x5A : constant);
    }
  }

  private final IsaInput in;
  private final List<IsaForm> forms = new ArrayList<>();
  private final List<Region> regions = new ArrayList<>();
  private final int[] selectors = new int[6];
  private final int fsBase;
  private final int gsBase;
  private final int records;
  private int read;

  /**
   * Reads the header.
   *
   * @param stream the file, packed with gzip or not
   * @throws IsaFormatException if it is no such file
   * @throws IOException if reading fails
   */
  public IsaVectors(InputStream stream) throws IOException {
    in = new IsaInput(stream);
    for (int i = 0; i < MAGIC.length(); i++) {
      if (in.u8() != MAGIC.charAt(i)) {
        throw in.bad("it does not begin with IA32VEC");
      }
    }
    int version = in.u16();
    if (version != VERSION) {
      throw in.bad("version " + version + ", only " + VERSION + " is known");
    }
    int formCount = in.u16();
    records = in.u32();
    fsBase = in.u32();
    gsBase = in.u32();
    for (int i = 0; i < selectors.length; i++) {
      selectors[i] = in.u16();
      if (selectors[i] <= 3 || (selectors[i] & 3) != 3) {
        throw in.bad(String.format("selector %04x, which is none of ring 3", selectors[i]));
      }
    }
    int regionCount = in.u8();
    for (int i = 0; i < regionCount; i++) {
      Region region = new Region(in.u32(), in.u32(), in.u8(), in.u8() != 0, in.u8());
      if (((region.base | region.size) & 0xFFF) != 0
          || region.size <= 0
          || region.size > MAX_REGION) {
        throw in.bad(
            String.format("a memory region at %08x of %d bytes", region.base, region.size));
      }
      regions.add(region);
    }
    for (int i = 0; i < formCount; i++) {
      forms.add(new IsaForm(in.text(), in.text(), in.text(), in.u8(), in.u8(), in.u32()));
    }
  }

  /** The forms that the file covers. */
  public List<IsaForm> forms() {
    return List.copyOf(forms);
  }

  /** Number of records in the file. */
  public int records() {
    return records;
  }

  List<Region> regions() {
    return regions;
  }

  int selector(int segment) {
    return selectors[segment];
  }

  int fsBase() {
    return fsBase;
  }

  int gsBase() {
    return gsBase;
  }

  /**
   * Reads the next record.
   *
   * @return false if there is none left
   */
  boolean next(IsaRecord record) throws IOException {
    if (read == records) {
      return false;
    }
    int length = in.u16();
    long end = in.offset() + length;
    int form = in.u16();
    if (form >= forms.size()) {
      throw in.bad("record " + read + " has form " + form + " of " + forms.size());
    }
    record.form = forms.get(form);
    record.number = read++;
    record.read(in);
    if (in.offset() != end) {
      throw in.bad("record " + record.number + " does not have the length it says");
    }
    return true;
  }
}
