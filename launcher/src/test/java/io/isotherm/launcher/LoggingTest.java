package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.SLF4JServiceProvider;

final class LoggingTest {
  @Test
  void exactlyOneProviderOfSlf4jIsOnTheClasspath() {
    assertThat(ServiceLoader.load(SLF4JServiceProvider.class)).hasSize(1);
    assertThat(LoggerFactory.getILoggerFactory()).isInstanceOf(LoggerContext.class);
  }

  @Test
  void kafkaLogsThroughIt() {
    Logger kafka = (Logger) LoggerFactory.getLogger(AppInfoParser.class);
    Level before = kafka.getLevel();
    ListAppender<ILoggingEvent> appender = new ListAppender<>();
    appender.start();
    kafka.setLevel(Level.INFO);
    kafka.addAppender(appender);
    try {
      Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1"))
          .close(Duration.ZERO);
    } finally {
      kafka.detachAppender(appender);
      kafka.setLevel(before);
    }
    assertThat(appender.list)
        .anySatisfy(e -> assertThat(e.getFormattedMessage()).contains("Kafka version"));
  }

  @Test
  void kafkaIsQuietUnlessItWarns() {
    assertThat(((Logger) LoggerFactory.getLogger("kafka.server")).getEffectiveLevel())
        .isEqualTo(Level.WARN);
    assertThat(((Logger) LoggerFactory.getLogger("io.isotherm.launcher")).getEffectiveLevel())
        .isEqualTo(Level.INFO);
  }

  /** It calls a new topic that a broker does not know yet an error; the first start makes nine. */
  @Test
  void aTopicThatIsNotKnownYetIsNoError() {
    assertThat(
            LoggerFactory.getLogger(
                    "org.apache.kafka.clients.admin.internals.PartitionLeaderStrategy")
                .isErrorEnabled())
        .isFalse();
  }

  /** It warns at each try, several times a second; who writes says it once. */
  @Test
  void aTryThatFailsToWriteARecordIsNoLine() {
    assertThat(
            LoggerFactory.getLogger("org.apache.kafka.clients.producer.internals.Sender")
                .isWarnEnabled())
        .isFalse();
  }

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  /** What a command says of a truststore that is not there, which Kafka logs with its stack. */
  private List<String> saidOfNoTruststore(String... options) throws Exception {
    Path config =
        Files.writeString(
            dir.resolve("client.properties"),
            "security.protocol=SSL\nssl.truststore.location=/nowhere.jks\n");
    Path said = dir.resolve("said.txt");
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.addAll(List.of("record", "--command-config", config.toString()));
    arguments.add(dir.resolve("new").toString());
    Process process = ProgramProcess.of(256, arguments).redirectOutput(said.toFile()).start();
    try {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(Main.FAILED);
    } finally {
      process.destroyForcibly().waitFor();
    }
    return Files.readAllLines(said);
  }

  @Test
  void whatIsThrownIsOneLineUnlessMoreIsAskedFor() throws Exception {
    assertThat(saidOfNoTruststore())
        .noneMatch(line -> line.startsWith("\tat ") || line.startsWith("Caused by: "))
        .last()
        .asString()
        .startsWith("isotherm record: cannot use Kafka at localhost:9092: ");
    assertThat(saidOfNoTruststore("-v")).anyMatch(line -> line.startsWith("\tat "));
  }

  @Test
  void aLineOfTheLogNamesTheRootCause() {
    LoggerContext logback = (LoggerContext) LoggerFactory.getILoggerFactory();
    Logger ours = logback.getLogger(Main.LOGGER);
    Exception thrown =
        new IllegalStateException("it\nfailed", new RuntimeException(new IOException("no disk")));
    LoggingEvent event = new LoggingEvent("", ours, Level.WARN, "a part ends", thrown, null);
    Level before = ours.getLevel();
    try {
      ours.setLevel(Level.INFO);
      assertThat(logged(event).lines())
          .singleElement()
          .asString()
          .endsWith(
              "a part ends: IllegalStateException: it; failed, because of IOException: no disk");
      ours.setLevel(Level.DEBUG);
      assertThat(logged(event))
          .contains("a part ends" + System.lineSeparator() + "java.lang.IllegalStateException: it")
          .contains("\tat ", "Caused by: java.io.IOException: no disk");
    } finally {
      ours.setLevel(before);
    }
  }

  private static String logged(ILoggingEvent event) {
    LoggerContext logback = (LoggerContext) LoggerFactory.getILoggerFactory();
    ConsoleAppender<ILoggingEvent> appender =
        (ConsoleAppender<ILoggingEvent>)
            logback.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("stderr");
    return new String(appender.getEncoder().encode(event), StandardCharsets.UTF_8);
  }
}
