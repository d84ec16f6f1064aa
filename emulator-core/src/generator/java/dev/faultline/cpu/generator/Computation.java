// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.generator;

import dev.faultline.cpu.decode.InstructionForm;
import dev.faultline.cpu.decode.Operand;
import dev.faultline.cpu.generator.OpBody.FlagsAfter;
import java.util.ArrayList;
import java.util.List;

/** The body of an operation on values: reads its operands, computes, writes the first one. */
final class Computation {
  private static final String[] REGISTER_FIELD = {"o.d", "o.s", "o.s"};

  private final InstructionForm form;
  private final boolean size16;
  private final boolean memory;
  private final boolean shortcut;
  private final List<String> shapes = new ArrayList<>();
  private final String operation;

  Computation(InstructionForm form, boolean size16, boolean memory, boolean shortcut) {
    this.form = form;
    this.size16 = size16;
    this.memory = memory;
    this.shortcut = shortcut;
    for (int i = 0; i < form.operands().size(); i++) {
      shapes.add(shapeOf(i));
    }
    operation = form.operation();
  }

  private int size(int i) {
    int size = form.operands().get(i).size();
    return size == 0 ? (size16 ? 16 : 32) : size;
  }

  private String shapeOf(int i) {
    Operand operand = form.operands().get(i);
    if (form.access().charAt(i) == 'a') {
      return "A";
    }
    if (memory && operand.mayBeMemory()) {
      return "M";
    }
    return switch (operand.kind()) {
      case IMMEDIATE, SIGNED_BYTE, ONE -> "I";
      case FIXED_REG -> operand.text().equals("CL") ? "C" : "R";
      default -> "R";
    };
  }

  private char access(int i) {
    return i < form.access().length() ? form.access().charAt(i) : '-';
  }

  private boolean stack() {
    return operation.equals("push") || operation.equals("pop");
  }

  private String name() {
    StringBuilder name = new StringBuilder();
    if (operation.equals("=") || operation.equals("-")) {
      name.append(operation.equals("-") ? "Nop" : access(1) == 'a' ? "Lea" : "Mov");
    } else {
      name.append(OpBody.capitalized(operation.substring(operation.indexOf('.') + 1)));
      if (form.condition() >= 0) {
        name.append(OpBody.capitalized(InstructionForm.CONDITIONS.get(form.condition())));
      }
    }
    if (operation.equals("-")) {
      return name.toString();
    }
    if (form.operands().isEmpty()) {
      name.append(OpBody.suffix(form, size16));
    }
    for (int i = 0; i < shapes.size(); i++) {
      if (i == 0 || size(i) != size(0)) {
        name.append(shapes.get(i).equals("C") ? "" : size(i));
      }
      name.append(shapes.get(i));
    }
    return name + (shortcut ? "b" : "");
  }

  private String address() {
    return shortcut
        ? "r[o.base] + o.displacement"
        : "r[o.base] + (r[o.index] << o.scale) + o.displacement";
  }

  /** The value of operand {@code i}, memory excepted. */
  private String value(int i) {
    return switch (shapes.get(i)) {
      case "I" -> "o.immediate";
      case "C" -> "r[Cpu.ECX]";
      case "A" -> address();
      default ->
          switch (size(i)) {
            case 8 -> "c.get8(" + REGISTER_FIELD[i] + ")";
            case 16 -> "(r[" + REGISTER_FIELD[i] + "] & 0xFFFF)";
            default -> "r[" + REGISTER_FIELD[i] + "]";
          };
    };
  }

  private static String loadAt(int size) {
    return switch (size) {
      case 8 -> "c.ram[i] & 0xFF";
      case 16 -> "(short) PhysicalMemory.SHORT.get(c.ram, i) & 0xFFFF";
      default -> "(int) PhysicalMemory.INT.get(c.ram, i)";
    };
  }

