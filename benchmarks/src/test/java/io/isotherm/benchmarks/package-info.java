@NullMarked
package io.isotherm.benchmarks;

import org.jspecify.annotations.NullMarked;
