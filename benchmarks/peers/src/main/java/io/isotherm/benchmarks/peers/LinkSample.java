package io.isotherm.benchmarks.peers;

import org.apache.kafka.common.utils.Bytes;

/**
 * What one port said at one instant. It does not leave its task, so it has no bytes.
 *
 * @param port the port's {@link PlaceKey}
 * @param state as {@link io.isotherm.model.Report#linkState}
 * @param txBytes bytes sent since the agent's start
 * @param rxBytes bytes received
 * @param errors checksum errors and retries
 */
record LinkSample(Bytes port, int state, long txBytes, long rxBytes, long errors) {}
