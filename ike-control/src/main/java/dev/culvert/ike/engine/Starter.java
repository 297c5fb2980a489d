package dev.culvert.ike.engine;

import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.exchange.CreateChildExchange;
import dev.culvert.ike.exchange.Exchanges;
import dev.culvert.ike.exchange.InitiatorHandshake;
import dev.culvert.ike.session.Attempt;
import dev.culvert.ike.session.ChildRequest;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.Redirection;
import dev.culvert.ike.session.Session;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Sets up child SAs: on an IKE SA that is up, on one that is on its way, or on a new one. */
final class Starter {
    /** What came of asking. */
    enum Outcome {
        /** It is up already. */
        UP,
        /** It is on its way; whether it gets up is told later. */
        UNDER_WAY
    }

    private final EngineCore core;

    Starter(EngineCore core) {
        this.core = core;
    }

    /** The child's configuration as it is now. */
    Optional<ChildConfig> find(ChildKey key) {
        return connection(key.connection())
                .flatMap(connection ->
                        connection.children().stream()
                                .filter(child -> child.name().equals(key.child()))
                                .filter(child -> child.mode() == ChildConfig.Mode.TUNNEL)
                                .findFirst());
    }

    /** A connection's configuration as it is now. */
    Optional<ConnectionConfig> connection(String name) {
        return core.config().connections().stream().filter(c -> c.name().equals(name)).findFirst();
    }

    /** Asks for a child SA of a child that {@link #find} knows. */
    Outcome start(ChildKey key, Optional<ChildRequest.Trigger> trigger) {
        ConnectionConfig connection = connection(key.connection()).orElseThrow();
        ChildRequest request = new ChildRequest(find(key).orElseThrow(), trigger);
        if (isUp(key)) {
            return Outcome.UP;
        }
        for (Session session : core.table().all()) {
            boolean leaving =
                    session.lineage().renewal().filter(Session::isEstablished).isPresent();
            if (leaving || !session.connection().equals(Optional.of(connection))) {
                continue;
            }
            if (session.isEstablished()) {
                if (!isQueued(session, key.child())) {
                    core.confine(
                            session,
                            () ->
                                    Exchanges.enqueue(
                                            session, new CreateChildExchange(session, request)));
                }
                return Outcome.UNDER_WAY;
            }
            if (session.isConnecting() && session.initiator()) {
                session.pendingChildren().putIfAbsent(key.child(), request);
                return Outcome.UNDER_WAY;
            }
        }
        Map<String, ChildRequest> children = new LinkedHashMap<>();
        children.put(key.child(), request);
        begin(connection, children);
        return Outcome.UNDER_WAY;
    }

    /** Whether the child carries traffic, on whatever IKE SA of its connection. */
    boolean isUp(ChildKey key) {
        return core.table().all().stream()
                .anyMatch(session ->
                        session.isEstablished()
                                && session.connectionName().equals(Optional.of(key.connection()))
                                && session.hasCurrentChild(key.child()));
    }

    /** Begins a new IKE SA at the gateway that another one sent us to. */
    void beginElsewhere(
            ConnectionConfig connection,
            Map<String, ChildRequest> children,
            Redirection redirection) {
        Session session = newSession(connection, children, Attempt.FIRST);
        session.lineage().setRedirection(redirection);
        core.confine(session, () -> InitiatorHandshake.begin(session));
    }

    /**
     * Begins a new IKE SA that is to take another's place, with the same children, as they are
     * configured now.
     */
    Session renew(Session old) {
        ConnectionConfig before = old.connection().orElseThrow();
        ConnectionConfig connection = connection(before.name()).orElse(before);
        Map<String, ChildRequest> children = new LinkedHashMap<>();
        for (ChildSa child : old.children()) {
            if (child.isCurrent()) {
                ChildConfig config =
                        find(new ChildKey(before.name(), child.name())).orElse(child.config());
                children.put(child.name(), new ChildRequest(config, Optional.empty()));
            }
        }
        return begin(connection, children);
    }

    /** Begins a new IKE SA for some children. */
    Session begin(ConnectionConfig connection, Map<String, ChildRequest> children) {
        Session session = newSession(connection, children, Attempt.FIRST);
        core.confine(session, () -> InitiatorHandshake.begin(session));
        return session;
    }

    /**
     * Tries again what an IKE SA could not set up: at the peer's next address, or from the start.
     */
    void beginNext(
            Session failed, ConnectionConfig connection, Map<String, ChildRequest> children) {
        Attempt attempt = failed.lineage().attempt();
        Session session = newSession(connection, children, attempt.next());
        if (attempt.hasOther()) {
            failed.lineage().redirection().ifPresent(session.lineage()::setRedirection);
        }
        core.confine(session, () -> InitiatorHandshake.begin(session));
    }

    private Session newSession(
            ConnectionConfig connection, Map<String, ChildRequest> children, Attempt attempt) {
        Session session =
                core.newInitiator(
                        connection,
                        new InetSocketAddress(unspecifiedLike(connection), connection.localPort()),
                        new InetSocketAddress(
                                unspecifiedLike(connection), connection.remotePort()));
        session.lineage().setAttempt(attempt);
        session.pendingChildren().putAll(children);
        return session;
    }

    private static boolean isQueued(Session session, String child) {
        return session.queue()
                .contains(exchange ->
                        exchange instanceof CreateChildExchange create
                                && create.replaced().isEmpty()
                                && create.childName().equals(child));
    }

    /**
     * Shown in status reports until the addresses are known: the peer's if it is configured, else
     * unspecified.
     */
    private static InetAddress unspecifiedLike(ConnectionConfig connection) {
        for (AddressSpec spec : connection.remoteAddresses()) {
            if (spec instanceof AddressSpec.Single(InetAddress address)) {
                return unspecified(address);
            }
        }
        return dev.culvert.ike.wire.IpAddress.ANY_V4.toInetAddress();
    }

    private static InetAddress unspecified(InetAddress like) {
        return like instanceof java.net.Inet4Address
                ? dev.culvert.ike.wire.IpAddress.ANY_V4.toInetAddress()
                : dev.culvert.ike.wire.IpAddress.ANY_V6.toInetAddress();
    }
}
