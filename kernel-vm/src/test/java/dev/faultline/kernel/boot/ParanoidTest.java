// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.overlay.SourceDirectory;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.VmSystem;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard: a check that changes what it checks, or that stays silent when it is needed most. */
final class ParanoidTest {
  @ParameterizedTest
  @ValueSource(strings = {"cowfork", "mmapfile", "process", "stackgrow"})
  void checkingAfterEveryCallChangesNothing(String program) {
    String file = Faultline.guest("test/" + program).toString();
    Faultline.Outcome plain = Faultline.run("run", "--ram", "16m", file);

    Faultline.Outcome checked = Faultline.run("run", "--ram", "16m", "--paranoid", file);

    assertThat(checked.errors()).isEqualTo(plain.errors());
    assertThat(checked.output()).isEqualTo(plain.output()).contains("PASS");
    assertThat(checked.status()).isZero();
  }

  @Test
  void theDumpOfAPanicTellsWhatIsBroken() throws ReflectiveOperationException {
    try (Machine machine = machine()) {
      assertThat(dump(machine)).contains("panic: for a test").doesNotContain("broken: ");

      Field writes = VmSystem.class.getDeclaredField("writesInFlight");
      writes.setAccessible(true);
      writes.setInt(machine.vm(), 3);

      assertThat(dump(machine)).contains("broken: P6: ");
    }
  }

  private static Machine machine() {
    MachineConfig config = new MachineConfig(4 << 20, 1, 0, false, Long.MAX_VALUE, false, true);
    return new Machine(config, new SourceDirectory(), line -> {});
  }

  private static String dump(Machine machine) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    PanicDump.print(machine, new KernelPanic("for a test"), out);
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
