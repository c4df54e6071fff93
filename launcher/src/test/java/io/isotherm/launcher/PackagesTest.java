package io.isotherm.launcher;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.isotherm.core.PodMonitor;
import io.isotherm.score.Score;
import org.junit.jupiter.api.Test;

/** Which package of the whole project may know which: core, topology, application. */
final class PackagesTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.isotherm");

  @Test
  void allModulesAreLookedAt() {
    assertThat(CLASSES.contain(PodMonitor.class)).isTrue();
    assertThat(CLASSES.contain(Score.class)).isTrue();
    assertThat(CLASSES.contain(Main.class)).isTrue();
  }

  @Test
  void noPackagesKnowEachOther() {
    slices().matching("io.isotherm.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void nobodyKnowsTheApplicationButItself() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "io.isotherm.launcher..", "io.isotherm.backtest..", "io.isotherm.score..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.isotherm.launcher..", "io.isotherm.backtest..", "io.isotherm.score..")
        .check(CLASSES);
  }

  @Test
  void onlyTheCommandsKnowTheCommandLine() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.isotherm.launcher..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("picocli..", "io.isotherm.launcher..")
        .check(CLASSES);
  }

  /** What is scored is what the core says, not how it came through Kafka. */
  @Test
  void theScoreKnowsNoKafka() {
    noClasses()
        .that()
        .resideInAPackage("io.isotherm.score..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.apache.kafka..",
            "io.isotherm.topology..",
            "io.isotherm.export..",
            "io.isotherm.backtest..")
        .check(CLASSES);
  }
}
