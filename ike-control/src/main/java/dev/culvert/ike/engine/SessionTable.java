package dev.culvert.ike.engine;

import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All IKE SAs: by number, by our SPI, and those that are half open by their first message; and how
 * they stand to each other.
 */
final class SessionTable {
    /** What the gate has to give back when a peer that began has finished, or is given up. */
    record HalfOpen(InetAddress source, boolean proven, Bytes firstMessage) {}

    private final Map<Integer, Session> byId = new LinkedHashMap<>();
    private final Map<Long, Session> bySpi = new HashMap<>();
    private final Map<Bytes, Session> byFirstMessage = new HashMap<>();
    private final Map<Integer, HalfOpen> halfOpen = new HashMap<>();
    private final Map<Long, Session> childOwners = new HashMap<>();

    void add(Session session) {
        byId.put(session.uniqueId(), session);
        bySpi.put(session.localSpi(), session);
    }

    void addHalfOpen(Session session, HalfOpen entry) {
        add(session);
        halfOpen.put(session.uniqueId(), entry);
        byFirstMessage.put(entry.firstMessage(), session);
    }

    /** Forgets what belonged to the time before a peer was authenticated. */
    Optional<HalfOpen> leaveHalfOpen(Session session) {
        HalfOpen entry = halfOpen.remove(session.uniqueId());
        if (entry == null) {
            return Optional.empty();
        }
        byFirstMessage.remove(entry.firstMessage(), session);
        return Optional.of(entry);
    }

    void remove(Session session) {
        byId.remove(session.uniqueId());
        bySpi.remove(session.localSpi(), session);
    }

    Optional<Session> byId(int uniqueId) {
        return Optional.ofNullable(byId.get(uniqueId));
    }

    Optional<Session> bySpi(long spi) {
        return Optional.ofNullable(bySpi.get(spi));
    }

    Optional<Session> byFirstMessage(Bytes digest) {
        return Optional.ofNullable(byFirstMessage.get(digest));
    }

    boolean isUsedSpi(long spi) {
        return bySpi.containsKey(spi);
    }

    /** A copy, in the order in which they began. */
    List<Session> all() {
        return List.copyOf(byId.values());
    }

    int size() {
        return byId.size();
    }

    /** The IKE SA that has a child SA. */
    Optional<Session> ownerOf(long childSaId) {
        Session known = childOwners.get(childSaId);
        if (known != null && known.child(childSaId).isPresent()) {
            return Optional.of(known);
        }
        Optional<Session> found =
                all().stream().filter(session -> session.child(childSaId).isPresent()).findFirst();
        found.ifPresent(session -> childOwners.put(childSaId, session));
        return found;
    }

    void forgetChild(long childSaId) {
        childOwners.remove(childSaId);
    }

    /** The established IKE SAs of a connection. */
    List<Session> establishedOf(String connection) {
        return all().stream()
                .filter(Session::isEstablished)
                .filter(session -> session.connectionName().equals(Optional.of(connection)))
                .toList();
    }

    /** The established IKE SAs, other than this one, between the same identities. */
    List<Session> duplicatesOf(Session session) {
        return all().stream()
                .filter(other -> other != session && other.isEstablished())
                .filter(other -> other.localId().equals(session.localId()))
                .filter(other -> other.remoteId().equals(session.remoteId()))
                .toList();
    }

    /** Whether another IKE SA between these identities is up, or about to be. */
    boolean hasOtherWith(Session session, Identity local, Identity remote) {
        return all().stream()
                .filter(other -> other != session)
                .filter(other -> other.isEstablished() || other.phase() instanceof Phase.AuthSent)
                .filter(other -> other.localId().equals(Optional.of(local)))
                .anyMatch(other ->
                        other.remoteId()
                                .or(() -> other.connection().map(ConnectionConfig::remoteId))
                                .filter(id -> id.matches(remote) || id.equals(remote))
                                .isPresent());
    }

    /** The IKE SAs that came of the same first one by rekeying, without this one. */
    List<Session> relativesOf(Session session) {
        return all().stream()
                .filter(other -> other != session && !other.isGone())
                .filter(other -> other.lineage().originId() == session.lineage().originId())
                .toList();
    }

    /** The established IKE SAs whose place this one is to take. */
    List<Session> renewedBy(Session session) {
        return all().stream()
                .filter(old -> old.isEstablished())
                .filter(old -> old.lineage().renewal().filter(r -> r == session).isPresent())
                .toList();
    }

    /** How many entries are held to find IKE SAs by. */
    int heldEntries() {
        return byId.size() + childOwners.size();
    }
}
