package dev.culvert.ike.session;

import dev.culvert.ike.CryptoJob;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.crypto.IkeKeys;
import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.lease.LeaseBook;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** What an IKE SA needs of the engine around it. */
public interface Services {
    /** The time of the input that is being handled, in nanoseconds. */
    long nowNs();

    /** The engine's randomness. */
    RandomSource random();

    /** The engine's settings. */
    EngineSettings settings();

    /** The engine's counters. */
    Counters counters();

    /** Notes that an IKE SA's deadlines may have changed. */
    void touch(Session session);

    /** Gives an output to the host. */
    void emit(EngineOutput output);

    /**
     * Starts a job; its result is handed over only if the IKE SA still exists then.
     *
     * @param then takes the result, which is its own to wipe
     */
    void startCrypto(Session session, CryptoJob job, Consumer<KeResult> then);

    /** Looks up a host name; an empty list means that it has no address. */
    void resolveName(Session session, String name, Consumer<List<InetAddress>> then);

    /** Looks up this host's source address towards a peer. */
    void resolveSource(Session session, InetAddress remote, Consumer<List<InetAddress>> then);

    /** This host's addresses, as it told last; empty if it never did. */
    List<InetAddress> localAddresses();

    /** The other IKE SAs that came of the same first one by rekeying. */
    List<Session> relativesOf(Session session);

    /** An SPI that no SA of this engine receives on; {@link #releaseSpi} gives it back. */
    int allocateSpi();

    /** Gives an SPI back. */
    void releaseSpi(int spi);

    /**
     * Has child SAs of the same child on other IKE SAs begin to send, if they wait for this one to
     * go.
     */
    void handOver(Session session, ChildSa child);

    /**
     * Takes a child SA out of the dataplane and gives its SPI back. One that was replaced goes on
     * receiving for a while, because the network may change the order of packets.
     */
    void uninstall(ChildSa child, EndCause cause);

    /** An SPI that no IKE SA of this engine has. */
    long allocateIkeSpi();

    /** A number for a child SA. */
    long nextChildSaId();

    /** A number for a child SA that operators use. */
    int nextChildUniqueId();

    /** The reqid of a child: the same over rekeys. */
    int reqid(String connection, ChildConfig child);

    /** The pre-shared key that fits two identities best. */
    Optional<SecretBytes> sharedSecret(Identity local, Identity remote);

    /** The connections that fit a path, the best first. */
    List<ConnectionConfig> connectionsFor(InetAddress local, InetAddress remote);

    /** The IKE SAs, other than this one, that are established between the same identities. */
    List<Session> duplicatesOf(Session session);

    /**
     * Whether another IKE SA between the same identities is up, or about to be: then this one must
     * not claim to be the only one (INITIAL_CONTACT).
     *
     * @param local this side's identity
     * @param remote whom this side expects
     */
    boolean hasOtherWith(Session session, Identity local, Identity remote);

    /** The leases of virtual addresses. */
    LeaseBook leases();

    /**
     * The virtual addresses that this side has from the peer of a connection, on any IKE SA; with
     * none up, those that it had last.
     */
    List<IpAddress> virtualIpsOf(ConnectionConfig connection);

    /** Remembers which virtual addresses the peer of a connection has assigned. */
    void noteVirtualIps(ConnectionConfig connection, List<IpAddress> addresses);

    /**
     * Takes the ticket that an IKE SA that begins may be resumed with: only if its connection has
     * no other one that is up, as then it is meant to begin afresh.
     */
    Optional<Tickets.Ticket> ticketFor(Session session);

    /** Tickets for IKE SAs that may be lost. */
    Tickets tickets();

    /** How many IKE SAs there are. */
    int ikeSas();

    /** Both sides are authenticated now. */
    void established(Session session);

    /** A child SA is installed in both directions, or as far as it can be yet. */
    void childUp(Session session, ChildSa child);

    /** A child that was asked for could not be set up. */
    void childFailed(Session session, String child, String reason);

    /** A child SA is gone. */
    void childDown(Session session, ChildSa child, EndCause cause);

    /**
     * An IKE SA is gone; it may linger to answer retransmissions.
     *
     * @param wasConnecting whether it was never established
     */
    void sessionDown(Session session, EndCause cause, String reason, boolean wasConnecting);

    /** Makes the IKE SA that takes over from another; the keys go over to it. */
    Session successor(
            Session old,
            boolean initiator,
            long localSpi,
            long remoteSpi,
            IkeSuite suite,
            IkeKeys keys);

    /**
     * Sets up again, at another gateway, all children that an IKE SA has, or is to have; it no
     * longer is to have them.
     */
    void redirected(Session session, Redirection redirection);

    /**
     * The token by which this host, after a crash, shows the peer that it has lost an IKE SA (RFC
     * 6290); empty when it keeps no secret for it.
     */
    Optional<Bytes> crashToken(long initiatorSpi, long responderSpi);

    /** The IKE SAs whose place this one is to take. */
    List<Session> renewedBy(Session session);

    /** Asks for a child SA from the start, on whatever IKE SA is there. */
    void restartChild(String connection, String child);
}
