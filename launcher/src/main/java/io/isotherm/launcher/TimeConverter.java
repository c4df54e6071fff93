package io.isotherm.launcher;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads an instant: RFC 3339, or milliseconds since 1970-01-01 UTC. */
final class TimeConverter implements ITypeConverter<Instant> {
  @Override
  public Instant convert(String value) {
    if (value.matches("\\d{1,15}")) {
      return Instant.ofEpochMilli(Long.parseLong(value));
    }
    try {
      // One that milliseconds cannot say is none.
      return Instant.ofEpochMilli(OffsetDateTime.parse(value).toInstant().toEpochMilli());
    } catch (DateTimeException | ArithmeticException e) {
      throw new TypeConversionException(
          "'%s' is no time; write for instance 2026-11-24T02:30:00Z, or milliseconds since 1970"
              .formatted(value));
    }
  }
}