  private static String storeAt(int size, String value) {
    return switch (size) {
      case 8 -> "c.ram[i] = (byte) (" + value + ");\n";
      case 16 -> "PhysicalMemory.SHORT.set(c.ram, i, (short) (" + value + "));\n";
      default -> "PhysicalMemory.INT.set(c.ram, i, " + value + ");\n";
    };
  }

  private String set(int i, String value) {
    return switch (size(i)) {
      case 8 -> "c.set8(" + REGISTER_FIELD[i] + ", " + value + ");\n";
      case 16 -> "c.set16(" + REGISTER_FIELD[i] + ", " + value + ");\n";
      default -> "r[" + REGISTER_FIELD[i] + "] = " + value + ";\n";
    };
  }

  private String compute(List<String> values) {
    if (operation.equals("=")) {
      return values.get(0);
    }
    if (operation.equals("set")) {
      return "(" + OpBody.condition(form.condition(), FlagsAfter.UNKNOWN) + " ? 1 : 0)";
    }
    if (operation.equals("cmov")) {
      String condition = OpBody.condition(form.condition(), FlagsAfter.UNKNOWN);
      return "(%s ? %s : %s)".formatted(condition, values.get(1), values.get(0));
    }
    String arguments = values.isEmpty() ? "" : ", " + String.join(", ", values);
    return operation + methodSuffix() + "(c" + arguments + ")";
  }

  /** The size of the first operand that is read. */
  private String methodSuffix() {
    for (int i = 0; i < shapes.size(); i++) {
      if (access(i) != 'w') {
        return Integer.toString(size(i));
      }
    }
    return OpBody.suffix(form, size16);
  }

  private FlagsAfter flags() {
    return switch (operation) {
      case "Alu.cmp" ->
          size(0) == 8
              ? FlagsAfter.COMPARE_8
              : size(0) == 32 ? FlagsAfter.COMPARE_32 : FlagsAfter.UNKNOWN;
      case "Alu.test", "Alu.and", "Alu.or", "Alu.xor" -> FlagsAfter.LOGIC;
      case "Alu.add", "Alu.sub", "Alu.inc", "Alu.dec", "Alu.neg", "Alu.adc", "Alu.sbb" ->
          FlagsAfter.RESULT;
      default -> FlagsAfter.UNKNOWN;
    };
  }

