/**
 * The agents: one thread per direction, each running packets from one descriptor to the other.
 *
 * <pre>
 *  out:  PacketSource → InnerPacket → PolicyTable → OutboundSa → EspCipher.seal → Transmitter
 *  in:   UdpPort → UdpEncapsulation → InboundSa → ReplayWindow → EspCipher.open → InnerPacket → selectors → TunWriter
 * </pre>
 */
package dev.culvert.esp.agent;
