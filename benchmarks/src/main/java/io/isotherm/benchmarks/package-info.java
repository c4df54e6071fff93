/** Measures whole pipelines against each other, as ratios of CPU time in one run. */
@NullMarked
package io.isotherm.benchmarks;

import org.jspecify.annotations.NullMarked;
