/** Tests of schemas, framing, ids and the fast reader and writer. */
@NullMarked
package io.isotherm.schemas;

import org.jspecify.annotations.NullMarked;
