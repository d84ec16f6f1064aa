// SPDX-License-Identifier: BSD-2-Clause

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finishes the folder that the launcher runs from: the class paths in a fixed order, the JVM's
 * options, and ahead-of-time caches from two training runs. A cache only makes the start faster;
 * where it cannot be made the build says so and goes on.
 */
public final class Distribution {
  /** Flags of every run; the cache is only valid with the same collector. */
  private static final List<String> OPTIONS =
      List.of(
          "-XX:+UseSerialGC",
          // RAM is one large object, for whose usual size there is room without a collection;
          // beside it hardly anything is allocated: a small young generation keeps a booted
          // machine within its share of the host's memory.
          "-Xms96m",
          "-Xmn8m",
          // RAM is zeroed at the start: in large pages that takes a fraction of the time.
          "-XX:+UseTransparentHugePages",
          // What a training run compiled is not what others need: compiling it at every start takes
          // processors from the program.
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:-AOTReplayTraining",
          "-Xlog:disable",
          "-Xlog:all=error:stderr",
          "-Djdk.virtualThreadScheduler.parallelism=1",
          "-Djdk.virtualThreadScheduler.maxPoolSize=1",
          "--enable-native-access=ALL-UNNAMED");

  /** What the training run runs: the smallest of our own guest programs. */
  private static final String HELLO = "kernel-vm/src/main/resources/guest/test/hello";

  private static final int CONNECT_TRIES = 300;
  private static final int CONNECT_PAUSE = 100;
  private static final int READ_TIMEOUT = 30_000;

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
    Files.write(dist.resolve("java.options"), OPTIONS);
    String home = args[2];
    String runPath = classPath(jars(lib).stream().filter(Distribution::isForRun));
    String allPath = runPath + ":" + classPath(jars(lib).stream().filter(jar -> !isForRun(jar)));
    train(dist, "run", runPath, List.of("run", "--ram", "64m", home + "/" + HELLO), () -> {});
    int port = freePort();
    train(
        dist,
        "all",
        allPath,
        List.of("boot", "--console", "telnet:" + port),
        () -> leaveShell(port));
    Files.writeString(dist.resolve("run.classpath"), runPath + "\n");
    // Last: the launcher takes its presence for a finished build.
    Files.writeString(dist.resolve("all.classpath"), allPath + "\n");
  }

  private static String classPath(Stream<Path> jars) {
    return jars.map(Path::toString).collect(Collectors.joining(":"));
  }

  private static List<Path> jars(Path lib) throws IOException {
    try (Stream<Path> files = Files.list(lib)) {
      return files.filter(j -> j.toString().endsWith(".jar")).sorted().toList();
    }
  }

  /**
   * True for what {@code run} may need. The JVM opens every jar on the class path when it starts,
   * and reads its directory: the others come after these, for the other commands alone.
   */
  private static boolean isForRun(Path jar) {
    String name = jar.getFileName().toString();
    return name.startsWith("emulator-")
        || name.startsWith("kernel-vm")
        || name.startsWith("devices-")
        || name.startsWith("picocli-");
  }

  private static int freePort() throws IOException {
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return any.getLocalPort();
    }
  }

  /** Waits for the shell of a booting machine and switches the machine off. */
  private static void leaveShell(int port) throws IOException, InterruptedException {
    for (int i = 0; i < CONNECT_TRIES; i++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout(READ_TIMEOUT);
        InputStream in = socket.getInputStream();
        int last = 0;
        for (int c = in.read(); c >= 0 && !(last == '#' && c == ' '); c = in.read()) {
          last = c;
        }
        socket.getOutputStream().write("ls /; poweroff\r\n".getBytes(StandardCharsets.US_ASCII));
        in.readAllBytes();
        return;
      } catch (ConnectException notYet) {
        Thread.sleep(CONNECT_PAUSE);
      }
    }
  }

  /** What happens beside a training run. */
  private interface Visit {
    void run() throws IOException, InterruptedException;
  }

  /** Runs a command once and records what it loaded and compiled. */
  private static void train(
      Path dist, String name, String classPath, List<String> arguments, Visit visit)
      throws IOException, InterruptedException {
    Path cache = dist.resolve(name + ".aot");
    Files.deleteIfExists(cache);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:AOTCacheOutput=" + cache);
    command.addAll(OPTIONS);
    command.addAll(List.of("-cp", classPath, "dev.faultline.kernel.boot.Main"));
    command.addAll(arguments);
    Path log = dist.resolve(name + "-training.log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    try {
      visit.run();
    } catch (IOException e) {
      process.destroy();
    }
    int status = process.waitFor();
    if (status != 0 || !Files.exists(cache)) {
      Files.deleteIfExists(cache);
      System.err.println("no start-up cache (status " + status + "): see " + log);
    }
  }
}
