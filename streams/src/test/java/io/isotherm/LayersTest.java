package io.isotherm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.isotherm.schemas.Topics;
import org.junit.jupiter.api.Test;

final class LayersTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.isotherm");

  @Test
  void theCoreKnowsNoKafkaNoAvroAndNoMetricsLibrary() {
    noClasses()
        .that()
        .resideInAPackage("io.isotherm.core..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.apache.kafka..",
            "org.apache.avro..",
            "io.micrometer..",
            "io.prometheus..",
            "io.isotherm.avro..",
            "io.isotherm.schemas..",
            "io.isotherm.topology..",
            "io.isotherm.export..")
        .check(CLASSES);
  }

  @Test
  void theCoreHasNoClockAndNoChance() {
    noClasses()
        .that()
        .resideInAnyPackage("io.isotherm.core..", "io.isotherm.model..")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.time.Clock")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("java.util.random..")
        .orShould()
        .dependOnClassesThat()
        .haveNameMatching("java\\.util\\.(Random|SplittableRandom|UUID|concurrent\\..*)")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .check(CLASSES);
  }

  @Test
  void whoJudgesKnowsNothingOfTheEmulatorNorOfTheTruth() {
    noClasses()
        .that()
        .resideInAnyPackage("io.isotherm.core..", "io.isotherm.topology..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.isotherm.emulator..", "io.isotherm.catalog..", "io.isotherm.producers..")
        .orShould()
        .dependOnClassesThat()
        .haveSimpleName("InjectedFault")
        .orShould()
        .dependOnClassesThat()
        .haveSimpleName("FaultKind")
        .orShould()
        .accessField(Topics.class, "FAULTS")
        .check(CLASSES);
  }

  @Test
  void theTopologyDoesNotKnowTheExporterNorTheExporterTheTopology() {
    noClasses()
        .that()
        .resideInAPackage("io.isotherm.topology..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.isotherm.export..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage("io.isotherm.export..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.isotherm.topology..")
        .check(CLASSES);
  }
}
