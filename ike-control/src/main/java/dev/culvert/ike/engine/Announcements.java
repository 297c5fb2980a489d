package dev.culvert.ike.engine;

import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.session.ChildRequest;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Redirection;
import dev.culvert.ike.session.Session;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Tells a listener what happens to SAs, once the input that is being handled has been. */
final class Announcements {
    /** Hears what happens to SAs; called when the input is handled, not in the middle of it. */
    interface Listener {
        void childUp(ChildKey key);

        void childFailed(ChildKey key, String reason);

        void childDown(ChildKey key, ChildSa child, EndCause cause);

        void sessionDown(Session session, EndCause cause, String reason, boolean wasConnecting);

        void restartChild(ChildKey key);

        void redirected(
                ConnectionConfig connection,
                Map<String, ChildRequest> children,
                Redirection redirection);
    }

    private final EngineCore core;
    private Optional<Listener> listener = Optional.empty();

    Announcements(EngineCore core) {
        this.core = core;
    }

    void setListener(Listener newListener) {
        listener = Optional.of(newListener);
    }

    void childUp(Session session, ChildSa child) {
        tellOfChild(session, child.name(), Listener::childUp);
    }

    void childFailed(Session session, String child, String reason) {
        tellOfChild(session, child, (to, key) -> to.childFailed(key, reason));
    }

    void childDown(Session session, ChildSa child, EndCause cause) {
        tellOfChild(session, child.name(), (to, key) -> to.childDown(key, child, cause));
    }

    void sessionDown(Session session, EndCause cause, String reason, boolean wasConnecting) {
        tell(to -> to.sessionDown(session, cause, reason, wasConnecting));
    }

    void restartChild(String connection, String child) {
        tell(to -> to.restartChild(new ChildKey(connection, child)));
    }

    /** The children that the IKE SA has, or was to have; it no longer is to have them. */
    void redirected(Session session, Redirection redirection) {
        ConnectionConfig connection = session.connection().orElseThrow();
        Map<String, ChildRequest> children = new LinkedHashMap<>();
        for (ChildSa child : session.children()) {
            if (child.isCurrent()) {
                children.put(child.name(), new ChildRequest(child.config(), Optional.empty()));
            }
        }
        children.putAll(session.pendingChildren());
        session.pendingChildren().clear();
        tell(to -> to.redirected(connection, children, redirection));
    }

    private void tellOfChild(Session session, String child, BiConsumer<Listener, ChildKey> what) {
        core.touch(session);
        ChildKey key = new ChildKey(session.connectionName().orElse(""), child);
        tell(to -> what.accept(to, key));
    }

    private void tell(Consumer<Listener> what) {
        listener.ifPresent(to -> core.defer(() -> what.accept(to)));
    }
}
