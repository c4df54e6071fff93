/** The isotherm command, and the embedded broker. */
@NullMarked
package io.isotherm.launcher;

import org.jspecify.annotations.NullMarked;
