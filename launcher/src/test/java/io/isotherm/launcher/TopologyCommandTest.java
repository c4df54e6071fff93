package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ChipProfile;
import io.isotherm.catalog.Preset;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TopologyCommandTest {
  private static final String GOOD =
      """
      name: my-cluster
      chip: h200
      pods: 2
      cabinets: 3
      boards_per_cabinet: 4
      chips_per_board: 8
      ports:
        - label: mesh
          ports: 3
          wiring: mesh
      """;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    String[] all = new String[args.length + 1];
    all[0] = "topology";
    System.arraycopy(args, 0, all, 1, args.length);
    return Main.commandLine(new StopSignal())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(all);
  }

  private JsonNode json() throws IOException {
    return new ObjectMapper().readTree(out.toString());
  }

  @Test
  void listNamesEveryPresetAndChip() {
    assertThat(run("list")).isEqualTo(Main.DONE);
    Catalog catalog = Catalog.bundled();
    for (Preset p : catalog.presets()) {
      assertThat(out.toString()).containsPattern("(?m)^" + p.name() + " ");
    }
    for (ChipProfile c : catalog.chips()) {
      assertThat(out.toString()).containsPattern("(?m)^" + c.id() + " ");
    }
    assertThat(out.toString())
        .containsPattern("atlas-960 +ascend-960 +65 = +15,488 +1,006,720 +18 ")
        .containsPattern("ascend-960 .* 700 assumed +87/89/95 assumed")
        .contains("Marks: O vendor");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void listIsJsonOnRequest() throws IOException {
    assertThat(run("list", "-o", "json")).isEqualTo(Main.DONE);
    assertThat(json().get("presets")).hasSize(10);
    assertThat(json().get("chips")).hasSize(15);
    assertThat(json().at("/presets/1/totals/cluster/chips").asLong()).isEqualTo(1_006_720);
    assertThat(json().at("/chips/5/fields/max_power/confidence").asText()).isEqualTo("assumed");
    assertThat(json().at("/chips/5/fields/fp16/value").isNull()).isTrue();
  }

  @Test
  void showGivesEveryNumberOfAPresetWithMarkAndSourceAndTheTotals() {
    assertThat(run("show", "atlas-960")).isEqualTo(Main.DONE);
    assertThat(out.toString())
        .containsPattern("(?m)^cabinets +176 +11,440$")
        .containsPattern("(?m)^boards +1,936 +125,840$")
        .containsPattern("(?m)^chips +15,488 +1,006,720$")
        .containsPattern("(?m)^ports +278,784 +18,120,960$")
        .containsPattern("(?m)^fabric_cabinets +44 +S +press")
        .containsPattern("(?m)^slot_classes .* assumed +not published")
        .containsPattern("(?m)^7-13 +Y +7 switches of the cabinet +assumed ")
        .containsPattern("(?m)^14-17 +Z +4 planes of the pod, 11 switches each +assumed ")
        .containsPattern("(?m)^fp16 +not published +\\? +not published$")
        .containsPattern("(?m)^memory +288 GB +O +Huawei keynote")
        .containsPattern("(?m)^max_power +700 W +assumed +not published; as NVIDIA H100");
  }

  @Test
  void showOfASmallerClusterOfAnotherChipSaysWhatTheCommandLineChanged() throws IOException {
    String[] args = {
      "show", "--preset", "atlas-950", "--chip", "950pr", "--pods", "2", "--cabinets", "3"
    };
    assertThat(run(args)).isEqualTo(Main.DONE);
    assertThat(out.toString())
        .containsPattern("(?m)^chips +192 +384$")
        .containsPattern("(?m)^pods +2 +option +given as --pods$")
        .contains("Chip: Ascend 950PR");

    out.getBuffer().setLength(0);
    assertThat(run("show", "atlas-950", "--pods", "2", "-o", "json")).isEqualTo(Main.DONE);
    assertThat(json().at("/totals/cluster/chips").asInt()).isEqualTo(16_384);
    assertThat(json().at("/fields/pods/confidence").asText()).isEqualTo("option");
    assertThat(json().at("/fields/cabinets/confidence").asText()).isEqualTo("vendor");
    assertThat(json().at("/ports/0/mesh_size").asInt()).isEqualTo(8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"h100", "NVIDIA H100 SXM", "nvidia-h100"})
  void showOfAChipAnswersToItsNames(String name) throws IOException {
    assertThat(run("show", name)).isEqualTo(Main.DONE);
    assertThat(out.toString())
        .containsPattern("(?m)^fp8 +1,979 TFLOPS +O +NVIDIA")
        .containsPattern("(?m)^slowdown +89 °C +D +nvidia-smi");

    out.getBuffer().setLength(0);
    assertThat(run("show", "--chip", name, "--output=json")).isEqualTo(Main.DONE);
    assertThat(json().at("/fields/slowdown/value").asDouble()).isEqualTo(89);
  }

  @Test
  void aNameThatIsPresetAndChipShowsThePresetAndWithOptionChipTheChip() {
    assertThat(run("show", "kunlun-p800")).isEqualTo(Main.DONE);
    assertThat(out.toString()).contains("CLUSTER", "XPU-Link");

    out.getBuffer().setLength(0);
    assertThat(run("show", "--chip", "kunlun-p800")).isEqualTo(Main.DONE);
    assertThat(out.toString()).contains("2.4 (2.4 to 4) TB/s").doesNotContain("CLUSTER");
  }

  @Test
  void aClusterWithoutFabricSaysSo() {
    assertThat(run("show", "hanguang-800", "--pods", "1")).isEqualTo(Main.DONE);
    assertThat(out.toString()).contains("No fabric: no chip has a port.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "show | nothing to show: give a NAME, --preset, --chip or --topology",
        "show atlas-9600 | 'atlas-9600' is neither a preset nor a chip; did you mean 'atlas-960'?",
        "show --preset atlas960 | unknown preset 'atlas960'; did you mean 'atlas-960'?",
        "show nvl72 --chip b20 | unknown chip 'b20'; did you mean 'b200'?",
        "show nvl72 --pods 0 | --pods is 0, must be 1 to 10000",
        "show nvl72 --chip 910c | nvl72 wires 18 ports of every chip, but Ascend 910C has 14",
        "show nvl72 --preset nvl72 | give only one of NAME, --preset and --topology",
        "show h100 --pods 2 | 'h100' is a chip; --chip, --pods and --cabinets go with a preset",
        "show --topology none.yaml | cannot read none.yaml: there is no such file",
        "show nvl72 -o xml | Invalid value for option '--output'",
        "validate none.yaml | cannot read none.yaml: there is no such file",
        "validate | Missing required parameter: 'FILE'",
        "`` | Missing command: list, show or validate",
      })
  void wrongUsageIsOneLineAndItsOwnExitCode(String arguments, String message) {
    String[] args = arguments.isEmpty() ? new String[0] : arguments.split(" ");
    assertThat(run(args)).isEqualTo(Main.USAGE);
    assertThat(err.toString().lines().findFirst().orElse(""))
        .startsWith("isotherm topology")
        .contains(": " + message);
    assertThat(err.toString()).doesNotContain("Exception");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aGoodFileIsSummedUpAndCanBeShown(@TempDir Path dir) throws IOException {
    Path file = Files.writeString(dir.resolve("my.yaml"), GOOD);

    assertThat(run("validate", file.toString())).isEqualTo(Main.DONE);
    assertThat(out.toString().strip())
        .isEqualTo(
            file
                + ": good: my-cluster of NVIDIA H200 SXM: 2 pods, 6 cabinets, 24 boards, 192 chips,"
                + " 576 ports");

    out.getBuffer().setLength(0);
    assertThat(run("show", "--topology", file.toString())).isEqualTo(Main.DONE);
    assertThat(out.toString()).containsPattern("(?m)^cabinets +3 +file +stated in the file$");

    out.getBuffer().setLength(0);
    assertThat(run("validate", file.toString(), "-o", "json")).isEqualTo(Main.DONE);
    assertThat(json().get("good").asBoolean()).isTrue();
    assertThat(json().at("/totals/cluster/chips").asInt()).isEqualTo(192);
  }

  @Test
  void aBadFileFailsWithEveryMistakeAndItsPlace(@TempDir Path dir) throws IOException {
    Path file =
        Files.writeString(
            dir.resolve("my.yaml"),
            GOOD.replace("h200", "h20").replace("cabinets: 3", "cabinet: 3"));

    assertThat(run("validate", file.toString())).isEqualTo(Main.FAILED);
    assertThat(out.toString().lines().map(l -> l.replace(file.toString(), "FILE")))
        .hasSize(3)
        .anyMatch(l -> l.equals("FILE:1:1: field 'cabinets' is missing"))
        .anyMatch(l -> l.startsWith("FILE:2:7: unknown chip 'h20'; did you mean 'h200'?"))
        .anyMatch(l -> l.equals("FILE:4:1: unknown field 'cabinet'; did you mean 'cabinets'?"));
    assertThat(err.toString()).isEmpty();

    out.getBuffer().setLength(0);
    assertThat(run("validate", file.toString(), "-o", "json")).isEqualTo(Main.FAILED);
    assertThat(json().get("good").asBoolean()).isFalse();
    assertThat(json().at("/mistakes/1/line").asInt()).isEqualTo(2);
    assertThat(json().at("/mistakes/1/column").asInt()).isEqualTo(7);

    assertThat(run("show", "--topology", file.toString())).isEqualTo(Main.FAILED);
    assertThat(err.toString().lines()).hasSize(1).first().asString().contains("(and 2 more)");
  }
}
