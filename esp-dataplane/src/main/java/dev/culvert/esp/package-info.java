/**
 * The ESP dataplane: the contract with the control plane (commands, events, counters) and the
 * facade that owns the agents.
 *
 * <p>A packet's way out: {@code TunQueue} → inner header check → policy lookup → outbound SA → seal
 * → {@code UdpPort}. A packet's way in: {@code UdpPort} → demux → inbound SA → replay pre-check →
 * open → replay accept → padding, next header, inner header and selector check → {@code TunQueue}.
 */
package dev.culvert.esp;
