// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the machine tells of itself. */
final class CountersTest {
  private final TestMachine m = TestMachine.small();

  private Map<String, Long> report() {
    Map<String, Long> all = new LinkedHashMap<>();
    m.vm.report(all::put);
    return all;
  }

  @Test
  @DisplayName("every counter that the rules name is told, and every size and threshold")
  void names() {
    assertThat(report())
        .containsKeys(
            "v_vm_faults",
            "v_intrans",
            "v_zfod",
            "v_ozfod",
            "v_cow_faults",
            "v_cow_optim",
            "v_swapin",
            "v_swappgsin",
            "v_swapout",
            "v_swappgsout",
            "v_vnodein",
            "v_vnodepgsin",
            "v_vnodeout",
            "v_vnodepgsout",
            "v_reactivated",
            "v_intrans_coll",
            "v_intrans_wait",
            "v_tfree",
            "v_pfree",
            "v_dfree",
            "v_pdwakeups",
            "v_pdpages",
            "v_wire_count",
            "v_cache_count",
            "object_collapses",
            "object_bypasses");
  }

  @Test
  @DisplayName("P22 the pages add up, and the thresholds are those of the size of memory")
  void sizes() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 30);
          for (int i = 0; i < 30; i++) {
            m.store(s, va + i * PAGE, 1);
          }
          m.page(s, va).deactivate();
          Map<String, Long> r = report();
          long sum = 0;
          for (String queue : new String[] {"free", "cache", "inactive", "active", "wire"}) {
            sum += r.getOrDefault("v_" + queue + "_count", 0L);
          }
          assertThat(sum).isEqualTo(r.get("v_page_count")).isEqualTo(1023);
          assertThat(r.get("v_inactive_count")).isEqualTo(1);
          assertThat(r.get("v_active_count")).isEqualTo(29);
          assertThat(r.get("v_pv_entries")).isEqualTo(30);
          assertThat(r.get("v_free_reserved")).isLessThan(r.get("v_free_severe"));
          assertThat(r.get("v_free_severe")).isLessThan(r.get("v_free_min"));
          assertThat(r.get("v_free_min")).isLessThan(r.get("v_free_target"));
        });
  }

  @Test
  @DisplayName("pages are counted by what they hold: files, anonymous memory, tables")
  void census() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int before = m.vm.census().tables();
          int va = m.anon(s, 5);
          for (int i = 0; i < 5; i++) {
            m.store(s, va + i * PAGE, 1);
          }
          TestMachine.TestFile f = m.file(4);
          int file = f.map(s, 0, 4, TestMachine.RW, true);
          for (int i = 0; i < 4; i++) {
            m.store(s, file + i * PAGE, 1);
          }
          PageCensus c = m.vm.census();
          assertThat(c.anonymous()).isEqualTo(5);
          assertThat(c.file()).isEqualTo(4);
          assertThat(c.dirtyFile()).isEqualTo(4);
          assertThat(c.idleFile()).isZero();
          assertThat(c.mapped()).isEqualTo(9);
          assertThat(c.tables()).isEqualTo(before + 2);
          VmPage p = m.page(s, file);
          m.vm.pageOut.cleanCluster(MemoryPressure.inactive(m, s, file));
          assertThat(p.dirty()).isZero();
          assertThat(m.vm.census().idleFile()).isEqualTo(1);
          assertThat(m.vm.census().dirtyFile()).isEqualTo(3);
        });
  }

  @Test
  @DisplayName("v_tfree v_pfree v_reactivated move where a page is freed, and leaves the cache")
  void frees() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 10);
          for (int i = 0; i < 10; i++) {
            m.store(s, va + i * PAGE, 1);
          }
          long tables = 1;
          long freed = m.count(Counter.V_TFREE);
          assertThat(m.moved(Counter.V_PFREE, () -> s.unmap(va, 10 * PAGE))).isEqualTo(10);
          assertThat(m.count(Counter.V_TFREE)).isEqualTo(freed + 10 + tables);
          TestMachine.TestFile f = m.file(1);
          int file = f.map(s, 0, 1, TestMachine.R, true);
          m.load(s, file);
          VmPage p = m.page(s, file);
          p.cache();
          assertThat(p.queueName()).isEqualTo("cache");
          assertThat(m.moved(Counter.V_REACTIVATED, p::activate)).isEqualTo(1);
          p.cache();
          assertThat(m.moved(Counter.V_REACTIVATED, () -> m.load(s, file))).as("F27").isZero();
        });
  }
}
