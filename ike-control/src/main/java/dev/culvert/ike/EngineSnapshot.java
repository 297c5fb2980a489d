package dev.culvert.ike;

import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.EspSuite;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the engine holds at one moment.
 *
 * @param ikeSas all IKE SAs, also those still being set up
 * @param halfOpen how many of them a peer began and has not authenticated yet
 * @param counters the engine's counters by name, such as {@code ike_datagrams_malformed}
 * @param pools of virtual addresses, with their leases
 */
public record EngineSnapshot(
        List<IkeSa> ikeSas, int halfOpen, Map<String, Long> counters, List<Pool> pools) {
    public EngineSnapshot {
        ikeSas = List.copyOf(ikeSas);
        counters = Map.copyOf(counters);
        pools = List.copyOf(pools);
    }

    /** Without pools. */
    public EngineSnapshot(List<IkeSa> ikeSas, int halfOpen, Map<String, Long> counters) {
        this(ikeSas, halfOpen, counters, List.of());
    }

    /**
     * A pool of virtual addresses.
     *
     * @param base the address that the configuration names
     * @param size number of addresses
     * @param online how many of them are in use
     * @param offline how many are kept for identities that are away
     */
    public record Pool(
            String name, IpAddress base, long size, int online, int offline, List<Lease> leases) {
        public Pool {
            leases = List.copyOf(leases);
        }
    }

    /**
     * An address of a pool.
     *
     * @param identity who has it
     * @param online whether that peer is connected
     */
    public record Lease(IpAddress address, Identity identity, boolean online) {}

    /** Life of an IKE SA. */
    public enum IkeState {
        CONNECTING,
        ESTABLISHED,
        REKEYING,
        DELETING
    }

    /** Life of a child SA. */
    public enum ChildState {
        INSTALLING,
        INSTALLED,
        REKEYING,
        REKEYED,
        DELETING
    }

    /**
     * One IKE SA. Times are of the host's monotonic clock.
     *
     * @param uniqueId small number for operators, never used twice in one run
     * @param connection the connection's name; empty string while a responder has not chosen one
     * @param establishedNs when it was established; 0 before
     * @param rekeyNs when it is due for rekeying; 0 for never
     * @param reauthNs when it is due for reauthentication; 0 for never
     * @param natLocal whether this side is behind a NAT
     * @param natRemote whether the peer is
     * @param configured what was agreed in configuration payloads
     * @param mobike whether the two may move to other addresses (RFC 4555)
     * @param peerAddresses where else the peer says it can be reached
     */
    public record IkeSa(
            int uniqueId,
            String connection,
            IkeState state,
            boolean initiator,
            long initiatorSpi,
            long responderSpi,
            InetSocketAddress local,
            InetSocketAddress remote,
            Optional<Identity> localId,
            Optional<Identity> remoteId,
            Optional<IkeSuite> suite,
            boolean natLocal,
            boolean natRemote,
            long establishedNs,
            long rekeyNs,
            long reauthNs,
            List<String> tasksActive,
            List<String> tasksQueued,
            List<ChildSa> children,
            Configured configured,
            boolean mobike,
            List<IpAddress> peerAddresses) {
        public IkeSa {
            tasksActive = List.copyOf(tasksActive);
            tasksQueued = List.copyOf(tasksQueued);
            children = List.copyOf(children);
            peerAddresses = List.copyOf(peerAddresses);
        }
    }

    /**
     * One child SA. Times are of the host's monotonic clock.
     *
     * @param childSaId as in {@link EngineOutput.ChildSaParameters}
     * @param uniqueId small number for operators, never used twice in one run
     * @param spiIn the SPI that this side chose
     * @param spiOut the SPI that the peer chose
     * @param installedNs when it was installed
     * @param rekeyNs when it is due for rekeying; 0 for never
     * @param expiresNs when its life ends; 0 for never
     */
    public record ChildSa(
            long childSaId,
            int uniqueId,
            String name,
            int reqid,
            ChildState state,
            int spiIn,
            int spiOut,
            EspSuite suite,
            List<TrafficSelector> localSelectors,
            List<TrafficSelector> remoteSelectors,
            long installedNs,
            long rekeyNs,
            long expiresNs) {
        public ChildSa {
            localSelectors = List.copyOf(localSelectors);
            remoteSelectors = List.copyOf(remoteSelectors);
        }
    }
}
