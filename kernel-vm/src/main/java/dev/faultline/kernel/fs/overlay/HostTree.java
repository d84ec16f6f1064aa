// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import dev.faultline.kernel.fs.FileType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory of the host as the lower layer.
 *
 * <p>Nothing outside it can be reached: every file is opened by going down from the directory one
 * name at a time, following no link; where the host's Java cannot do that, the place that was
 * reached is compared with the one that was meant. Links are read, never followed. Devices, FIFOs
 * and sockets are left out, and so are names that the host's Java cannot spell.
 *
 * <p>Everything is shown as belonging to user 0 and group 0, with the host's rights. Nothing is
 * ever written.
 */
public final class HostTree {
  private static final int MAX_OPEN = 32;
  private static final int MAX_ENTRIES = 262_144;

  private final Path root;
  private final Map<Path, SeekableByteChannel> open =
      new LinkedHashMap<>(MAX_OPEN, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, SeekableByteChannel> eldest) {
          if (size() > MAX_OPEN) {
            close(eldest.getValue());
            return true;
          }
          return false;
        }
      };

  private HostTree(Path root) {
    this.root = root;
  }

  /**
   * The tree below a directory.
   *
   * @throws IOException if it is not a directory that can be read
   */
  public static SourceNode directory(Path directory) throws IOException {
    Path real = directory.toRealPath();
    HostTree tree = new HostTree(real);
    if (!Files.isDirectory(real) || !Files.isReadable(real)) {
      throw new IOException("not a directory that can be read");
    }
    HostAttributes attributes =
        HostAttributes.read(Files.getFileAttributeView(real, PosixFileAttributeView.class));
    return new HostNode(tree, Path.of(""), attributes, FileType.DIR, "");
  }

  /**
   * A single file, through whatever links the host's user named it.
   *
   * @throws IOException if it is not a regular file
   */
  public static SourceNode file(Path file) throws IOException {
    Path real = file.toRealPath();
    Path parent = real.getParent();
    Path name = real.getFileName();
    HostAttributes attributes =
        HostAttributes.read(Files.getFileAttributeView(real, PosixFileAttributeView.class));
    if (parent == null || name == null || attributes.type() != FileType.REG) {
      throw new IOException("not a regular file");
    }
    return new HostNode(new HostTree(parent), name, attributes, FileType.REG, "");
  }

  private static void close(SeekableByteChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // It was open for reading: nothing is lost.
    }
  }

  // ---- directories ---------------------------------------------------------------------------

  /** One name found in a directory. */
  record Listed(String name, Path path, HostAttributes attributes, FileType type, String target) {}

  /** What a directory holds, by name; {@code relative} is its path below the root. */
  List<Listed> list(Path relative) throws IOException {
    List<Listed> found = new ArrayList<>();
    try (DirectoryStream<Path> directory = openDirectory(relative)) {
      for (Path entry : directory) {
        Path name = entry.getFileName();
        Listed listed = name == null ? null : look(directory, relative, name);
        if (listed != null) {
          found.add(listed);
        }
        if (found.size() > MAX_ENTRIES) {
          throw new IOException("more than " + MAX_ENTRIES + " names in " + relative);
        }
      }
    }
    found.sort((a, b) -> a.name().compareTo(b.name()));
    return found;
  }

  /** One name; null for what is not shown, and for what went away meanwhile. */
  private @Nullable Listed look(DirectoryStream<Path> directory, Path relative, Path name) {
    String guestName = bytesOf(name.toString());
    if (guestName.isEmpty()) {
      return null;
    }
    try {
      HostAttributes attributes = attributesOf(directory, relative, name);
      FileType type = attributes.type();
      if (type == null) {
        return null;
      }
      Path path = relative.resolve(name);
      String target =
          type == FileType.LNK
              ? bytesOf(Files.readSymbolicLink(root.resolve(path)).toString())
              : "";
      return new Listed(guestName, path, attributes, type, target);
    } catch (IOException e) {
      return null;
    }
  }

  /** A name as a string of bytes; empty if the host's Java could not read it. */
  private static String bytesOf(String name) {
    return name.indexOf('\uFFFD') >= 0 ? "" : new String(name.getBytes(UTF_8), ISO_8859_1);
  }

  private HostAttributes attributesOf(DirectoryStream<Path> in, Path relative, Path name)
      throws IOException {
    if (in instanceof SecureDirectoryStream<Path> secure) {
      return HostAttributes.read(
          secure.getFileAttributeView(name, PosixFileAttributeView.class, NOFOLLOW_LINKS));
    }
    return HostAttributes.read(
        Files.getFileAttributeView(
            root.resolve(relative).resolve(name), PosixFileAttributeView.class, NOFOLLOW_LINKS));
  }

  /** Opens a directory, going down name by name. */
  @SuppressWarnings("StreamResourceLeak") // the caller closes what is returned
  private DirectoryStream<Path> openDirectory(Path relative) throws IOException {
    DirectoryStream<Path> at = Files.newDirectoryStream(root);
    if (relative.toString().isEmpty()) {
      return at;
    }
    if (!(at instanceof SecureDirectoryStream<Path> first)) {
      at.close();
      return Files.newDirectoryStream(verified(relative));
    }
    SecureDirectoryStream<Path> current = first;
    for (Path name : relative) {
      try (SecureDirectoryStream<Path> parent = current) {
        current = parent.newDirectoryStream(name, NOFOLLOW_LINKS);
      }
    }
    return current;
  }

  /** The absolute path of something whose parents are all what they seem. */
  private Path verified(Path relative) throws IOException {
    Path meant = root.resolve(relative);
    if (!meant.toRealPath().equals(meant)) {
      throw new IOException("leads elsewhere: " + meant);
    }
    return meant;
  }

  // ---- files ---------------------------------------------------------------------------------

  /** Reads a file that must still be the one that was listed. */
  int read(HostNode node, long position, byte[] to, int offset, int size) throws IOException {
    BasicFileAttributes now =
        Files.readAttributes(root.resolve(node.path()), BasicFileAttributes.class, NOFOLLOW_LINKS);
    if (!node.attributes().sameFile(now)) {
      throw new IOException("changed: " + node.path());
    }
    SeekableByteChannel channel = open.get(node.path());
    if (channel == null) {
      channel = openFile(node.path());
      open.put(node.path(), channel);
    }
    channel.position(position);
    ByteBuffer buffer = ByteBuffer.wrap(to, offset, size);
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
      // Until there is no more.
    }
    return size - buffer.remaining();
  }

  private SeekableByteChannel openFile(Path relative) throws IOException {
    Path parent = relative.getParent();
    Path name = relative.getFileName();
    try (DirectoryStream<Path> directory = openDirectory(parent == null ? Path.of("") : parent)) {
      if (directory instanceof SecureDirectoryStream<Path> secure) {
        // Opening a FIFO would wait for a writer: look first.
        BasicFileAttributes attributes =
            secure
                .getFileAttributeView(name, BasicFileAttributeView.class, NOFOLLOW_LINKS)
                .readAttributes();
        if (!attributes.isRegularFile()) {
          throw new IOException("not a regular file any more: " + relative);
        }
        return secure.newByteChannel(name, Set.of(StandardOpenOption.READ, NOFOLLOW_LINKS));
      }
    }
    return Files.newByteChannel(
        verified(relative), Set.of(StandardOpenOption.READ, NOFOLLOW_LINKS));
  }

  /** Closes a channel whose file has turned out to be another. */
  void forget(HostNode node) {
    SeekableByteChannel channel = open.remove(node.path());
    if (channel != null) {
      close(channel);
    }
  }
}
