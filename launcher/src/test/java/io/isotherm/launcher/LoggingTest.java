package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.Map;
import java.util.ServiceLoader;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.Test;
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
}
