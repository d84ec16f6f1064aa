// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.console;

import dev.faultline.devices.ConsoleEnd;
import dev.faultline.devices.ConsoleLine;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A console's end that writes all output to a file and never says anything. */
public final class FileConsole implements ConsoleEnd {
  private final Path path;
  private final boolean append;
  private @Nullable OutputStream file;
  private @Nullable OutputPump pump;

  /**
   * An end for a file that need not exist.
   *
   * @param append false if what is in the file is to go
   */
  public FileConsole(Path path, boolean append) {
    this.path = path;
    this.append = append;
  }

  @Override
  public int outputWindow() {
    return UNLIMITED;
  }

  @Override
  public void start(ConsoleLine.Door door) throws IOException {
    OutputStream out;
    try {
      out =
          Files.newOutputStream(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING);
    } catch (NoSuchFileException e) {
      throw new IOException("console file " + path + ": there is no such directory", e);
    }
    file = out;
    pump = new OutputPump(door.name(), out);
  }

  @Override
  public void write(byte value) {
    if (pump != null) {
      pump.write(value);
    }
  }

  @Override
  public void close() {
    if (pump != null) {
      pump.close();
    }
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        System.getLogger(FileConsole.class.getName())
            .log(System.Logger.Level.WARNING, "console file " + path, e);
      }
    }
  }
}
