package io.isotherm.readings;

/** A text is not the YAML that is needed. The message says where and why. */
public final class UnusableYamlException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnusableYamlException(String message, Throwable cause) {
    super(message, cause);
  }

  UnusableYamlException(String message) {
    super(message);
  }
}
