/** The monitor's answer about every pod, cabinet and window, computed by other engines. */
@NullMarked
package io.isotherm.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
