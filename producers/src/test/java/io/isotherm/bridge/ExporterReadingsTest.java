package io.isotherm.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.Overrides;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** What the answers of the known exporters become. The answers are written by their formats. */
final class ExporterReadingsTest {
  private static final long NOW = 1_800_000_000_000L;

  private static final PodLayout H100 = layout("hgx-h100");

  private static final PodLayout MLU370 = layout("mlu370");

  static final List<String> NAMES = ExporterMapping.BUNDLED;

  private static PodLayout layout(String preset) {
    return Catalog.bundled().plan(preset, new Overrides(null, 1, 1)).pods().get(0);
  }

  private static BoardReadings read(ExporterMapping mapping, PodLayout layout, String text) {
    BoardReadings readings = new BoardReadings();
    new ExporterReadings("test", mapping).read(text, layout, NOW, readings);
    return readings;
  }

  private static BoardReadings read(String exporter, PodLayout layout, String text) {
    return read(ExporterMapping.read(exporter, Path.of("targets.yaml")), layout, text);
  }

  private static Report report(BoardReadings readings) {
    Report report = new Report();
    report.clear();
    readings.fillChips(report);
    BoardReadings.fillLinks(report, readings.links());
    return report;
  }

  @ParameterizedTest
  @FieldSource("NAMES")
  void everyBundledMappingCanBeRead(String name) {
    assertThat(ExporterMapping.read(name, Path.of("targets.yaml")).readings()).isNotEmpty();
  }

  @Test
  void dcgmTellsOfChips() {
    BoardReadings readings =
        read(
            "dcgm",
            H100,
            """
            # TYPE DCGM_FI_DEV_GPU_TEMP gauge
            DCGM_FI_DEV_GPU_TEMP{gpu="5",UUID="GPU-1f",device="nvidia5",modelName="NVIDIA H100",Hostname="g1"} 61
            DCGM_FI_DEV_MEMORY_TEMP{gpu="5",UUID="GPU-1f"} 69
            DCGM_FI_DEV_POWER_USAGE{gpu="5",UUID="GPU-1f"} 409.692000
            DCGM_FI_DEV_GPU_UTIL{gpu="5",UUID="GPU-1f"} 98
            DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="5",UUID="GPU-1f"} 0.995630
            DCGM_FI_PROF_PIPE_TENSOR_ACTIVE{gpu="5",UUID="GPU-1f"} 0.929260
            DCGM_FI_DEV_SM_CLOCK{gpu="5",UUID="GPU-1f"} 1215
            DCGM_FI_DEV_FB_USED{gpu="5",UUID="GPU-1f"} 4845
            DCGM_FI_DEV_XID_ERRORS{gpu="5",UUID="GPU-1f",err_code="79",err_msg="GPU has fallen off the bus"} 79
            DCGM_FI_DEV_CLOCKS_EVENT_REASONS{gpu="5",UUID="GPU-1f"} 72
            DCGM_FI_DEV_ECC_SBE_VOL_TOTAL{gpu="5",UUID="GPU-1f"} 3
            DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{gpu="5",UUID="GPU-1f"} 1
            DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS{gpu="5",UUID="GPU-1f"} 7
            """);
    Report r = report(readings);
    assertThat(readings.complaints()).isEmpty();
    assertThat(r.chipCount).isEqualTo(1);
    assertThat(r.linkCount).isZero();
    assertThat(r.chip[0]).isEqualTo(5);
    assertThat(r.health[0]).isEqualTo(Report.ABSENT);
    assertThat(r.temperature[0]).isEqualTo(610);
    assertThat(r.hbmTemperature[0]).isEqualTo(690);
    assertThat(r.power[0]).isEqualTo(4_097);
    assertThat(r.utilization[0]).isEqualTo(996);
    assertThat(r.tensorActivity[0]).isEqualTo(929);
    assertThat(r.clock[0]).isEqualTo(1_215);
    assertThat(r.hbmUsed[0]).isEqualTo(4_845);
    assertThat(r.errorCode[0]).isEqualTo(79);
    assertThat(r.throttleReasons[0]).isEqualTo(Report.THROTTLE_HARDWARE | Report.THROTTLE_THERMAL);
    assertThat(r.eccCorrected[0]).isEqualTo(3);
    assertThat(r.eccUncorrected[0]).isEqualTo(1);
  }

