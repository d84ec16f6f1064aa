// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.decode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes the corpus of {@link DisassemblerTest} again: random encodings of every form, and what
 * objdump says they are. Run it with the name of the file to write; needs objdump in the path.
 */
final class DisassemblyCorpus {
  private static final int PER_FORM = 8;
  private static final int SLOT = 16;
  private static final Pattern LINE = Pattern.compile("^ *([0-9a-f]+):\\t[0-9a-f ]+\\t?(.*)$");

  /** Redundant encodings, which objdump marks, and those it does not know or knows as newer. */
  private static final Pattern QUIRK =
      Pattern.compile("eiz|addr16|data16|only|bad|bnd|cldemote|prefetchit");

  private final Random random = new Random(1);
  private final Decoder decoder = new Decoder();
  private final Instruction instruction = new Instruction();

  private DisassemblyCorpus() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    List<byte[]> codes = new ArrayList<>();
    DisassemblyCorpus corpus = new DisassemblyCorpus();
    for (InstructionForm form : I686.table().forms()) {
      for (int i = 0; i < PER_FORM; i++) {
        codes.add(corpus.encode(form));
      }
    }
    List<String> texts = objdump(codes);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < codes.size(); i++) {
      if (!QUIRK.matcher(texts.get(i)).find()) {
        out.append(Integer.toHexString(i * SLOT)).append('\t');
        out.append(HexFormat.of().formatHex(codes.get(i)));
        out.append('\t').append(texts.get(i)).append('\n');
      }
    }
    Files.writeString(Path.of(args[0]), out);
  }

  /** A random encoding: prefixes that mean something, the opcode, random operands. */
  private byte[] encode(InstructionForm form) {
    while (true) {
      byte[] bytes = new byte[SLOT];
      random.nextBytes(bytes);
      int length = prefixes(form, bytes);
      String[] parts = form.opcode().split(" ", -1);
      for (String part : parts) {
        if (part.matches("[0-9A-F]{2}.*")) {
          int b = Integer.parseInt(part.substring(0, 2), 16);
          if (part.endsWith("+r") || part.endsWith("+i")) {
            b += random.nextInt(8);
          } else if (part.endsWith("+cc")) {
            b += form.condition();
          }
          bytes[length++] = (byte) b;
        }
      }
      String last = parts[parts.length - 1];
      if (last.matches("/[0-7].*")) {
        bytes[length] = (byte) (bytes[length] & 0xC7 | last.charAt(1) - '0' << 3);
      }
      Decoder.Result result = decoder.decode(bytes, 0, SLOT - 1, instruction);
      if (result == Decoder.Result.OK
          && (instruction.form().id() == form.id() || form.isX87())
          && !ambiguous(form)) {
        byte[] code = new byte[instruction.length()];
        System.arraycopy(bytes, 0, code, 0, code.length);
        return code;
      }
    }
  }

  /** Encodings that objdump prints in a way of its own, to tell them from others. */
  private boolean ambiguous(InstructionForm form) {
    boolean register = !instruction.memory() && instruction.modrm() != 0;
    boolean memoryWithout = instruction.addressSize16() && !instruction.memory();
    return memoryWithout && form.operands().stream().anyMatch(o -> o.mayBeMemory())
        || register && instruction.segmentOverride() >= 0
        || form.opcode().startsWith("90") && instruction.opcode() == 0x90;
  }

  private int prefixes(InstructionForm form, byte[] bytes) {
    int length = 0;
    boolean memory = form.operands().stream().anyMatch(o -> o.mayBeMemory());
    if (form.sized() && !form.has("relative") && !form.isX87() && random.nextInt(3) == 0) {
      bytes[length++] = 0x66;
    }
    if (memory && random.nextInt(8) == 0) {
      bytes[length++] = 0x67;
    }
    if (memory && random.nextInt(6) == 0) {
      bytes[length++] = new byte[] {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65}[random.nextInt(6)];
    }
    if (form.has("rep") || form.has("repz")) {
      bytes[length++] = random.nextBoolean() ? (byte) 0xF3 : (byte) 0xF2;
    }
    return length;
  }

  private static List<String> objdump(List<byte[]> codes) throws IOException, InterruptedException {
    byte[] image = new byte[codes.size() * SLOT];
    java.util.Arrays.fill(image, (byte) 0x90);
    for (int i = 0; i < codes.size(); i++) {
      System.arraycopy(codes.get(i), 0, image, i * SLOT, codes.get(i).length);
    }
    Path file = Files.createTempFile("corpus", ".bin");
    Files.write(file, image);
    Process process =
        new ProcessBuilder(
                "objdump", "-D", "-w", "-b", "binary", "-m", "i386", "-M", "intel", file.toString())
            .start();
    List<String> texts = new ArrayList<>();
    for (String line : process.inputReader(StandardCharsets.US_ASCII).lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches() && Integer.parseInt(matcher.group(1), 16) % SLOT == 0) {
        texts.add(matcher.group(2).replaceAll("\\s+", " ").trim());
      }
    }
    process.waitFor();
    Files.delete(file);
    return texts;
  }
}
