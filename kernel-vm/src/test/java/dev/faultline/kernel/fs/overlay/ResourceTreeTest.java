// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.kernel.fs.FsMachine;
import java.io.ByteArrayInputStream;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: the embedded root is read otherwise than it was packed. */
final class ResourceTreeTest {
  private static SourceNode load(Map<String, String> files) {
    return ResourceTree.load(
        path -> {
          String content = files.get(path);
          return content == null ? null : new ByteArrayInputStream(content.getBytes(ISO_8859_1));
        },
        5);
  }

  @Test
  @DisplayName("directories, files and links with their modes")
  void tree() {
    String list = "d 755 bin\nf 755 bin/sh\nl 777 bin/ash sh\nd 1777 tmp\nl 777 sbin bin\n";
    FsMachine machine =
        new FsMachine(4 << 20, load(Map.of("root.list", list, "bin/sh", "#!shell")));
    machine.run(
        () -> {
          assertThat(machine.list("/")).containsExactly("bin", "sbin", "tmp");
          assertThat(machine.read("/sbin/ash")).isEqualTo("#!shell");
          assertThat(machine.vnode("/bin/sh").stat().mode()).isEqualTo(0x81ED);
          assertThat(machine.vnode("/tmp").stat().mode()).isEqualTo(0x43FF);
          assertThat(machine.vnode("/bin/sh").stat().mtime()).isEqualTo(5);
        });
  }

  @Test
  @DisplayName("a table that is missing or malformed says where")
  void malformed() {
    assertThatThrownBy(() -> load(Map.of())).hasMessageContaining("root.list");
    assertThatThrownBy(() -> load(Map.of("root.list", "d 755 a\nx 1 b\n")))
        .hasMessageContaining("line 2");
    assertThatThrownBy(() -> load(Map.of("root.list", "f 644 none/b\n")))
        .hasMessageContaining("line 1");
  }
}
