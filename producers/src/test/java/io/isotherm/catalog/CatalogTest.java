package io.isotherm.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.isotherm.model.ChipLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CatalogTest {
  private static final Catalog CATALOG = Catalog.bundled();
  private static final Path DATA =
      Path.of(
          System.getProperty("isotherm.root"), "producers/src/main/resources/io/isotherm/catalog");

  static List<ChipProfile> chips() {
    return CATALOG.chips();
  }

  @ParameterizedTest
  @MethodSource("chips")
  void everyFieldOfAChipsFileHasUnitConfidenceAndSource(ChipProfile chip) throws IOException {
    List<String> lines = Files.readAllLines(DATA.resolve("chips/" + chip.id() + ".yaml"));
    chip.values()
        .forEach(
            (name, v) -> {
              assertThat(v.confidence()).as(name).isNotEqualTo(Confidence.STATED);
              assertThat(v.source()).as(name).isNotBlank().isNotEqualTo("stated in the file");
              if (v.confidence() == Confidence.ASSUMED) {
                assertThat(v.source()).as(name).contains("not published");
              }
              String line =
                  lines.stream().filter(l -> l.startsWith(name + ": {")).findFirst().orElse("");
              assertThat(line).as(name).contains("confidence: ", "source: \"");
              if (!v.unit().isEmpty()) {
                assertThat(line).as(name).contains("unit: " + v.unit());
              }
            });
  }

  @Test
  void theIndexListsExactlyTheFilesThatThereAre() throws IOException {
    assertThat(names("chips"))
        .containsExactlyInAnyOrderElementsOf(
            CATALOG.chips().stream().map(ChipProfile::id).toList());
    assertThat(names("presets"))
        .containsExactlyInAnyOrderElementsOf(CATALOG.presets().stream().map(Preset::name).toList());
  }

  private static List<String> names(String folder) throws IOException {
    try (Stream<Path> files = Files.list(DATA.resolve(folder))) {
      return files.map(f -> f.getFileName().toString().replace(".yaml", "")).toList();
    }
  }

  @Test
  void noTwoChipsAnswerToTheSameName() {
    for (ChipProfile chip : CATALOG.chips()) {
      assertThat(CATALOG.chip(chip.id())).isEqualTo(chip);
      assertThat(CATALOG.chip(chip.name())).isEqualTo(chip);
      for (String alias : chip.aliases()) {
        assertThat(CATALOG.chip(alias)).as(alias).isEqualTo(chip);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ascend-910b, 300, 0, 64, 1.6, 392, 7, 400",
    "ascend-910c, 800, 0, 128, 3.2, 784, 14, 550",
    "ascend-950pr, 432, 1000, 128, 1.6, 2000, 18, 630",
    "atlas-350, , , 112, 1.4, , , 600",
    "ascend-950dt, , 1000, 144, 4.0, 2000, 18, 630",
    "ascend-960, , 2000, 288, 9.6, 2200, 18, 700",
    "ascend-970, , 4000, 288, 14.4, 4000, 18, 1000",
    "nvidia-h100, 989, 1979, 80, 3.35, 900, 18, 700",
    "nvidia-h200, 989, 1979, 141, 4.8, 900, 18, 700",
    "nvidia-b200, 2250, 4500, 192, 8.0, 1800, 18, 1000",
    "cambricon-mlu370-x8, 96, 0, 48, 0.61, 200, 3, 250",
    "cambricon-mlu590, , , 96, , , , 400",
    "hanguang-800, , , , , 0, 0, 280",
    "t-head-ppu-810e, , , 96, , 700, 7, 400",
    "kunlun-p800, 345, , 96, 2.4, , , 400",
  })
  void everyChipHasItsNumbers(
      String id,
      Double fp16,
      Double fp8,
      Double memory,
      Double bandwidth,
      Double fabric,
      Double ports,
      double power) {
    ChipProfile c = CATALOG.chip(id);
    assertThat(c.fp16().number()).isEqualTo(fp16);
    assertThat(c.fp8().number()).isEqualTo(fp8);
    assertThat(c.memory().number()).isEqualTo(memory);
    assertThat(c.memoryBandwidth().number()).isEqualTo(bandwidth);
    assertThat(c.fabric().number()).isEqualTo(fabric);
    assertThat(c.ports().number()).isEqualTo(ports);
    assertThat(c.maxPowerWatts()).isEqualTo(power);
  }

  @Test
  void onlyH100AndH200HaveThermalLimitsThatAreNotAssumed() {
    assertThat(CATALOG.chips().stream().filter(c -> !c.thermalAssumed()).map(ChipProfile::id))
        .containsExactly("nvidia-h100", "nvidia-h200");
    assertThat(CATALOG.chips()).allMatch(c -> c.limits(1).maxOperating() == 870);
    assertThat(CATALOG.chip("h100").limits(18))
        .isEqualTo(new ChipLimits("NVIDIA H100 SXM", 870, 890, 950, false, 200_000));
  }

  @Test
  void aChipReplacesTheNumbersButNotTheWiring() {
    ClusterPlan plan = CATALOG.plan("atlas-950", new Overrides("Ascend 950PR", 2, 3));
    assertThat(plan.chip().id()).isEqualTo("ascend-950pr");
    assertThat(plan.pods()).hasSize(2);
    assertThat(plan.pods().get(1).cabinets()).isEqualTo(3);
    assertThat(plan.pods().get(1).limits().model()).isEqualTo("Ascend 950PR");
    assertThat(plan.chips()).isEqualTo(2 * 3 * 64);
  }

  @Test
  void aChipWithTooFewPortsForTheWiringIsRefused() {
    assertThatExceptionOfType(CatalogException.class)
        .isThrownBy(() -> CATALOG.plan("atlas-960", new Overrides("910b", null, null)))
        .withMessage(
            "atlas-960 wires 18 ports of every chip, but Ascend 910B has 7; choose another chip or"
                + " preset");
  }

  @Test
  void aMisspeltNameGetsASuggestion() {
    assertThatExceptionOfType(CatalogException.class)
        .isThrownBy(() -> CATALOG.preset("atlas-96"))
        .withMessageStartingWith("unknown preset 'atlas-96'; did you mean 'atlas-960'?")
        .withMessageEndingWith("hanguang-800, ppu-810e");
    assertThatExceptionOfType(CatalogException.class)
        .isThrownBy(() -> CATALOG.chip("ascent-960"))
        .withMessageStartingWith("unknown chip 'ascent-960'; did you mean 'ascend-960'?");
    assertThatExceptionOfType(CatalogException.class)
        .isThrownBy(() -> CATALOG.chip("a toaster with wings"))
        .withMessageStartingWith("unknown chip 'a toaster with wings'; known are ascend-910b,");
  }

  @Test
  void sizesOutOfRangeAreRefused() {
    assertThatExceptionOfType(CatalogException.class)
        .isThrownBy(() -> new Overrides(null, 0, null))
        .withMessage("--pods is 0, must be 1 to 10000");
    assertThatExceptionOfType(CatalogException.class)
        .isThrownBy(() -> new Overrides(null, null, -3))
        .withMessage("--cabinets is -3, must be 1 to 100000");
    assertThatExceptionOfType(CatalogException.class)
        .isThrownBy(() -> CATALOG.plan("atlas-960", new Overrides(null, 10_000, null)))
        .withMessageContaining("atlas-960: more than 100000000 chips");
  }

  @Test
  void unreadableFilesAreNamed(@TempDir Path dir) throws IOException {
    Path binary = Files.write(dir.resolve("b.yaml"), new byte[] {(byte) 0xc3, 0x28});
    for (Path file : List.of(dir.resolve("none.yaml"), dir, binary)) {
      assertThatExceptionOfType(CatalogException.class)
          .isThrownBy(() -> CATALOG.planFromFile(file, Overrides.NONE))
          .withMessageStartingWith("cannot read " + file + ": ");
    }
  }
}
