@NullMarked
package io.isotherm.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
