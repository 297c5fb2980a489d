package dev.culvert.ike.exchange;

import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.proposal.Transform;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which connection an authenticated peer belongs to: by addresses, then identities, then
 * algorithms.
 */
final class ConnectionChoice {
    private ConnectionChoice() {}

    /** How a connection did. */
    record Candidate(ConnectionConfig connection, Optional<String> obstacle, int quality) {}

    /**
     * Judges all connections that fit the addresses.
     *
     * @param byAddress those, the best first
     * @param remoteId who the peer says it is
     * @param wantedLocalId who the peer wants to talk to, if it says so
     * @param suite what was agreed in IKE_SA_INIT
     * @return the suitable ones first, the best of them at the front
     */
    static List<Candidate> judge(
            List<ConnectionConfig> byAddress,
            InetAddress local,
            Identity remoteId,
            Optional<Identity> wantedLocalId,
            IkeSuite suite) {
        List<Candidate> candidates = new ArrayList<>();
        for (ConnectionConfig connection : byAddress) {
            candidates.add(judge(connection, local, remoteId, wantedLocalId, suite));
        }
        candidates.sort(
                Comparator.comparing((Candidate c) -> c.obstacle().isPresent())
                        .thenComparing(Comparator.comparingInt(Candidate::quality).reversed()));
        return candidates;
    }

    private static Candidate judge(
            ConnectionConfig connection,
            InetAddress local,
            Identity remoteId,
            Optional<Identity> wantedLocalId,
            IkeSuite suite) {
        Identity localId = Credentials.localId(connection, local);
        Optional<String> obstacle = Optional.empty();
        if (!remoteId.matches(connection.remoteId())) {
            obstacle =
                    Optional.of(
                            "remote.id "
                                    + connection.remoteId().text()
                                    + " does not match "
                                    + remoteId.text());
        } else if (wantedLocalId.filter(wanted -> !wanted.matches(localId)).isPresent()) {
            obstacle =
                    Optional.of(
                            "local.id "
                                    + localId.text()
                                    + " is not the "
                                    + wantedLocalId.get().text()
                                    + " that the peer asks for");
        } else if (!allows(connection, suite)) {
            obstacle = Optional.of("proposals do not allow " + suite.displayName());
        }
        return new Candidate(connection, obstacle, quality(connection));
    }

    private static int quality(ConnectionConfig connection) {
        if (connection.remoteId() instanceof Identity.Any) {
            return 0;
        }
        return Credentials.isConcrete(connection.remoteId()) ? 2 : 1;
    }

    private static boolean allows(ConnectionConfig connection, IkeSuite suite) {
        return connection.proposals().stream().anyMatch(proposal -> allows(proposal, suite));
    }

    private static boolean allows(Proposal proposal, IkeSuite suite) {
        List<Transform> transforms = proposal.transforms();
        return transforms.contains(
                        new Transform.Encryption(suite.encryption(), suite.keyLengthBits()))
                && transforms.contains(new Transform.Prf(suite.prf()))
                && transforms.contains(new Transform.KeyExchange(suite.keyExchange()))
                && suite.integrity()
                        .map(integrity -> transforms.contains(new Transform.Integrity(integrity)))
                        .orElse(true);
    }
}
