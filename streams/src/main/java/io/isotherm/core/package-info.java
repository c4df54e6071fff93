/**
 * The monitors: reports in; health, findings and incidents out. Pure Java over primitive arrays: no
 * Kafka, no Avro, no clock, no randomness, no metrics library. Whatever drives it (Kafka Streams, a
 * back-test, a test), the same reports in the same order of each pod give the same results.
 */
@NullMarked
package io.isotherm.core;

import org.jspecify.annotations.NullMarked;
