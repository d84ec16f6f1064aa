// SPDX-License-Identifier: BSD-2-Clause

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finishes the folder that the launcher runs from: the class path in a fixed order, the JVM's
 * options, and an ahead-of-time cache from one training run. The cache only makes the start faster;
 * where it cannot be made the build says so and goes on.
 */
public final class Distribution {
  /** Flags of every run; the cache is only valid with the same collector. */
  private static final List<String> OPTIONS =
      List.of(
          "-XX:+UseSerialGC",
          // RAM is one large object; beside it hardly anything is allocated: a small young
          // generation
          // keeps a booted machine within its share of the host's memory.
          "-Xms24m",
          "-Xmn8m",
          // RAM is zeroed at the start: in large pages that takes a fraction of the time.
          "-XX:+UseTransparentHugePages",
          "-Xlog:disable",
          "-Xlog:all=error:stderr",
          "-Djdk.virtualThreadScheduler.parallelism=1",
          "-Djdk.virtualThreadScheduler.maxPoolSize=1",
          "--enable-native-access=ALL-UNNAMED");

  /** What the training run runs: the smallest of our own guest programs. */
  private static final String HELLO = "kernel-vm/src/main/resources/guest/test/hello";

  private Distribution() {}

  public static void main(String[] args) throws Exception {
    Path dist = Path.of(args[0]).toAbsolutePath();
    Path own = Path.of(args[1]);
    Path lib = dist.resolve("lib");
    Files.createDirectories(lib);
    Files.copy(own, lib.resolve("benchmarks.jar"), StandardCopyOption.REPLACE_EXISTING);

    for (Path jar : jars(lib)) {
      OldClassFiles.renew(jar);
    }
    String classPath = classPath(lib);
    Files.write(dist.resolve("java.options"), OPTIONS);
    Path cache = dist.resolve("faultline.aot");
    Files.deleteIfExists(cache);
    train(Path.of(args[2]), dist, classPath, cache);
    // Last: the launcher takes its presence for a finished build.
    Files.writeString(dist.resolve("faultline.classpath"), classPath);
  }

  /** Our own jars first, the rest by name; the training run and the launcher must agree on it. */
  private static String classPath(Path lib) throws IOException {
    List<Path> ordered = new ArrayList<>();
    jars(lib).stream().filter(Distribution::isOurs).forEach(ordered::add);
    jars(lib).stream().filter(j -> !isOurs(j)).forEach(ordered::add);
    return ordered.stream().map(Path::toString).collect(Collectors.joining(":"));
  }

  private static List<Path> jars(Path lib) throws IOException {
    try (Stream<Path> files = Files.list(lib)) {
      return files.filter(j -> j.toString().endsWith(".jar")).sorted().toList();
    }
  }

  private static boolean isOurs(Path jar) {
    String name = jar.getFileName().toString();
    return name.startsWith("emulator-")
        || name.startsWith("kernel-vm")
        || name.startsWith("devices-")
        || name.startsWith("benchmarks");
  }

  /**
   * Boots the machine once, lets a program of its own print a line, and records what that loaded.
   */
  private static void train(Path home, Path dist, String classPath, Path cache)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:AOTCacheOutput=" + cache);
    command.addAll(OPTIONS);
    command.addAll(List.of("-cp", classPath, "dev.faultline.kernel.boot.Main"));
    command.addAll(List.of("run", home.resolve(HELLO).toString()));
    Path log = dist.resolve("training.log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    int status = process.waitFor();
    if (status != 0 || !Files.exists(cache)) {
      Files.deleteIfExists(cache);
      System.err.println("no start-up cache (status " + status + "): see " + log);
    }
  }
}
