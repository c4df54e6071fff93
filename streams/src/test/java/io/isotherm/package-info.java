/** Rules that hold across packages. */
@NullMarked
package io.isotherm;

import org.jspecify.annotations.NullMarked;
