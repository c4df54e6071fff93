/** Recordings: directories of plain Avro files that hold what a cluster's agents reported. */
@org.jspecify.annotations.NullMarked
package io.isotherm.recording;
