/** Chip profiles, topology presets and topology files: what a cluster can be made of. */
@NullMarked
package io.isotherm.catalog;

import org.jspecify.annotations.NullMarked;
