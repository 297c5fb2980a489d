package dev.culvert.ike;

import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.lease.SavedLease;
import dev.culvert.ike.ts.TrafficSelector;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Everything that the engine can be told. */
public sealed interface EngineInput {

    /**
     * An IKE message arrived.
     *
     * @param local the address and port it was sent to
     * @param remote the address and port it came from
     * @param message the IKE message, without a non-ESP marker
     */
    record Datagram(InetSocketAddress local, InetSocketAddress remote, byte[] message)
            implements EngineInput {
        public Datagram {
            message = message.clone();
        }

        @Override
        public byte[] message() {
            return message.clone();
        }
    }

    /** Time has come to look at the timers. */
    record Tick() implements EngineInput {}

    /**
     * A job of {@link EngineOutput.StartCrypto} ended.
     *
     * @param jobId the job's number; one that the engine no longer waits for is ignored
     * @param result what came of it
     */
    record CryptoDone(long jobId, CryptoResult result) implements EngineInput {}

    /**
     * A name of {@link EngineOutput.ResolveName} was looked up.
     *
     * @param jobId the request's number
     * @param addresses what was found, in order of preference; empty when nothing was
     */
    record NameResolved(long jobId, List<InetAddress> addresses) implements EngineInput {
        public NameResolved {
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * The host's addresses or routes are others than before; to be told once before the first
     * connection begins, too.
     *
     * @param localAddresses all addresses that this host can send IKE from, without loopback,
     *     link-local and virtual ones
     */
    record NetworkChanged(List<InetAddress> localAddresses) implements EngineInput {
        public NetworkChanged {
            localAddresses = List.copyOf(localAddresses);
        }
    }

    /** Something that an operator, or the configuration, asks for. */
    sealed interface Command extends EngineInput {

        /**
         * Replaces the configuration. Security associations of connections that are gone or changed
         * stay until they end; the {@code start} actions of new connections are carried out.
         */
        record Configure(EngineConfig config) implements Command {}

        /**
         * Has peers find the virtual addresses again that they had in an earlier run; the next
         * {@link Configure} takes those that its pools contain.
         *
         * @param leases as {@link IkeEngine#leases} gave them
         */
        record RestoreLeases(List<SavedLease> leases) implements Command {
            public RestoreLeases {
                leases = List.copyOf(leases);
            }
        }

        /**
         * Sets up a child SA, and an IKE SA for it where none is up.
         *
         * @param requestId comes back in {@link EngineOutput.CommandDone}
         * @param connection the connection's name; empty: the first connection that has the child
         * @param child the child's name; empty: all of the connection's children
         */
        record Initiate(long requestId, Optional<String> connection, Optional<String> child)
                implements Command {}

        /**
         * Deletes SAs. At least one of the filters is present; all that are present must match.
         *
         * @param requestId comes back in {@link EngineOutput.CommandDone}, when the peer has
         *     answered or was given up
         * @param ike name of a connection
         * @param child name of a child
         * @param ikeId unique number of an IKE SA
         * @param childId unique number of a child SA
         * @param force do not wait for the peer
         */
        record Terminate(
                long requestId,
                Optional<String> ike,
                Optional<String> child,
                OptionalInt ikeId,
                OptionalInt childId,
                boolean force)
                implements Command {}

        /**
         * Sends peers of established IKE SAs to another gateway (RFC 5685). All filters that are
         * present must match.
         *
         * @param requestId comes back in {@link EngineOutput.CommandDone}, at once
         * @param ike name of a connection
         * @param ikeId unique number of an IKE SA
         * @param peerAddresses which addresses of the peer
         * @param peerId pattern of the peer's identity
         * @param gateway an address or a host name
         */
        record Redirect(
                long requestId,
                Optional<String> ike,
                OptionalInt ikeId,
                Optional<AddressSpec> peerAddresses,
                Optional<Identity> peerId,
                String gateway)
                implements Command {}

        /**
         * Rekeys SAs. At least one of the filters is present; all that are present must match. With
         * {@code child} or {@code childId} child SAs are rekeyed, else IKE SAs.
         *
         * @param requestId comes back in {@link EngineOutput.CommandDone}, when the rekeying has
         *     begun
         * @param ike name of a connection
         * @param child name of a child
         * @param ikeId unique number of an IKE SA
         * @param childId unique number of a child SA
         * @param reauth make IKE SAs anew, with authentication, instead
         */
        record Rekey(
                long requestId,
                Optional<String> ike,
                Optional<String> child,
                OptionalInt ikeId,
                OptionalInt childId,
                boolean reauth)
                implements Command {}

        /**
         * Deletes all SAs at their peers and takes no new ones.
         *
         * @param requestId comes back in {@link EngineOutput.CommandDone}, when all are gone or the
         *     short wait for it ended
         */
        record Shutdown(long requestId) implements Command {}
    }

    /** Something that the dataplane noticed. */
    sealed interface DataplaneEvent extends EngineInput {

        /**
         * A packet matched a trap policy that has no SA yet.
         *
         * @param connection the connection's name
         * @param child the child's name
         * @param source the packet's source as a selector of one address, protocol and port
         * @param destination likewise its destination
         */
        record Acquire(
                String connection,
                String child,
                TrafficSelector source,
                TrafficSelector destination)
                implements DataplaneEvent {}

        /** A child SA passed its soft limit of bytes or packets. */
        record SoftLimit(long childSaId) implements DataplaneEvent {}

        /**
         * A child SA reached its hard limit of bytes, packets or sequence numbers; it carries
         * nothing any more.
         */
        record HardLimit(long childSaId) implements DataplaneEvent {}

        /**
         * An authenticated ESP packet came from a new address or port.
         *
         * @param childSaId the child SA's number
         * @param remote where the packet came from
         */
        record PeerMoved(long childSaId, InetSocketAddress remote) implements DataplaneEvent {}

        /**
         * A child SA carried traffic. The host reports this at most once a second for each SA, and
         * only for those whose counters changed.
         *
         * @param childSaId the child SA's number
         * @param lastInboundNs when the last authenticated packet came in, in nanoseconds of the
         *     host's monotonic time; 0 for never
         * @param lastOutboundNs when the last packet went out, likewise
         */
        record SaUse(long childSaId, long lastInboundNs, long lastOutboundNs)
                implements DataplaneEvent {}
    }
}
