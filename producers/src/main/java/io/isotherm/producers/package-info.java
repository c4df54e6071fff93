/** Publishing to Kafka. */
@NullMarked
package io.isotherm.producers;

import org.jspecify.annotations.NullMarked;
