/** Readings of chips and links as others write them: their names, units and words. */
@org.jspecify.annotations.NullMarked
package io.isotherm.readings;