  @Test
  void dcgmTellsOfAMemoryThatIsOutOfSpareRows() {
    Report r =
        report(
            read(
                "dcgm",
                H100,
                """
                DCGM_FI_DEV_ROW_REMAP_FAILURE{gpu="0",UUID="GPU-1a"} 0
                DCGM_FI_DEV_ROW_REMAP_FAILURE{gpu="1",UUID="GPU-1b"} 1
                """));
    assertThat(r.health[0]).isEqualTo(Report.HEALTH_OK);
    assertThat(r.health[1]).isEqualTo(Report.HEALTH_FATAL);
  }

  @Test
  void dcgmAnswerWithoutATotalOfErrorsHasNoOtherInItsPlace() {
    Report r =
        report(
            read(
                "dcgm",
                H100,
                """
                DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{gpu="0"} 0
                DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS{gpu="0"} 7
                DCGM_FI_DEV_GPU_TEMP{gpu="1"} 61
                DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS{gpu="1"} 7
                """));
    assertThat(r.eccUncorrected[0]).isZero();
    assertThat(r.eccUncorrected[1]).isEqualTo(Report.ABSENT_LONG);
  }

  @Test
  void dcgmMayCountRemappedRowsAsTheDocumentSays() throws IOException {
    Path root = Path.of(System.getProperty("isotherm.root", ".."));
    String page = Files.readString(root.resolve("docs/bridge.md"));
    String rows = page.substring(page.indexOf("ecc_uncorrected: {")).split("`", 2)[0];
    String bundled =
        Files.readString(
            root.resolve("producers/src/main/resources/io/isotherm/bridge/exporters/dcgm.yaml"));
    ExporterMapping mapping =
        ExporterMapping.parse("own.yaml", bundled.replaceAll("ecc_uncorrected: \\{.*\\}", rows));
    Report r =
        report(read(mapping, H100, "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS{gpu=\"1\"} 7\n"));
    assertThat(r.eccUncorrected[0]).isEqualTo(7);
  }

  @Test
  void dcgmTellsOfTheSameChipsByTheirPlacesAsTheDocumentSays() throws IOException {
    Path root = Path.of(System.getProperty("isotherm.root", ".."));
    String page = Files.readString(root.resolve("docs/bridge.md"));
    String byPlace =
        page.substring(page.indexOf("  chip: pci_bus_id")).split("```", 2)[0].stripIndent();
    String bundled =
        Files.readString(
            root.resolve("producers/src/main/resources/io/isotherm/bridge/exporters/dcgm.yaml"));
    ExporterMapping mapping =
        ExporterMapping.parse("own.yaml", bundled.replace("chip: gpu\n", byPlace + "\n"));
    // Without chip 3 the host numbers those behind it anew.
    BoardReadings readings =
        read(
            mapping,
            H100,
            """
            DCGM_FI_DEV_GPU_TEMP{gpu="2",pci_bus_id="00000000:52:00.0"} 62
            DCGM_FI_DEV_GPU_TEMP{gpu="3",pci_bus_id="00000000:9D:00.0"} 64
            DCGM_FI_DEV_GPU_TEMP{gpu="6",pci_bus_id="00000000:DF:00.0"} 67
            """);
    Report r = report(readings);
    assertThat(r.chipCount).isEqualTo(3);
    assertThat(Arrays.copyOf(r.chip, 3)).containsExactly(2, 4, 7);
    assertThat(mapping.chips()).containsValues(0, 1, 2, 3, 4, 5, 6, 7).hasSize(8);
  }

