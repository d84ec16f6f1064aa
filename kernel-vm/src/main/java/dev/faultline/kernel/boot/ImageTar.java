// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.boot.ImageFiles.Attributes;
import dev.faultline.kernel.fs.Device;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Unpacks a tar archive, packed with gzip or not, into an image; owners and rights are kept. */
final class ImageTar {
  private static final int GZIP_MAGIC = 0x1F8B;
  private static final Attributes DIRECTORY = new Attributes(0x1ED, 0, 0, 0);
  private static final int CHARACTER_DEVICE = 0x2000;
  private static final int BLOCK_DEVICE = 0x6000;
  private static final int FIFO = 0x1000;

  private final ImageFiles files;

  /** What directories shall have once nothing is put into them any more. */
  private final Map<String, Attributes> directories = new LinkedHashMap<>();

  ImageTar(ImageFiles files) {
    this.files = files;
  }

  /** Unpacks all of an archive below the image's root. */
  void unpack(Path archive) throws IOException {
    // A character per byte, as names are in the guest.
    try (InputStream in = open(archive);
        TarArchiveInputStream tar =
            new TarArchiveInputStream(in, StandardCharsets.ISO_8859_1.name())) {
      for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
        unpack(e, tar);
      }
      // Their times moved with every entry.
      directories.forEach(files::makeDirectory);
    } catch (IllegalArgumentException e) {
      throw new IOException(e);
    }
  }

  private static InputStream open(Path archive) throws IOException {
    BufferedInputStream in = new BufferedInputStream(Files.newInputStream(archive));
    in.mark(2);
    int magic = in.read() << 8 | in.read();
    in.reset();
    return magic == GZIP_MAGIC ? new GZIPInputStream(in) : in;
  }

  private void unpack(TarArchiveEntry e, InputStream contents) throws IOException {
    String path = path(e.getName());
    Attributes attributes =
        new Attributes(
            e.getMode(),
            (int) e.getLongUserId(),
            (int) e.getLongGroupId(),
            e.getLastModifiedTime().to(TimeUnit.NANOSECONDS));
    files.makeParents(path, DIRECTORY);
    if (e.isDirectory()) {
      files.makeDirectory(path, attributes);
      directories.put(path, attributes);
      return;
    }
    if (files.exists(path)) {
      files.remove(path);
    }
    if (e.isSymbolicLink()) {
      files.link(path, e.getLinkName(), attributes);
    } else if (e.isLink()) {
      files.hardLink(path, path(e.getLinkName()));
    } else if (e.isCharacterDevice()) {
      makeNode(path, attributes, CHARACTER_DEVICE, e);
    } else if (e.isBlockDevice()) {
      makeNode(path, attributes, BLOCK_DEVICE, e);
    } else if (e.isFIFO()) {
      makeNode(path, attributes, FIFO, e);
    } else {
      files.write(path, contents, attributes);
    }
  }

  private void makeNode(String path, Attributes a, int type, TarArchiveEntry e) {
    files.makeNode(
        path,
        new Attributes(type | a.mode() & 0xFFF, a.uid(), a.gid(), a.modified()),
        Device.number(e.getDevMajor(), e.getDevMinor()));
  }

  /** The absolute path of an entry; it stays below the root as every path does. */
  private static String path(String name) {
    String path = name;
    while (path.startsWith("./")) {
      path = path.substring(2);
    }
    while (path.endsWith("/")) {
      path = path.substring(0, path.length() - 1);
    }
    return path.startsWith("/") ? path : path.equals(".") ? "/" : "/" + path;
  }
}
