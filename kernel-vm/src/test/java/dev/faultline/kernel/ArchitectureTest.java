// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The arrows of the house: who may know whom. A new arrow is a change of the design, made here
 * first.
 */
final class ArchitectureTest {
  private static final String MMU = "dev.faultline.mmu..";
  private static final String CPU = "dev.faultline.cpu..";
  private static final String DEVICES = "dev.faultline.devices..";
  private static final String KERNEL = "dev.faultline.kernel..";

  private static JavaClasses product;

  @BeforeAll
  static void readTheProduct() {
    product =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.faultline");
  }

  static Stream<ArchRule> rules() {
    return Stream.of(
        noClasses()
            .that()
            .resideInAPackage(MMU)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CPU, DEVICES, KERNEL),
        noClasses()
            .that()
            .resideInAPackage(CPU)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(DEVICES, KERNEL),
        noClasses()
            .that()
            .resideInAPackage(DEVICES)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CPU, KERNEL),
        mayUse("sched"),
        mayUse("pmap", "sched"),
        mayUse("vm", "pmap", "sched"),
        mayUse("io", "sched"),
        mayUse("pager", "vm", "io", "pmap", "sched"),
        mayUse("fs", "pager", "vm", "io", "pmap", "sched"),
        mayUse("proc", "fs", "pager", "vm", "io", "pmap", "sched"),
        mayUse("abi", "proc", "fs", "pager", "vm", "io", "pmap", "sched"),
        classes()
            .that()
            .resideInAPackage(KERNEL)
            .should()
            .onlyDependOnClassesThat()
            .resideOutsideOfPackage("io.netty.."));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void arrowsPointDown(ArchRule rule) {
    rule.check(product);
  }

  @Test
  void noCycles() {
    slices().matching("dev.faultline.(*)..").should().beFreeOfCycles().check(product);
    slices().matching("dev.faultline.kernel.(*)..").should().beFreeOfCycles().check(product);
  }

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
