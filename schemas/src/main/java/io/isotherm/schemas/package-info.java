/** Topics, framing, the bundled schema history, and reading and writing reports fast. */
@NullMarked
package io.isotherm.schemas;

import org.jspecify.annotations.NullMarked;
