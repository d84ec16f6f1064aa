// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.devices.disk.DiskFaults.Fault;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a script that means something else than it says. */
final class ScriptedFaultsTest {
  private static final DiskOperation READ = DiskOperation.READ;
  private static final DiskOperation WRITE = DiskOperation.WRITE;
  private static final DiskOperation FLUSH = DiskOperation.FLUSH;

  private static ScriptedFaults script(String... lines) {
    return ScriptedFaults.parse(List.of(lines));
  }

  @Test
  @DisplayName("a numbered request has its trouble, and as many after it as the rule says")
  void numbers() {
    ScriptedFaults f = script("# nothing", "", "request 1 error # here", "write 1 torn 2");
    assertThat(f.next(0, READ, 0, 1)).isEqualTo(Fault.NONE);
    assertThat(f.next(0, WRITE, 0, 1)).isEqualTo(Fault.ERROR);
    assertThat(f.next(0, READ, 0, 1)).isEqualTo(Fault.NONE);
    assertThat(f.next(0, WRITE, 0, 1)).isEqualTo(Fault.TORN);
    assertThat(f.next(0, FLUSH, 0, 0)).isEqualTo(Fault.NONE);
    assertThat(f.next(0, WRITE, 0, 1)).isEqualTo(Fault.TORN);
    assertThat(f.next(0, WRITE, 0, 1)).isEqualTo(Fault.NONE);
    assertThat(f.mayCutPower()).isFalse();
  }

  @Test
  @DisplayName("a sector is bad for every request that touches it, for ever or so many times")
  void sectors() {
    ScriptedFaults f = script("sector 100-107 error", "sector 7 bit-rot 1");
    assertThat(f.next(0, READ, 99, 1)).isEqualTo(Fault.NONE);
    assertThat(f.next(0, READ, 99, 2)).isEqualTo(Fault.ERROR);
    assertThat(f.next(0, WRITE, 107, 9)).isEqualTo(Fault.ERROR);
    assertThat(f.next(0, READ, 108, 1)).isEqualTo(Fault.NONE);
    assertThat(f.next(0, FLUSH, 0, 0)).isEqualTo(Fault.NONE);
    assertThat(f.next(0, READ, 0, 8)).isEqualTo(Fault.BIT_ROT);
    assertThat(f.next(0, READ, 0, 8)).isEqualTo(Fault.NONE);
    assertThat(f.next(0, READ, 104, 1)).isEqualTo(Fault.ERROR);
  }

  @Test
  @DisplayName("a time comes with the first request after it")
  void times() {
    ScriptedFaults f = script("time 1500us power-cut", "flush 1 timeout");
    assertThat(f.mayCutPower()).isTrue();
    assertThat(f.next(1_499_999, FLUSH, 0, 0)).isEqualTo(Fault.NONE);
    assertThat(f.next(1_499_999, FLUSH, 0, 0)).isEqualTo(Fault.TIMEOUT);
    assertThat(f.next(9_000_000, READ, 0, 1)).isEqualTo(Fault.POWER_CUT);
  }

  @Test
  @DisplayName("a line that is none is refused with its number and what could stand there")
  void malformed() {
    for (String line :
        List.of(
            "request",
            "request x error",
            "request 1 none",
            "request 1-2 error",
            "request 1 explode",
            "read -1 error",
            "sector 7-5 error",
            "sector 1 error 0",
            "time 5 error",
            "time 99999999999999s error",
            "time ms error",
            "seed",
            "seed x",
            "bang 1 error")) {
      assertThatThrownBy(() -> script("seed 5", line))
          .as(line)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("line 2, '" + line + "'")
          .hasMessageContaining("power-cut");
    }
  }

  @Test
  @DisplayName("chance repeats with the seed and differs without")
  void chance() {
    assertThat(script("seed 3").chance(1 << 30)).isEqualTo(script("seed 3").chance(1 << 30));
    assertThat(script("seed 3").chance(1 << 30)).isNotEqualTo(script("seed 4").chance(1 << 30));
    SeededFaults a = new SeededFaults(5);
    SeededFaults b = new SeededFaults(5);
    int troubles = 0;
    for (int i = 0; i < 5000; i++) {
      Fault fault = a.next(i, READ, i, 8);
      assertThat(b.next(i, READ, i, 8)).isEqualTo(fault);
      troubles += fault == Fault.NONE ? 0 : 1;
      assertThat(fault).isNotIn(Fault.POWER_CUT, Fault.BIT_ROT);
    }
    assertThat(troubles).isBetween(50, 200);
  }
}
