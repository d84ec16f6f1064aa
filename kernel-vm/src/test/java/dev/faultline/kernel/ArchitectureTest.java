// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;

/**
 * The arrows of the house: who may know whom. A new arrow is a change of the design, made here
 * first.
 */
@AnalyzeClasses(packages = "dev.faultline", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final String MMU = "dev.faultline.mmu..";
  private static final String CPU = "dev.faultline.cpu..";
  private static final String DEVICES = "dev.faultline.devices..";
  private static final String KERNEL = "dev.faultline.kernel..";

  private ArchitectureTest() {}

  @ArchTest
  static final ArchRule theMmuKnowsNobody =
      noClasses()
          .that()
          .resideInAPackage(MMU)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(CPU, DEVICES, KERNEL);

  @ArchTest
  static final ArchRule theProcessorKnowsOnlyTheMmu =
      noClasses()
          .that()
          .resideInAPackage(CPU)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(DEVICES, KERNEL);

  @ArchTest
  static final ArchRule devicesKnowOnlyTheMmu =
      noClasses()
          .that()
          .resideInAPackage(DEVICES)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(CPU, KERNEL);

  @ArchTest static final ArchRule sched = mayUse("sched");
  @ArchTest static final ArchRule pmap = mayUse("pmap", "sched");
  @ArchTest static final ArchRule vm = mayUse("vm", "pmap", "sched");
  @ArchTest static final ArchRule io = mayUse("io", "sched");
  @ArchTest static final ArchRule pager = mayUse("pager", "vm", "io", "pmap", "sched");
  @ArchTest static final ArchRule fs = mayUse("fs", "pager", "vm", "io", "pmap", "sched");
  @ArchTest static final ArchRule proc = mayUse("proc", "fs", "pager", "vm", "io", "pmap", "sched");

  @ArchTest
  static final ArchRule abi = mayUse("abi", "proc", "fs", "pager", "vm", "io", "pmap", "sched");

  @ArchTest
  static final ArchRule noCycles =
      slices().matching("dev.faultline.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule nettyStaysWithTheTelnetServer =
      classes()
          .that()
          .resideInAPackage(KERNEL)
          .should()
          .onlyDependOnClassesThat()
          .resideOutsideOfPackage("io.netty..");

  /** The kernel package {@code name} uses of the kernel only itself and {@code lower}. */
  private static ArchRule mayUse(String name, String... lower) {
    List<String> forbidden =
        new ArrayList<>(List.of("boot", "abi", "proc", "fs", "pager", "vm", "io", "pmap", "sched"));
    forbidden.remove(name);
    forbidden.removeAll(List.of(lower));
    return noClasses()
        .that()
        .resideInAPackage("dev.faultline.kernel." + name + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            forbidden.stream().map(p -> "dev.faultline.kernel." + p + "..").toArray(String[]::new));
  }
}
