// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/**
 * What the pages of RAM hold, counted one by one when somebody asks.
 *
 * @param file pages of files, cached ones among them
 * @param idleFile of these, clean ones that nobody used lately
 * @param anonymous pages of anonymous memory
 * @param dirtyFile pages of files that are known to differ from the file
 * @param mapped pages that some process has mapped
 * @param tables page directories and tables, and other frames that the kernel keeps for itself
 */
public record PageCensus(
    int file, int idleFile, int anonymous, int dirtyFile, int mapped, int tables) {

  /** Counts. Takes time in proportion to the size of memory, and changes nothing. */
  static PageCensus of(VmSystem vm) {
    int file = 0;
    int idleFile = 0;
    int anonymous = 0;
    int dirtyFile = 0;
    int mapped = 0;
    int tables = 0;
    for (int f = 0; f < vm.memory.frames(); f++) {
      VmPage p = vm.allocator.frame(f);
      if (p == null) {
        continue;
      }
      VmObject o = p.object;
      mapped += vm.pmaps.isMapped(p) ? 1 : 0;
      if (o == null) {
        tables += p.wireCount() > 0 ? 1 : 0;
      } else if (o.vnode() != null) {
        file++;
        dirtyFile += p.dirty() != 0 ? 1 : 0;
        boolean idle = p.queue == vm.queues.inactive || p.queue == vm.queues.cache;
        idleFile += idle && p.dirty() == 0 ? 1 : 0;
      } else if (o != vm.kernelObject()) {
        anonymous++;
      } else {
        tables++;
      }
    }
    return new PageCensus(file, idleFile, anonymous, dirtyFile, mapped, tables);
  }
}
