package dev.culvert.ike.session;

import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.wire.Bytes;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Tickets for IKE SAs that may be lost (RFC 5723): those given to peers, and those that peers gave
 * us. A ticket is a reference, good once; what it stands for stays here, and goes with the engine.
 * In TICKET_LT_OPAQUE (section 7.1) it comes as
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Lifetime (in seconds)                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                            Ticket                             ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class Tickets {
    private static final int TICKET_BYTES = 32;
    private static final int LIFETIME_BYTES = 4;
    private static final long SECOND_NS = 1_000_000_000L;

    /**
     * What a ticket stands for.
     *
     * @param value as it goes over the wire
     * @param originId number of the IKE SA that it was given on, or of that one's first predecessor
     * @param connection the connection's name
     * @param expiresNs when it is no longer good, in nanoseconds
     */
    public record Ticket(
            Bytes value,
            int originId,
            String connection,
            Identity localId,
            Identity remoteId,
            IkeSuite suite,
            SecretBytes skD,
            long expiresNs) {
        @Override
        public String toString() {
            return "Ticket[" + connection + "]";
        }
    }

    private final Services services;
    private final Map<Bytes, Ticket> granted = new LinkedHashMap<>();
    private final Map<String, Ticket> received = new HashMap<>();

    /** Without any. */
    public Tickets(Services services) {
        this.services = services;
    }

    /** Whether tickets are in use at all. */
    public boolean enabled() {
        return services.settings().resumption().enabled();
    }

    /** Gives the peer of an established IKE SA a ticket; the notification to send. */
    public Payload.Notify grant(Session session) {
        removeExpired();
        long lifetimeNs = lifetimeNs(session);
        Bytes value = Bytes.of(services.random().bytes(TICKET_BYTES));
        granted.put(value, ticket(session, value, services.nowNs() + lifetimeNs));
        services.counters().increment(Counter.TICKETS_GRANTED);
        byte[] data = new byte[LIFETIME_BYTES + TICKET_BYTES];
        Bytes.ofInt((int) Math.min(Integer.MAX_VALUE, lifetimeNs / SECOND_NS)).copyTo(data, 0);
        value.copyTo(data, LIFETIME_BYTES);
        return Payload.Notify.of(NotifyType.TICKET_LT_OPAQUE, Bytes.of(data));
    }

    /** As set, but no longer than the authentication is good for (section 6.2). */
    private long lifetimeNs(Session session) {
        long longest = services.settings().resumption().lifetimeNs();
        long reauthNs = session.connection().orElseThrow().reauthNs().soft();
        return reauthNs == 0 ? longest : Math.min(longest, reauthNs);
    }

    /** A ticket that was given to a peer, and is still good. */
    public Optional<Ticket> find(Bytes value) {
        return Optional.ofNullable(granted.get(value))
                .filter(ticket -> ticket.expiresNs() > services.nowNs());
    }

    /** Uses a ticket of a peer up. */
    public void use(Ticket ticket) {
        Ticket used = granted.remove(ticket.value());
        if (used != null) {
            used.skD().destroy();
        }
    }

    /** Keeps the ticket that a peer sent on an established IKE SA, in place of the one before. */
    public void receive(Session session, Payload.Notify notify) {
        if (notify.data().lengthBytes() <= LIFETIME_BYTES) {
            return;
        }
        long lifetimeNs = notify.data().slice(0, LIFETIME_BYTES).toUnsignedLong() * SECOND_NS;
        Bytes value = notify.data().slice(LIFETIME_BYTES, notify.data().lengthBytes());
        String connection = session.connectionName().orElseThrow();
        forget(connection);
        received.put(connection, ticket(session, value, services.nowNs() + lifetimeNs));
    }

    /** Takes the ticket for a connection out, if there is one that is good; the taker wipes it. */
    public Optional<Ticket> take(String connection) {
        Optional<Ticket> ticket = Optional.ofNullable(received.remove(connection));
        if (ticket.filter(t -> t.expiresNs() <= services.nowNs()).isPresent()) {
            ticket.get().skD().destroy();
            return Optional.empty();
        }
        return ticket;
    }

    /** Forgets the ticket for a connection. */
    public void forget(String connection) {
        Ticket old = received.remove(connection);
        if (old != null) {
            old.skD().destroy();
        }
    }

    private static Ticket ticket(Session session, Bytes value, long expiresNs) {
        return new Ticket(
                value,
                session.lineage().originId(),
                session.connectionName().orElseThrow(),
                session.localId().orElseThrow(),
                session.remoteId().orElseThrow(),
                session.suite().orElseThrow(),
                session.keys().orElseThrow().skD().copy(),
                expiresNs);
    }

    /** The oldest come first; one with a shorter lifetime may wait behind a few others. */
    private void removeExpired() {
        Iterator<Ticket> oldest = granted.values().iterator();
        while (oldest.hasNext()) {
            Ticket ticket = oldest.next();
            boolean full = granted.size() >= services.settings().resumption().ticketLimit();
            if (!full && ticket.expiresNs() > services.nowNs()) {
                return;
            }
            ticket.skD().destroy();
            oldest.remove();
        }
    }
}
