/** What each step of the way from wire to metrics costs by itself. */
@NullMarked
package io.isotherm.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
