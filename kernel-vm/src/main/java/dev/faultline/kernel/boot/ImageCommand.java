// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.devices.disk.DiskFaults;
import dev.faultline.devices.disk.DiskImage;
import dev.faultline.devices.disk.Drive;
import dev.faultline.devices.disk.FileImage;
import dev.faultline.devices.disk.Latency;
import dev.faultline.kernel.boot.ImageFiles.Attributes;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Stat;
import dev.faultline.kernel.fs.ext2.Ext2Check;
import dev.faultline.kernel.fs.ext2.FormatExt2;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * {@code image ACTION IMG …}: makes ext2 images and copies files in and out, without privileges or
 * tools of the host: a small machine mounts the image, and the kernel's own code does the work.
 */
public final class ImageCommand implements CliCommand {
  private static final int RAM = 32 << 20;
  private static final String STREAM = "-";

  private final OptionSpec size =
      OptionSpec.builder("--size")
          .paramLabel("SIZE")
          .type(ByteSize.class)
          .converters(new ByteSize.Converter())
          .description("create: size of the image, 256k at least.")
          .build();
  private final OptionSpec from =
      OptionSpec.builder("--from")
          .paramLabel("DIR|TAR")
          .type(Path.class)
          .description("create: what to fill it with; a tar archive may be packed with gzip.")
          .build();
  private final OptionSpec blockSize =
      OptionSpec.builder("--block-size")
          .paramLabel("N")
          .type(Integer.class)
          .description("create: 1024, 2048 or 4096 (default: 4096, or 1024 below 8m).")
          .build();
  private final OptionSpec epoch =
      OptionSpec.builder("--epoch")
          .paramLabel("SECONDS")
          .type(Long.class)
          .description(
              "create: the time in the image, in seconds since 1970 (default: now); from the same"
                  + " files and at the same time the same image comes, byte for byte.")
          .build();
  private final OptionSpec recursive =
      OptionSpec.builder("-r", "--recursive")
          .type(Boolean.class)
          .arity("0")
          .description("rm: directories with all that is in them.")
          .build();
  private final PositionalParamSpec words =
      PositionalParamSpec.builder()
          .index("0..*")
          .arity("1")
          .type(List.class)
          .auxiliaryTypes(String.class)
          .paramLabel("ACTION IMG [PATH...]")
          .hideParamSyntax(true)
          .description(
              "create IMG; ls IMG [PATH]; cat IMG PATH; put IMG FILE|- PATH; get IMG PATH FILE|-;"
                  + " mkdir IMG PATH; rm IMG PATH; check IMG.")
          .build();

  /** The command. */
  public ImageCommand() {}

  @Override
  public String name() {
    return "image";
  }

  @Override
  public CommandSpec spec() {
    CommandSpec spec = CommandSpec.create();
    spec.usageMessage()
        .description("Makes an ext2 image, looks into it, copies files in and out, checks it.");
    return spec.addOption(size)
        .addOption(from)
        .addOption(blockSize)
        .addOption(epoch)
        .addOption(recursive)
        .addPositional(words);
  }

  @Override
  public int run() {
    List<String> given = words.getValue();
    if (given == null || given.size() < 2) {
      throw new UsageError("want an action and an image; see faultline image --help");
    }
    String action = given.getFirst();
    Path image = Path.of(given.get(1));
    List<String> rest = given.subList(2, given.size());
    try {
      switch (action) {
        case "create" -> create(image, rest);
        case "check" -> {
          return check(image, rest);
        }
        case "ls" -> {
          want(rest, 0, 1, "ls IMG [PATH]");
          work(image, true, f -> list(f, rest.isEmpty() ? "/" : path(rest.getFirst())));
        }
        case "cat" -> {
          want(rest, 1, 1, "cat IMG PATH");
          work(image, true, f -> f.read(path(rest.getFirst()), System.out));
        }
        case "put" -> {
          want(rest, 2, 2, "put IMG FILE|- PATH");
          work(image, false, f -> put(f, rest.getFirst(), path(rest.get(1))));
        }
        case "get" -> {
          want(rest, 2, 2, "get IMG PATH FILE|-");
          work(image, true, f -> get(f, path(rest.getFirst()), rest.get(1)));
        }
        case "mkdir" -> {
          want(rest, 1, 1, "mkdir IMG PATH");
          work(image, false, f -> makeDirectory(f, path(rest.getFirst())));
        }
        case "rm" -> {
          want(rest, 1, 1, "rm [-r] IMG PATH");
          work(image, false, f -> remove(f, path(rest.getFirst())));
        }
        default ->
            throw new UsageError(
                "image has no action '" + action + "'; see faultline image --help");
      }
    } catch (IOException e) {
      throw new UsageError(message(e));
    }
    return ExitStatus.OK;
  }

  private static void want(List<String> rest, int least, int most, String usage) {
    if (rest.size() < least || rest.size() > most) {
      throw new UsageError("usage: faultline image " + usage);
    }
  }

