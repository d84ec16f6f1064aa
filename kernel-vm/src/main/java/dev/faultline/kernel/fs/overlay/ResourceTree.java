// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The tree that comes inside our jar: a table of contents {@code root.list} with lines {@code
 * <d|f|l> <octal mode> <path> [<target>]}, and beside it the files under their paths.
 */
public final class ResourceTree {
  private static final String LIST = "root.list";

  private ResourceTree() {}

  /**
   * Reads the table of contents.
   *
   * @param open gives the bytes of a path below the tree's place, or null if there is no such
   * @param modified the time that everything is stamped with
   * @throws IllegalArgumentException if the table is missing or malformed, naming the line
   */
  public static SourceNode load(Function<String, @Nullable InputStream> open, long modified) {
    SourceDirectory root = new SourceDirectory(0x1ED, modified);
    Map<String, SourceDirectory> directories = new HashMap<>();
    directories.put("", root);
    int number = 0;
    for (String line : lines(open)) {
      number++;
      String[] fields = line.split(" ", 4);
      int slash = fields.length < 3 ? -1 : fields[2].lastIndexOf('/');
      SourceDirectory parent =
          fields.length < 3 ? null : directories.get(fields[2].substring(0, Math.max(0, slash)));
      if (parent == null || (fields[0].equals("l") && fields.length < 4)) {
        throw new IllegalArgumentException(LIST + " line " + number + " is malformed: " + line);
      }
      String path = fields[2];
      int mode = Integer.parseInt(fields[1], 8);
      SourceNode node =
          switch (fields[0]) {
            case "d" -> {
              SourceDirectory directory = new SourceDirectory(mode, modified);
              directories.put(path, directory);
              yield directory;
            }
            case "f" -> new ResourceFile(mode, modified, () -> open.apply(path));
            case "l" -> new SourceLink(fields[3], modified);
            default ->
                throw new IllegalArgumentException(
                    LIST + " line " + number + " starts with none of d, f, l: " + line);
          };
      parent.add(path.substring(slash + 1), node);
    }
    return root;
  }

  private static List<String> lines(Function<String, @Nullable InputStream> open) {
    try (InputStream in = open.apply(LIST)) {
      if (in == null) {
        throw new IllegalArgumentException("there is no " + LIST);
      }
      return new String(in.readAllBytes(), ISO_8859_1).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + LIST, e);
    }
  }

  private interface Opener {
    @Nullable InputStream open();
  }

  /** A file of the jar; its bytes are read as a whole when they are first asked for. */
  private static final class ResourceFile implements SourceNode {
    private final int mode;
    private final long modified;
    private final Opener opener;
    private byte @Nullable [] bytes;

    ResourceFile(int mode, long modified, Opener opener) {
      this.mode = mode;
      this.modified = modified;
      this.opener = opener;
    }

    @Override
    public FileType type() {
      return FileType.REG;
    }

    @Override
    public int mode() {
      return mode;
    }

    @Override
    public long modified() {
      return modified;
    }

    @Override
    public long size() {
      byte[] all = bytes();
      return all == null ? 0 : all.length;
    }

    @Override
    public int read(long position, byte[] to, int offset, int size) {
      byte[] all = bytes();
      if (all == null) {
        return -Errno.EIO;
      }
      int n = Math.clamp(all.length - position, 0, size);
      System.arraycopy(all, (int) position, to, offset, n);
      return n;
    }

    private byte @Nullable [] bytes() {
      if (bytes == null) {
        try (InputStream in = Objects.requireNonNullElse(opener.open(), nothing())) {
          bytes = in.readAllBytes();
        } catch (IOException e) {
          return null;
        }
      }
      return bytes;
    }

    private static InputStream nothing() {
      return InputStream.nullInputStream();
    }
  }
}
