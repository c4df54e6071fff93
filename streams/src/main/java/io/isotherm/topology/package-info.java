/** The Kafka Streams application: thin processors over the core. */
@NullMarked
package io.isotherm.topology;

import org.jspecify.annotations.NullMarked;
