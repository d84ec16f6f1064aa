// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * HotSpot never compiles a method of more than 8,000 bytecodes, and one that is not compiled runs
 * some eighty times slower: no method of the product may grow that large.
 */
final class MethodSizeTest {
  private static final int LIMIT = 8_000;

  @Test
  void everyMethodCanBeCompiled() throws IOException {
    List<String> tooLarge = new ArrayList<>();
    int methods = 0;
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path) && path.endsWith("target/classes")) {
        methods += check(path, tooLarge);
      } else if (entry.contains("/target/") && entry.endsWith(".jar")) {
        try (FileSystem jar = FileSystems.newFileSystem(path)) {
          methods += check(jar.getPath("/"), tooLarge);
        }
      }
    }
    assertThat(methods).as("methods looked at").isGreaterThan(500);
    assertThat(tooLarge).as("methods over %d bytecodes", LIMIT).isEmpty();
  }

  private static int check(Path root, List<String> tooLarge) throws IOException {
    int methods = 0;
    List<Path> files;
    try (Stream<Path> walk = Files.walk(root)) {
      files = walk.filter(f -> f.toString().endsWith(".class")).toList();
    }
    for (Path file : files) {
      ClassModel model = ClassFile.of().parse(Files.readAllBytes(file));
      for (MethodModel method : model.methods()) {
        methods++;
        int size =
            method
                .findAttribute(java.lang.classfile.Attributes.code())
                .map(CodeAttribute::codeLength)
                .orElse(0);
        if (size > LIMIT) {
          tooLarge.add(
              model.thisClass().asInternalName() + "." + method.methodName() + ": " + size);
        }
      }
    }
    return methods;
  }
}
