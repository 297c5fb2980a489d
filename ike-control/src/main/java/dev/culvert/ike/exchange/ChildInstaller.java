package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineEvent.KeyFile;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.EngineOutput.ChildSaParameters;
import dev.culvert.ike.EngineSnapshot.ChildState;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.crypto.ChildKeys;
import dev.culvert.ike.crypto.KeyDerivation;
import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.crypto.WiresharkKeys;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.ChildTimer;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.Path;
import dev.culvert.ike.session.Services;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.Snapshots;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Turns terms into installed SAs: inbound before the peer can send, outbound when the peer can
 * receive.
 */
final class ChildInstaller {
    private ChildInstaller() {}

    /**
     * What the keys are made from.
     *
     * @param sharedSecret of the child's own key exchange, wiped here
     * @param nonceI of the exchange's initiator
     * @param nonceR of its responder
     * @param weInitiated whether this side started the exchange
     */
    record KeySources(
            Optional<SecretBytes> sharedSecret, Bytes nonceI, Bytes nonceR, boolean weInitiated) {}

    /** Installs the inbound side; the outbound side is kept for {@link #installOutbound}. */
    static ChildSa installInbound(Session session, ChildTerms terms, KeySources sources) {
        Services services = session.services();
        ChildKeys keys =
                KeyDerivation.childKeys(
                        session.suite().orElseThrow().prf(),
                        session.keys().orElseThrow().skD(),
                        terms.suite(),
                        sources.sharedSecret(),
                        sources.nonceI(),
                        sources.nonceR());
        sources.sharedSecret().ifPresent(SecretBytes::destroy);
        boolean weInitiated = sources.weInitiated();
        SecretBytes inEncryption =
                weInitiated ? keys.encryptionResponder() : keys.encryptionInitiator();
        SecretBytes inIntegrity =
                weInitiated ? keys.integrityResponder() : keys.integrityInitiator();
        SecretBytes outEncryption =
                weInitiated ? keys.encryptionInitiator() : keys.encryptionResponder();
        SecretBytes outIntegrity =
                weInitiated ? keys.integrityInitiator() : keys.integrityResponder();
        ChildSaParameters parameters = parameters(session, terms);
        ChildSa child =
                new ChildSa(
                        parameters,
                        services.nextChildUniqueId(),
                        terms.spiIn(),
                        terms.spiOut(),
                        services.nowNs());
        session.children().add(child);
        setTimers(services, child);
        exportKeys(session, child.spiIn(), terms, true, inEncryption, inIntegrity);
        exportKeys(session, child.spiOut(), terms, false, outEncryption, outIntegrity);
        child.holdOutbound(
                new EngineOutput.InstallOutbound(
                        parameters, terms.spiOut(), outEncryption, outIntegrity));
        services.emit(
                new EngineOutput.InstallInbound(
                        parameters, terms.spiIn(), inEncryption, inIntegrity));
        return child;
    }

    /** Installs the outbound side, if it was kept until now, and tells that the child is up. */
    static void installOutbound(Session session, ChildSa child) {
        Optional<EngineOutput.InstallOutbound> outbound = child.takeOutbound();
        if (outbound.isEmpty()) {
            return;
        }
        Services services = session.services();
        // It may have waited while the path became another one.
        Path path = path(session);
        services.emit(
                new EngineOutput.InstallOutbound(
                        outbound.get().parameters().withPath(path.local(), path.remote()),
                        outbound.get().spi(),
                        outbound.get().encryptionKey(),
                        outbound.get().integrityKey()));
        child.setState(ChildState.INSTALLED);
        services.counters().increment(Counter.CHILD_SAS_ESTABLISHED);
        services.emit(
                new EngineOutput.Notify(
                        new EngineEvent.ChildUp(Snapshots.of(session), Snapshots.of(child))));
        services.childUp(session, child);
    }

    private static Path path(Session session) {
        return session.mobility().childPath().orElse(session.path());
    }

    private static ChildSaParameters parameters(Session session, ChildTerms terms) {
        Path path = path(session);
        String connection = session.connection().orElseThrow().name();
        return new ChildSaParameters(
                session.services().nextChildSaId(),
                connection,
                terms.config(),
                session.services().reqid(connection, terms.config()),
                terms.suite(),
                terms.localSelectors(),
                terms.remoteSelectors(),
                path.local(),
                path.remote(),
                path.peerMayMove());
    }

    private static void setTimers(Services services, ChildSa child) {
        long nowNs = services.nowNs();
        Lifetime life = child.config().timeNs();
        if (life.soft() > 0) {
            child.timers().set(ChildTimer.SOFT, nowNs + softNs(life, services.random()));
        }
        if (life.hard() > 0) {
            child.timers().set(ChildTimer.HARD, nowNs + life.hard());
        }
        if (child.config().inactivityNs() > 0) {
            child.timers().set(ChildTimer.INACTIVITY, nowNs + child.config().inactivityNs());
        }
    }

    /** A soft limit with its random part taken off. */
    static long softNs(Lifetime life, RandomSource random) {
        long off = life.random() == 0 ? 0 : Math.floorMod(random.nextLong(), life.random() + 1);
        return Math.max(1, life.soft() - off);
    }

    private static void exportKeys(
            Session session,
            int spi,
            ChildTerms terms,
            boolean inbound,
            SecretBytes encryption,
            SecretBytes integrity) {
        if (!session.services().settings().exportKeys()) {
            return;
        }
        InetSocketAddress local = session.path().local();
        InetSocketAddress remote = session.path().remote();
        IpAddress source = IpAddress.of((inbound ? remote : local).getAddress());
        IpAddress destination = IpAddress.of((inbound ? local : remote).getAddress());
        session.services()
                .emit(
                        new EngineOutput.Notify(
                                new EngineEvent.KeyMaterial(
                                        session.connectionName(),
                                        KeyFile.ESP_SA,
                                        WiresharkKeys.espLine(
                                                source,
                                                destination,
                                                spi,
                                                terms.suite(),
                                                encryption,
                                                integrity))));
    }
}
