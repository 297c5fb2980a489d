package dev.culvert.ike.engine;

import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All IKE SAs: by number, by our SPI, and those that are half open by their first message. */
final class SessionTable {
    /** What the gate has to give back when a peer that began has finished, or is given up. */
    record HalfOpen(InetAddress source, boolean proven, Bytes firstMessage) {}

    private final Map<Integer, Session> byId = new LinkedHashMap<>();
    private final Map<Long, Session> bySpi = new HashMap<>();
    private final Map<Bytes, Session> byFirstMessage = new HashMap<>();
    private final Map<Integer, HalfOpen> halfOpen = new HashMap<>();

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
}