  @Test
  void whatIsNoReadingIsAbsent() {
    BoardReadings readings =
        read(
            "dcgm",
            H100,
            """
            DCGM_FI_DEV_GPU_TEMP{gpu="0"} 61
            DCGM_FI_DEV_MEMORY_TEMP{gpu="0"} 0
            DCGM_FI_DEV_XID_ERRORS{gpu="0",err_code="0",err_msg="No Error"} 0
            DCGM_FI_DEV_SM_CLOCK{gpu="0"} 9223372036854775794
            DCGM_FI_PROF_PIPE_TENSOR_ACTIVE{gpu="0"} NaN
            DCGM_FI_DEV_POWER_USAGE{gpu="0"} -nan
            """);
    Report r = report(readings);
    assertThat(r.temperature[0]).isEqualTo(610);
    assertThat(r.hbmTemperature[0]).isEqualTo(Report.ABSENT);
    assertThat(r.errorCode[0]).isEqualTo(Report.ABSENT_LONG);
    assertThat(r.clock[0]).isEqualTo(Report.ABSENT);
    assertThat(r.tensorActivity[0]).isEqualTo(Report.ABSENT);
    assertThat(r.power[0]).isEqualTo(Report.ABSENT);
    assertThat(readings.complaints().values())
        .containsExactly("DCGM_FI_DEV_SM_CLOCK of chip-0: '9223372036854775794' is no clock");
  }

  @Test
  void utilizationOfAPartOfADividedChipIsNotThatOfTheChip() {
    Report r =
        report(
            read(
                "dcgm",
                H100,
                """
                DCGM_FI_DEV_GPU_TEMP{gpu="0",GPU_I_PROFILE="1g.10gb",GPU_I_ID="7"} 33
                DCGM_FI_DEV_GPU_TEMP{gpu="0",GPU_I_PROFILE="1g.10gb",GPU_I_ID="8"} 33
                DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",GPU_I_PROFILE="1g.10gb",GPU_I_ID="7"} 0.5
                """));
    assertThat(r.chipCount).isEqualTo(1);
    assertThat(r.temperature[0]).isEqualTo(330);
    assertThat(r.utilization[0]).isEqualTo(Report.ABSENT);
  }

  @Test
  void theNumberOfALinkMayStandInTheNameOfTheMetric() {
    BoardReadings readings =
        read(
            "dcgm",
            H100,
            """
            DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL{gpu="1"} 99
            DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_L0{gpu="1"} 4
            DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_L17{gpu="1"} 5
            DCGM_FI_DEV_NVLINK_REPLAY_ERROR_L17_TOTAL{gpu="1"} 6
            DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_L19{gpu="1"} 7
            """);
    Report r = report(readings);
    assertThat(r.chipCount).isZero();
    assertThat(r.linkCount).isEqualTo(2);
    assertThat(r.linkChip[1]).isEqualTo(1);
    assertThat(r.linkPort[0]).isZero();
    assertThat(r.linkPort[1]).isEqualTo(17);
    assertThat(r.linkState[1]).isEqualTo(Report.ABSENT);
    assertThat(r.crcErrors[0]).isEqualTo(4);
    assertThat(r.crcErrors[1]).isEqualTo(5);
    assertThat(r.retries[0]).isEqualTo(Report.ABSENT_LONG);
    assertThat(r.retries[1]).isEqualTo(6);
    assertThat(readings.complaints().values())
        .containsExactly(
            "DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_L19, port '19', is no port of a chip, which has 19");
  }

  @Test
  void aChipThatTheBoardHasNotIsToldOf() {
    BoardReadings readings =
        read("dcgm", H100, "DCGM_FI_DEV_GPU_TEMP{gpu=\"8\"} 61\nDCGM_FI_DEV_GPU_TEMP 40\n");
    assertThat(readings.isEmpty()).isTrue();
    assertThat(readings.complaints().values())
        .containsExactly("gpu=\"8\" is no chip of the board, which has 8");
  }

