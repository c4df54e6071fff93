/**
 * The plain model that every module shares: places, wiring, and one report in primitive arrays. It
 * knows no Avro, no Kafka and no clock.
 */
@NullMarked
package io.isotherm.model;

import org.jspecify.annotations.NullMarked;
