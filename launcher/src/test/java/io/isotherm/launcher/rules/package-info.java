/** Holds the rules, the dashboards and the compose file to what the product really exports. */
@NullMarked
package io.isotherm.launcher.rules;

import org.jspecify.annotations.NullMarked;
