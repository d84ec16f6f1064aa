// SPDX-License-Identifier: BSD-2-Clause

import dev.faultline.kernel.boot.ImageCommand;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import picocli.CommandLine;

/**
 * Makes the default root of {@code boot}: an ext2 image of the guest programs, by {@code image
 * create} of the classes just compiled. Its table of contents is {@code root.list}, with lines
 * {@code <d|f|l> <octal mode> <path> [<target>]}; git keeps neither modes nor empty directories.
 *
 * <p>The image is the same, byte for byte, in every build from the same sources. The zeros at its
 * end are cut: its superblock tells its size.
 *
 * <p>Arguments: the directory of the guest's files, the image to make.
 */
public final class RootImage {
  private static final String LIST = "root.list";
  private static final String SIZE = "64m";

  /** 2026-01-01T00:00:00Z, where the clock of a repeatable run starts. */
  private static final long TIME = 1_767_225_600L;

  private RootImage() {}

  public static void main(String[] args) throws Exception {
    Path files = Path.of(args[0]);
    Path target = Path.of(args[1]);
    Path work = Files.createTempDirectory("faultline-root");
    Path archive = work.resolve("root.tar");
    Path image = work.resolve("root.ext2");
    try {
      pack(files, archive);
      create(archive, image);
      Files.createDirectories(target.getParent());
      Files.write(image, withoutZeros(Files.readAllBytes(image)));
      Files.move(image, target, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(archive);
      Files.deleteIfExists(image);
      Files.delete(work);
    }
    // Carrier threads of the machine that did the work need not end by themselves.
    System.exit(0);
  }

  private static void pack(Path files, Path archive) throws IOException {
    List<String> lines = Files.readAllLines(files.resolve(LIST), StandardCharsets.ISO_8859_1);
    try (OutputStream out = Files.newOutputStream(archive);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      for (String line : lines) {
        add(files, line.split(" ", 4), tar);
      }
    }
  }

  private static void add(Path files, String[] fields, TarArchiveOutputStream tar)
      throws IOException {
    String path = fields[2];
    byte[] content = new byte[0];
    TarArchiveEntry entry;
    switch (fields[0]) {
      case "d" -> entry = new TarArchiveEntry(path + "/");
      case "f" -> {
        entry = new TarArchiveEntry(path);
        content = Files.readAllBytes(files.resolve(path));
      }
      case "l" -> {
        entry = new TarArchiveEntry(path, TarConstants.LF_SYMLINK);
        entry.setLinkName(fields[3]);
      }
      default -> throw new IOException(LIST + ": no line begins with " + fields[0]);
    }
    entry.setMode(Integer.parseInt(fields[1], 8));
    entry.setLastModifiedTime(FileTime.fromMillis(TIME * 1000));
    entry.setSize(content.length);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private static void create(Path archive, Path image) throws IOException {
    ImageCommand command = new ImageCommand();
    new CommandLine(command.spec())
        .parseArgs(
            "create",
            "--size",
            SIZE,
            "--epoch",
            Long.toString(TIME),
            "--from",
            archive.toString(),
            image.toString());
    int status = command.run();
    if (status != 0) {
      throw new IOException("image create ended with status " + status);
    }
  }

  private static byte[] withoutZeros(byte[] image) {
    int end = image.length;
    while (end > 0 && image[end - 1] == 0) {
      end--;
    }
    return Arrays.copyOf(image, end);
  }
}
