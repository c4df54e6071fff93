/** The emulator: physics, jobs and faults of a cluster, and the agents that report them. */
@NullMarked
package io.isotherm.emulator;

import org.jspecify.annotations.NullMarked;
