@NullMarked
package io.isotherm.core;

import org.jspecify.annotations.NullMarked;
