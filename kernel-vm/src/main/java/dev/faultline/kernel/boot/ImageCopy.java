// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.boot.ImageFiles.Attributes;
import dev.faultline.kernel.fs.FileType;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Copies files and trees between the host and an image. In the image all belongs to root. */
final class ImageCopy {
  private static final int PERMISSIONS = 9;
  private static final int ALL_PERMISSIONS = 0x1FF;

  private final ImageFiles files;

  ImageCopy(ImageFiles files) {
    this.files = files;
  }

  /** Copies a file, link or tree of the host to a path in the image; a directory may be there. */
  void in(Path host, String path) throws IOException {
    Attributes attributes = attributes(host);
    if (Files.isSymbolicLink(host)) {
      files.link(path, HostBytes.toGuest(Files.readSymbolicLink(host).toString()), attributes);
    } else if (Files.isDirectory(host, LinkOption.NOFOLLOW_LINKS)) {
      files.makeDirectory(path, attributes);
      for (Path child : children(host)) {
        String name = HostBytes.toGuest(String.valueOf(child.getFileName()));
        in(child, path.equals("/") ? "/" + name : path + "/" + name);
      }
      // Its own time moved with every entry.
      files.makeDirectory(path, attributes);
    } else if (Files.isRegularFile(host, LinkOption.NOFOLLOW_LINKS)) {
      try (InputStream in = Files.newInputStream(host)) {
        files.write(path, in, attributes);
      }
    } else {
      System.err.println("faultline: " + host + " is left out: neither file, directory nor link");
    }
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList();
    }
  }

  /** What a file of the host becomes in the image. */
  private static Attributes attributes(Path host) throws IOException {
    BasicFileAttributes basic =
        Files.readAttributes(host, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    String rights =
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(host, LinkOption.NOFOLLOW_LINKS));
    int mode = 0;
    for (int i = 0; i < PERMISSIONS; i++) {
      mode |= rights.charAt(i) == '-' ? 0 : 1 << PERMISSIONS - 1 - i;
    }
    return new Attributes(mode, 0, 0, basic.lastModifiedTime().to(TimeUnit.NANOSECONDS));
  }

  /** Copies a file, link or tree out of the image to a path of the host that is not there yet. */
  void out(String path, Path host) throws IOException {
    if (Files.exists(host, LinkOption.NOFOLLOW_LINKS)) {
      throw new UsageError(host + " exists already; name a file that does not");
    }
    FileType type = files.type(path);
    switch (type) {
      case DIR -> {
        Files.createDirectory(host);
        for (String name : files.names(path)) {
          out(path.equals("/") ? "/" + name : path + "/" + name, inside(host, name));
        }
      }
      case LNK -> Files.createSymbolicLink(host, Path.of(HostBytes.toHost(files.linkTarget(path))));
      case REG -> {
        try (OutputStream out = Files.newOutputStream(host)) {
          files.read(path, out);
        }
      }
      default -> {
        System.err.println(
            "faultline: " + HostBytes.toHost(path) + " is left out: a device file or FIFO");
        return;
      }
    }
    if (type != FileType.LNK) {
      Files.setPosixFilePermissions(host, permissions(files.stat(path).mode()));
    }
  }

  /** A name of an image never leads out of the directory that it is copied to. */
  private static Path inside(Path directory, String name) {
    if (name.indexOf('/') >= 0 || name.equals("..") || name.equals(".") || name.isEmpty()) {
      throw new UsageError("the image is damaged: a file is called \"" + name + "\"");
    }
    return directory.resolve(HostBytes.toHost(name));
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    return PosixFilePermissions.fromString(ModeText.of(mode & ALL_PERMISSIONS).substring(1));
  }
}
