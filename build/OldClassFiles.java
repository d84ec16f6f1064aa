// SPDX-License-Identifier: BSD-2-Clause

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Brings the class files of a jar up to date that are too old for a start-up cache: the JVM
 * archives only classes with stack maps, and picocli is still compiled for Java 5, without them.
 * The code stays what it was.
 */
final class OldClassFiles {
  /** The first class-file version that has stack maps. */
  private static final int FIRST_WITH_STACK_MAPS = 50;

  private static final int MAJOR_VERSION_AT = 6;

  private OldClassFiles() {}

  /** Rewrites a jar in place if it holds an old class. */
  static void renew(Path jar) throws IOException {
    Path renewed = Files.createTempFile(jar.getParent(), "renewed", ".tmp");
    boolean any = false;
    try (JarFile in = new JarFile(jar.toFile());
        JarOutputStream out = new JarOutputStream(Files.newOutputStream(renewed))) {
      for (JarEntry entry : Collections.list(in.entries())) {
        byte[] bytes = in.getInputStream(entry).readAllBytes();
        if (entry.getName().endsWith(".class") && isOld(bytes)) {
          bytes = renew(bytes, in);
          any = true;
        }
        out.putNextEntry(new JarEntry(entry.getName()));
        out.write(bytes);
        out.closeEntry();
      }
    }
    if (any) {
      Files.move(renewed, jar, StandardCopyOption.REPLACE_EXISTING);
    } else {
      Files.delete(renewed);
    }
  }

  private static boolean isOld(byte[] bytes) {
    int major = (bytes[MAJOR_VERSION_AT] & 0xFF) << 8 | bytes[MAJOR_VERSION_AT + 1] & 0xFF;
    return major < FIRST_WITH_STACK_MAPS;
  }

  private static byte[] renew(byte[] bytes, JarFile jar) {
    ClassHierarchyResolver resolver =
        ClassHierarchyResolver.ofResourceParsing(c -> open(c, jar))
            .orElse(ClassHierarchyResolver.defaultResolver());
    ClassFile classFile =
        ClassFile.of(
            ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
            ClassFile.ClassHierarchyResolverOption.of(resolver));
    ClassTransform version =
        (builder, element) ->
            builder.with(
                element instanceof ClassFileVersion
                    ? ClassFileVersion.of(ClassFile.JAVA_8_VERSION, 0)
                    : element);
    return classFile.transformClass(
        classFile.parse(bytes),
        ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL).andThen(version));
  }

  private static InputStream open(ClassDesc c, JarFile jar) {
    String descriptor = c.descriptorString();
    JarEntry entry = jar.getJarEntry(descriptor.substring(1, descriptor.length() - 1) + ".class");
    try {
      return entry == null ? null : jar.getInputStream(entry);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