  OpBody body() {
    if (operation.equals("-")) {
      return new OpBody("Nop", "", "", "", FlagsAfter.UNKNOWN);
    }
    if (stack()) {
      return stackBody();
    }
    if (operation.equals("jmpTo") || operation.equals("callTo")) {
      return indirectBody();
    }
    int memoryOperand = shapes.indexOf("M");
    StringBuilder fast = new StringBuilder();
    StringBuilder slow = new StringBuilder();
    if (form.has("raises") && memoryOperand < 0) {
      fast.append("c.at = o.at;\n");
    }
    if (shapes.contains("A")) {
      return addressBody();
    }
    if (memoryOperand >= 0) {
      char access = access(memoryOperand);
      int bytes = size(memoryOperand) / 8;
      String index = access == 'r' ? "readIndex" : "writeIndex";
      if (form.has("raises")) {
        fast.append("c.at = o.at;\n");
      }
      fast.append("int a = ").append(address()).append(";\n");
      fast.append("int i = c.%s(a, %d);\n".formatted(index, bytes));
      fast.append("if (i < 0) {\nMISS\n}\n");
      slow.append("c.at = at;\n");
      slow.append("int a = Operands.address(c, this, %d, %s);\n".formatted(bytes, access != 'r'));
      if (access != 'w') {
        String loader = access == 'r' ? "load" : "loadForWrite";
        fast.append("int m = ").append(loadAt(size(memoryOperand))).append(";\n");
        slow.append("int m = Operands.%s(c, a, %d);\n".formatted(loader, bytes));
      }
    }
    List<String> values = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      if (access(i) != 'w') {
        values.add(shapes.get(i).equals("M") ? "m" : value(i));
      }
    }
    String compare = "";
    FlagsAfter flags = flags();
    if (operation.equals("Alu.cmp")) {
      compare = "int x = %s;\nint y = %s;\n".formatted(values.get(0), values.get(1));
      values = List.of("x", "y");
    }
    String result = compute(values);
    boolean writes = !shapes.isEmpty() && access(0) != 'r';
    fast.append(compare);
    slow.append(compare);
    if (!writes) {
      fast.append(result).append(";\n");
      slow.append(result).append(";\n");
    } else if (memoryOperand == 0) {
      fast.append(storeAt(size(0), result));
      slow.append("Operands.store(c, a, %d, %s);\n".formatted(size(0) / 8, result));
    } else {
      fast.append(set(0, result));
      slow.append(set(0, result));
    }
    String slowText = memoryOperand < 0 ? "" : slow + "return c.resume(this);\n";
    return new OpBody(name(), fast.toString(), "", slowText, flags);
  }

  private OpBody addressBody() {
    String slow = set(0, "Operands.offset(c, this)") + "return next;\n";
    return new OpBody(name(), set(0, address()), "", slow, FlagsAfter.UNKNOWN);
  }

  private OpBody indirectBody() {
    boolean call = operation.equals("callTo");
    String method = call ? "Control.call" : "Control.jmp";
    String at = "c.at = o.at;\n";
    if (size16) {
      String branch = method + "16(c, o.this)";
      return new OpBody(name(), at, branch, "", FlagsAfter.UNKNOWN);
    }
    String target =
        shapes.get(0).equals("M")
            ? """
            int a = %s;
            int j = c.readIndex(a, 4);
            if (j < 0) {
            MISS
            }
            int eip = (int) PhysicalMemory.INT.get(c.ram, j);
            """
                .formatted(address())
            : "int eip = " + value(0) + ";\n";
    String fast = target + (call ? OpBody.PUSH_RETURN : "");
    String slow = at + "return " + method + "32(c, o.this);\n";
    return new OpBody(name(), fast, "c.transfer(o.this, eip)", slow, FlagsAfter.UNKNOWN);
  }

  private OpBody stackBody() {
    int bytes = size16 ? 2 : 4;
    boolean push = operation.equals("push");
    String at = "c.at = at;\n";
    String resume = "return c.resume(this);\n";
    if (push) {
      String value = shapes.get(0).equals("M") ? "m" : value(0);
      String load =
          shapes.get(0).equals("M")
              ? "int m = Operands.load(c, Operands.address(c, this, %d, false), %d);\n"
                  .formatted(bytes, bytes)
              : "";
      String slow = at + load + "Stack.push(c, " + bytes + ", " + value + ");\n" + resume;
      String loadFast =
          shapes.get(0).equals("M")
              ? """
              int a = %s;
              int j = c.readIndex(a, %d);
              if (j < 0) {
              MISS
              }
              int m = %s;
              """
                  .formatted(address(), bytes, loadAt(bytes * 8).replace("i)", "j)"))
              : "";
      String fast =
          loadFast
              + """
              int esp = r[Cpu.ESP] - %d;
              int i = c.writeIndex(esp, %d);
              if (i < 0) {
              MISS
              }
              """
                  .formatted(bytes, bytes)
              + storeAt(bytes * 8, value)
              + "r[Cpu.ESP] = esp;\n";
      return new OpBody(name(), fast, "", slow, FlagsAfter.UNKNOWN);
    }
    String fast =
        """
        int i = c.readIndex(r[Cpu.ESP], %d);
        if (i < 0) {
        MISS
        }
        int m = %s;
        r[Cpu.ESP] += %d;
        """
                .formatted(bytes, loadAt(bytes * 8), bytes)
            + set(0, "m");
    String slow = at + "int m = Stack.pop(c, " + bytes + ");\n" + set(0, "m") + resume;
    return new OpBody(name(), fast, "", slow, FlagsAfter.UNKNOWN);
  }
}
