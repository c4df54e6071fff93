/** Recordings through the monitors again, without Kafka: what was found, and why. */
@NullMarked
package io.isotherm.backtest;

import org.jspecify.annotations.NullMarked;
