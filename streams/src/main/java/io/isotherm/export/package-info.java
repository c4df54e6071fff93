/** The exporter: a stateless reader of the result topics that serves metrics and JSON. */
@NullMarked
package io.isotherm.export;

import org.jspecify.annotations.NullMarked;
