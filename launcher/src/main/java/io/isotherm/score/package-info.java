/**
 * How good the detectors are: an emulated fleet straight into the monitors, and what they found
 * against what was broken.
 */
@NullMarked
package io.isotherm.score;

import org.jspecify.annotations.NullMarked;