  private static String message(IOException e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  private static String path(String word) {
    String path = HostBytes.toGuest(word);
    return path.startsWith("/") ? path : "/" + path;
  }

  // ---- a machine for the work ------------------------------------------------------------------

  /** Something to do to an image's files. */
  private interface Work {
    void on(ImageFiles files) throws IOException;
  }

  /** Seconds since 1970 that the image gets as its time. */
  private long now() {
    Long given = epoch.getValue();
    return given == null ? Instant.now().getEpochSecond() : given;
  }

  private void work(Path image, boolean readOnly, Work work) throws IOException {
    if (!Files.isRegularFile(image)) {
      throw new UsageError(image + ": there is no such file");
    }
    MachineConfig config = new MachineConfig(RAM, 1, now(), false, Long.MAX_VALUE, false, false);
    try (DiskImage disk = FileImage.open(image, readOnly);
        Machine machine =
            new Machine(config, null, line -> System.err.println("faultline: " + line))) {
      machine.disks().add(new Drive(disk, Latency.none(), DiskFaults.none()));
      machine.administer(
          caller -> {
            try {
              work.on(new ImageFiles(caller));
              return "";
            } catch (UsageError e) {
              return String.valueOf(e.getMessage());
            } catch (IOException e) {
              return message(e);
            }
          });
    }
  }

  // ---- actions ---------------------------------------------------------------------------------

  private void create(Path image, List<String> rest) throws IOException {
    want(rest, 0, 0, "create --size SIZE [--from DIR|TAR] IMG");
    ByteSize wanted = size.getValue();
    Path source = from.getValue();
    if (wanted == null) {
      throw new UsageError("--size is missing: how large shall the image be, for instance 64m?");
    }
    if (source != null && !Files.exists(source)) {
      throw new UsageError("--from " + source + " does not exist");
    }
    if (Files.exists(image, LinkOption.NOFOLLOW_LINKS)) {
      throw new UsageError(image + " exists already; remove it first or name another");
    }
    boolean done = false;
    try {
      format(image, wanted.bytes());
      if (source != null) {
        work(image, false, f -> fill(f, source));
      }
      done = true;
    } finally {
      if (!done) {
        Files.deleteIfExists(image);
      }
    }
  }

  private void format(Path image, long bytes) throws IOException {
    Integer given = blockSize.getValue();
    int block = given != null ? given : bytes < 8 << 20 ? 1024 : 4096;
    try (DiskImage disk = FileImage.create(image, bytes / DiskImage.SECTOR)) {
      FormatExt2.format(
          (position, data) -> disk.write(position, data, 0, data.length),
          bytes,
          block,
          "",
          1,
          (int) now());
    } catch (IllegalArgumentException e) {
      throw new UsageError("--size and --block-size: " + e.getMessage());
    }
  }

  private static void fill(ImageFiles files, Path source) throws IOException {
    if (Files.isDirectory(source)) {
      new ImageCopy(files).in(source, "/");
    } else {
      try {
        new ImageTar(files).unpack(source);
      } catch (IOException e) {
        throw new UsageError("--from " + source + " is no tar archive, or damaged: " + message(e));
      }
    }
  }

  private static int check(Path image, List<String> rest) throws IOException {
    want(rest, 0, 0, "check IMG");
    if (!Files.isRegularFile(image)) {
      throw new UsageError(image + ": there is no such file");
    }
    try (DiskImage disk = FileImage.open(image, true)) {
      List<String> problems =
          Ext2Check.check(
              (position, to) -> disk.read(position, to, 0, to.length),
              disk.sectors() * DiskImage.SECTOR);
      problems.forEach(System.out::println);
      System.out.println(
          problems.isEmpty() ? image + " is clean" : image + " has " + problems.size() + " faults");
      return problems.isEmpty() ? ExitStatus.OK : 1;
    }
  }

  private static void list(ImageFiles files, String path) {
    PrintStream out = System.out;
    if (files.type(path) != FileType.DIR) {
      out.println(line(files, path, path));
      return;
    }
    for (String name : files.names(path)) {
      out.println(line(files, path.equals("/") ? "/" + name : path + "/" + name, name));
    }
  }

  private static String line(ImageFiles files, String path, String name) {
    Stat stat = files.stat(path);
    String target = files.type(path) == FileType.LNK ? " -> " + files.linkTarget(path) : "";
    return HostBytes.toHost(
        String.format(
            "%s %3d %5d %5d %10d %s %s%s",
            ModeText.of(stat.mode()),
            stat.nlink(),
            stat.uid(),
            stat.gid(),
            stat.size(),
            Instant.ofEpochSecond(Math.floorDiv(stat.mtime(), 1_000_000_000L)),
            name,
            target));
  }

  private void put(ImageFiles files, String source, String path) throws IOException {
    if (source.equals(STREAM)) {
      long now = now() * 1_000_000_000L;
      files.write(path, System.in, new Attributes(0x1A4, 0, 0, now));
      return;
    }
    Path host = Path.of(source);
    if (!Files.exists(host, LinkOption.NOFOLLOW_LINKS)) {
      throw new UsageError(host + " does not exist");
    }
    new ImageCopy(files).in(host, path);
  }

  private static void get(ImageFiles files, String path, String target) throws IOException {
    if (target.equals(STREAM)) {
      files.read(path, System.out);
      return;
    }
    new ImageCopy(files).out(path, Path.of(target));
  }

  private void makeDirectory(ImageFiles files, String path) {
    if (files.exists(path)) {
      throw new UsageError(HostBytes.toHost(path) + " in the image exists already");
    }
    long now = now() * 1_000_000_000L;
    files.makeDirectory(path, new Attributes(0x1ED, 0, 0, now));
  }

  private void remove(ImageFiles files, String path) {
    Boolean all = recursive.getValue();
    if (all != null && all) {
      files.removeTree(path);
    } else {
      files.remove(path);
    }
  }
}