  @Test
  void npuSamplesHaveTheirOwnTimes() {
    BoardReadings readings =
        read(
            "npu",
            H100,
            """
            npu_chip_info_temperature{container_name="",id="0",vdie_id="18"} 47 %d
            npu_chip_info_temperature{container_name="",id="1",vdie_id="19"} 47 %d
            npu_chip_info_health_status{id="0"} 0 %d
            npu_chip_info_power{id="0"} -1 %d
            npu_chip_info_error_code{id="0"} 0 %d
            npu_chip_info_hbm_used_memory{id="0"} 2808 %d
            npu_chip_info_hccs_statistic_info_crc_err_cnt_1{id="0"} 12 %d
            npu_chip_info_hccs_statistic_info_crc_err_cnt_7{id="0"} -1 %d
            """
                .formatted(
                    NOW - 3_400, NOW - 181_000, NOW, NOW, NOW, NOW - 60_000, NOW - 60_000, NOW));
    Report r = report(readings);
    assertThat(r.chipCount).isEqualTo(1);
    assertThat(r.temperature[0]).isEqualTo(470);
    assertThat(r.health[0]).isEqualTo(Report.HEALTH_WARNING);
    assertThat(r.power[0]).isEqualTo(Report.ABSENT);
    assertThat(r.errorCode[0]).isEqualTo(Report.ABSENT_LONG);
    assertThat(r.hbmUsed[0]).isEqualTo(2_808);
    assertThat(r.linkCount).isEqualTo(1);
    assertThat(r.linkPort[0]).isZero();
    assertThat(r.crcErrors[0]).isEqualTo(12);
    assertThat(readings.complaints().values())
        .containsExactly("npu_chip_info_temperature of chip 1 is 181 s old");
  }

  @Test
  void severalCountersOfALinkAreAddedUpIfAllAreThere() {
    Report r =
        report(
            read(
                "mlu",
                MLU370,
                """
                mlu_health{mlu="3",unhealth_reason=""} 0
                mlu_memory_used{mlu="3"} 1.073741824e+09
                mlu_mlulink_status{link="0",mlu="3",ppi="p0"} 3
                mlu_mlulink_status{link="1",mlu="3",ppi="p1"} 0
                mlu_mlulink_err_crc24_total{link="0",mlu="3"} 2
                mlu_mlulink_err_crc32_total{link="0",mlu="3"} 3
                mlu_mlulink_err_crc24_total{link="1",mlu="3"} 2
                mlu_mlulink_cntr_write_byte_total{link="0",mlu="3"} 9007199254740993
                """));
    assertThat(r.health[0]).isEqualTo(Report.HEALTH_FATAL);
    assertThat(r.hbmUsed[0]).isEqualTo(1_024);
    assertThat(r.linkState[0]).isEqualTo(Report.LINK_UP);
    assertThat(r.linkState[1]).isEqualTo(Report.LINK_DOWN);
    assertThat(r.crcErrors[0]).isEqualTo(5);
    assertThat(r.crcErrors[1]).isEqualTo(Report.ABSENT_LONG);
    assertThat(r.txBytes[0]).isEqualTo(9_007_199_254_740_993L);
  }

  @Test
  void ofSeveralSamplesOfAMetricTheFirstCounts() {
    Report r =
        report(
            read(
                "npu",
                H100,
                """
                npu_chip_info_power{id="0",pod_name="a"} 90
                npu_chip_info_power{id="0",pod_name="b"} 91
                """));
    assertThat(r.power[0]).isEqualTo(900);
  }

