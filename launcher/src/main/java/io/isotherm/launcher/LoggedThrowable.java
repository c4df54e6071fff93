package io.isotherm.launcher;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;

/**
 * What a line of the log says of an exception: itself and its root cause, in the same line. The
 * whole stack is for those who want to log more, with {@code -v}: libraries log an exception also
 * where a user only mistyped a setting. Named in {@code logback.xml}, which needs it public.
 */
public final class LoggedThrowable extends ThrowableProxyConverter {
  @Override
  public String convert(ILoggingEvent event) {
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown == null) {
      return "";
    }
    if (isVerbose()) {
      return System.lineSeparator() + super.convert(event).stripTrailing();
    }
    IThrowableProxy root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return ": " + oneLine(thrown) + (root == thrown ? "" : ", because of " + oneLine(root));
  }

  private boolean isVerbose() {
    return getContext() instanceof LoggerContext logback
        && logback.getLogger(Main.LOGGER).isDebugEnabled();
  }

  private static String oneLine(IThrowableProxy thrown) {
    String name = thrown.getClassName().replaceFirst(".*[.$]", "");
    String message = thrown.getMessage();
    return message == null || message.isBlank()
        ? name
        : name + ": " + message.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
