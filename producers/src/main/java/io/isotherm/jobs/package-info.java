/** Where jobs run, from a scheduler's list of them to {@code topology.jobs}. */
@NullMarked
package io.isotherm.jobs;

import org.jspecify.annotations.NullMarked;