  @Test
  void severalLabelsMaySayThePort() {
    ExporterMapping mapping =
        ExporterMapping.parse(
            "my.yaml",
            """
            chip: id
            port: [udie, port]
            ports: {0/1: 2, 1/0: 3}
            readings:
              link_retries: {metric: retry_req_sum}
            """);
    BoardReadings readings =
        read(
            mapping,
            H100,
            """
            retry_req_sum{id="0",udie="0",port="1"} 5
            retry_req_sum{id="0",udie="1",port="0"} 6
            retry_req_sum{id="0",udie="1",port="1"} 7
            """);
    Report r = report(readings);
    assertThat(r.linkCount).isEqualTo(2);
    assertThat(r.linkPort[0]).isEqualTo(2);
    assertThat(r.retries[1]).isEqualTo(6);
    assertThat(readings.complaints()).isEmpty();
    assertThat(readings.passedOver())
        .containsExactly("retry_req_sum, port '1/1', is not in the mapping");
  }

  @Test
  void aPortThatIsMappedToOneThatTheChipHasNotIsToldOf() {
    BoardReadings readings =
        read("node", layout("nvl72"), "node_infiniband_state_id{device=\"mlx5_0\",port=\"1\"} 4\n");
    assertThat(readings.isEmpty()).isTrue();
    assertThat(readings.complaints().values())
        .containsExactly(
            "node_infiniband_state_id, port '1', is mapped to 18, which is no port of a chip, which has 18");
  }

  @ParameterizedTest
  @CsvSource({
    "7, 7",
    "7.0, 7",
    "9.1e+15, 9100000000000000",
    "1e+01, 10",
    "-1.0, -1",
    "0.5, 0.5",
    "NaN, NaN",
    "-nan, NaN",
    "Nan, NaN",
    "1e+300, 1e+300",
  })
  void aWholeNumberIsWrittenInOneWay(String text, String canonical) {
    assertThat(ExporterReadings.canonical(text)).isEqualTo(canonical);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "`readings: {power: {metric: p}}` | `my.yaml: 'chip' is missing`",
        "`chip: c` | `my.yaml: 'readings' is missing`",
        "`{chip: c, readings: {heat: {metric: p}}}` | `my.yaml: no reading 'heat'; there are health, `",
        "`{chip: c, readings: {power: {unit: watts}}}` | `my.yaml: 'power' has no 'metric'`",
        "`{chip: c, readings: {power: {metric: p, unit: horses}}}` | `my.yaml: unit of 'power' is 'horses', must be one of watts`",
        "`{chip: c, readings: {health: {metric: p, values: {a: fine}}}}` | `my.yaml: 'values' of 'health': 'a' is 'fine', must be one of`",
        "`{chip: c, readings: {health: {metric: [p, q]}}}` | `my.yaml: 'health' is a state, and states cannot be added up`",
        "`{chip: c, readings: {link_tx: {metric: p}}}` | `my.yaml: 'link_tx' is of a link, but there is no 'port', and no {port} in 'p'`",
        "`{chip: c, readings: {power: {metric: 'p{port}'}}}` | `my.yaml: 'power' is of a chip, but there is {port} in 'p{port}'`",
        "`{chip: c, port: [a, b], readings: {link_tx: {metric: p}}}` | `my.yaml: several labels of 'port' need 'ports'`",
        "`{chip: c, stale_seconds: 0, readings: {power: {metric: p}}}` | `my.yaml: 'stale_seconds' is 0, must be 1 to 86400`",
        "`{chip: c, chips: {mlx5_0: 0, mlx5_0: 1}, readings: {power: {metric: p}}}` | `my.yaml:1:36: Duplicate field 'mlx5_0'`",
        "`{chip: c, readings: {power: {metric: p}, power: {metric: q}}}` | `my.yaml:1:47: Duplicate field 'power'`",
        "`{chip: c, reading: {}}` | `my.yaml: unknown field 'reading'; there are chip, chips, `",
      })
  void aMistakeInAMappingIsNamed(String text, String said) {
    assertThatExceptionOfType(BridgeException.class)
        .isThrownBy(() -> ExporterMapping.parse("my.yaml", text))
        .withMessageStartingWith(said);
  }
}
