package dev.culvert.ike;

import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.proposal.EspSuite;
import dev.culvert.ike.ts.TrafficSelector;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** Everything that the engine can ask of its host. Outputs are carried out in the order given. */
public sealed interface EngineOutput {

    /**
     * Send an IKE message.
     *
     * @param local the address and port to send from; the host picks the socket by its port, and
     *     puts the non-ESP marker in front (RFC 3948 section 2.2) where that is the NAT traversal
     *     port
     * @param remote where to send it
     * @param message the IKE message, without a non-ESP marker
     * @param dscp of the packet, 0 to 63 (RFC 2474)
     */
    record Transmit(InetSocketAddress local, InetSocketAddress remote, byte[] message, int dscp)
            implements EngineOutput {
        public Transmit {
            message = message.clone();
        }

        @Override
        public byte[] message() {
            return message.clone();
        }
    }

    /** Send a NAT keep-alive: one octet 0xFF (RFC 3948 section 2.3). */
    record Keepalive(InetSocketAddress local, InetSocketAddress remote) implements EngineOutput {}

    /**
     * What both directions of a child SA share.
     *
     * @param childSaId number of the pair of SAs, never used twice in one run
     * @param connection the connection's name
     * @param child the child's configuration
     * @param reqid the number that stays the same over rekeys
     * @param suite algorithms and whether sequence numbers are extended
     * @param localSelectors what this side's inner addresses may be, after narrowing
     * @param remoteSelectors what the peer's inner addresses may be, after narrowing
     * @param local this side's outer address and port
     * @param remote the peer's outer address and port
     * @param peerMayMove whether an authenticated packet from a new address means that a NAT
     *     changed its mapping (RFC 7296 section 2.23)
     */
    record ChildSaParameters(
            long childSaId,
            String connection,
            ChildConfig child,
            int reqid,
            EspSuite suite,
            List<TrafficSelector> localSelectors,
            List<TrafficSelector> remoteSelectors,
            InetSocketAddress local,
            InetSocketAddress remote,
            boolean peerMayMove) {
        public ChildSaParameters {
            localSelectors = List.copyOf(localSelectors);
            remoteSelectors = List.copyOf(remoteSelectors);
        }

        /** The same with other outer addresses. */
        public ChildSaParameters withPath(InetSocketAddress newLocal, InetSocketAddress newRemote) {
            return new ChildSaParameters(
                    childSaId,
                    connection,
                    child,
                    reqid,
                    suite,
                    localSelectors,
                    remoteSelectors,
                    newLocal,
                    newRemote,
                    peerMayMove);
        }
    }

    /**
     * Be ready to receive on an SA.
     *
     * @param parameters of the child SA
     * @param spi the SPI that this side chose
     * @param encryptionKey with the salt at its end where the algorithm has one; the host destroys
     *     it once installed
     * @param integrityKey empty for AEAD algorithms; likewise
     */
    record InstallInbound(
            ChildSaParameters parameters,
            int spi,
            SecretBytes encryptionKey,
            SecretBytes integrityKey)
            implements EngineOutput {}

    /**
     * Send on an SA from now on. A child SA that replaces another of the same connection, name and
     * reqid takes over its traffic.
     *
     * @param parameters of the child SA
     * @param spi the SPI that the peer chose
     * @param encryptionKey with the salt at its end where the algorithm has one; the host destroys
     *     it once installed
     * @param integrityKey empty for AEAD algorithms; likewise
     */
    record InstallOutbound(
            ChildSaParameters parameters,
            int spi,
            SecretBytes encryptionKey,
            SecretBytes integrityKey)
            implements EngineOutput {}

    /**
     * Send nothing more on a child SA that was replaced, but go on receiving on it until {@link
     * RemoveSa}: packets may still be under way. Without an outbound SA it changes nothing.
     */
    record RemoveOutbound(long childSaId) implements EngineOutput {}

    /** Remove both directions of a child SA, whichever of them are installed. */
    record RemoveSa(long childSaId, SaRemoval reason) implements EngineOutput {}

    /** Why a child SA goes. */
    enum SaRemoval {
        /** The peer or an operator deleted it. */
        DELETED,
        /** Another took its place. */
        REPLACED,
        /** It reached the end of its life. */
        EXPIRED,
        /** The peer no longer answers. */
        PEER_LOST,
        /** The negotiation failed after it was installed. */
        ABANDONED
    }

    /**
     * Keep a trap policy for a child from now on, because {@code dpd_action} or {@code
     * close_action} asks for it. Traps of {@code start_action} are the host's work when it loads
     * the configuration; having one already is no error.
     *
     * @param connection the connection's name
     * @param child the child's name
     */
    record InstallTrap(String connection, String child) implements EngineOutput {}

    /**
     * Put addresses on the TUN interface, and use name servers, for an IKE SA and those that
     * replace it by rekeying. Comes before the SAs that use the addresses.
     *
     * @param owner a number that {@link Unconfigure} repeats
     * @param connection the connection's name
     * @param configured addresses of which several owners may have the same
     */
    record Configure(int owner, String connection, Configured configured) implements EngineOutput {}

    /** Take back what {@link Configure} asked for. Comes after the removal of the SAs. */
    record Unconfigure(int owner) implements EngineOutput {}

    /** Use other outer addresses for a child SA. */
    record UpdatePath(long childSaId, InetSocketAddress local, InetSocketAddress remote)
            implements EngineOutput {}

    /**
     * Run a job on another thread and bring its result back as {@link EngineInput.CryptoDone}.
     *
     * @param jobId the job's number
     */
    record StartCrypto(long jobId, CryptoJob job) implements EngineOutput {}

    /** Look up a host name and bring the addresses back as {@link EngineInput.NameResolved}. */
    record ResolveName(long jobId, String name) implements EngineOutput {}

    /**
     * A command ended.
     *
     * @param requestId as it came with the command
     * @param error why it failed, as one sentence for the operator; empty on success
     */
    record CommandDone(long requestId, Optional<String> error) implements EngineOutput {}

    /** Something worth telling: a log line, a vici event. */
    record Notify(EngineEvent event) implements EngineOutput {}

    /**
     * Find the source address that this host would use towards a peer, for a connection whose
     * {@code local_addrs} names none; answered by {@link EngineInput.NameResolved} with that one
     * address, or none.
     */
    record ResolveSource(long jobId, InetAddress remote) implements EngineOutput {}
}
