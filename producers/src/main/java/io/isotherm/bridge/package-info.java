/** Bridges: real exporters of chips and links, scraped and published as reports. */
@org.jspecify.annotations.NullMarked
package io.isotherm.bridge;
