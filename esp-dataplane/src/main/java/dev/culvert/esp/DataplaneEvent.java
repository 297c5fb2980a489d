package dev.culvert.esp;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** What the dataplane tells the control plane. Read through {@link DataplaneControl#pollEvents}. */
public sealed interface DataplaneEvent {

    /**
     * A packet waits for an SA. Raised for the first packet of a policy, and again while packets
     * keep coming without an SA, at most once in the configured interval.
     *
     * @param policyId the {@link PolicyAction#TRAP} policy
     * @param source inner source address
     * @param destination inner destination address
     * @param protocol inner protocol
     * @param sourcePort 0 to 65535; 0 when there is none (ICMP: type and code, as in {@link
     *     Selector})
     * @param destinationPort 0 to 65535; 0 when there is none
     */
    record Acquire(
            long policyId,
            InetAddress source,
            InetAddress destination,
            int protocol,
            int sourcePort,
            int destinationPort)
            implements DataplaneEvent {}

    /**
     * Packets that waited for an SA were dropped, because none came in time.
     *
     * @param policyId the policy
     * @param packets how many
     */
    record AcquireExpired(long policyId, int packets) implements DataplaneEvent {}

    /** A soft limit was reached: time to rekey. Once per SA. */
    record SoftLimit(long childId, int spi, Direction direction) implements DataplaneEvent {}

    /**
     * A hard limit was reached, or the sequence numbers are used up: the SA carries nothing more.
     * Once per SA.
     */
    record HardLimit(long childId, int spi, Direction direction) implements DataplaneEvent {}

    /**
     * An authenticated packet, new to the replay window, came from another address than the SA's.
     * The dataplane goes on sending to the old one until {@link DataplaneCommand.UpdatePath}.
     *
     * @param childId the child
     * @param spi the inbound SPI
     * @param newRemote where the packet came from
     */
    record PeerMoved(long childId, int spi, InetSocketAddress newRemote)
            implements DataplaneEvent {}

    /**
     * An offload turned out not to work, and is no longer used in whole or in part. Nothing was
     * lost by it.
     *
     * @param status what is left of it, and why
     */
    record OffloadReduced(OffloadStatus status) implements DataplaneEvent {}

    /** An IKE message arrived on an ESP port (RFC 3948 2.2). */
    final class IkeDatagram implements DataplaneEvent {

        private final InetSocketAddress local;
        private final InetSocketAddress remote;
        private final byte[] message;

        /**
         * Copies the message.
         *
         * @param local the address and port that it was sent to
         * @param remote the sender
         * @param message the message without the non-ESP marker
         */
        public IkeDatagram(InetSocketAddress local, InetSocketAddress remote, byte[] message) {
            this.local = local;
            this.remote = remote;
            this.message = message.clone();
        }

        /** The address and port that it was sent to. */
        public InetSocketAddress local() {
            return local;
        }

        /** The sender. */
        public InetSocketAddress remote() {
            return remote;
        }

        /** A copy of the message, without the non-ESP marker. */
        public byte[] message() {
            return message.clone();
        }

        @Override
        public String toString() {
            return "IkeDatagram[" + remote + " to " + local + ", " + message.length + " bytes]";
        }
    }
}
