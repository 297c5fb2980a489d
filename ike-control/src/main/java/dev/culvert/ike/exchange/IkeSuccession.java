package dev.culvert.ike.exchange;

import dev.culvert.ike.Configured;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.crypto.IkeKeys;
import dev.culvert.ike.crypto.KeyDerivation;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Retransmission;
import dev.culvert.ike.session.Services;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.SessionTimer;
import dev.culvert.ike.session.Snapshots;
import dev.culvert.ike.wire.Bytes;

/** Hands everything that an IKE SA holds to the one that replaces it (RFC 7296 section 2.18). */
final class IkeSuccession {
    private IkeSuccession() {}

    /**
     * What the new keys are made from.
     *
     * @param sharedSecret of the new key exchange, wiped here
     * @param weInitiated whether this side started the rekeying
     */
    record Sources(
            IkeSuite suite,
            SecretBytes sharedSecret,
            Bytes nonceI,
            Bytes nonceR,
            long localSpi,
            long remoteSpi,
            boolean weInitiated) {}

    /** Makes the new IKE SA. The old one keeps nothing but its own deletion. */
    static Session replace(Session old, Sources sources) {
        Session successor = create(old, sources);
        successor.setAnnounced();
        inherit(old, successor);
        retire(old);
        old.services()
                .emit(new EngineOutput.Notify(new EngineEvent.IkeUp(Snapshots.of(successor))));
        return successor;
    }

    /**
     * Makes a new IKE SA that is not needed, because the peer's has taken over: it exists to be
     * deleted.
     */
    static Session redundant(Session old, Sources sources) {
        Session made = create(old, sources);
        retire(made);
        return made;
    }

    private static Session create(Session old, Sources sources) {
        IkeKeys keys =
                KeyDerivation.rekeyedIkeKeys(
                        old.suite().orElseThrow().prf(),
                        old.keys().orElseThrow().skD(),
                        sources.suite(),
                        sources.sharedSecret(),
                        sources.nonceI(),
                        sources.nonceR(),
                        sources.weInitiated() ? sources.localSpi() : sources.remoteSpi(),
                        sources.weInitiated() ? sources.remoteSpi() : sources.localSpi());
        sources.sharedSecret().destroy();
        Session made =
                old.services()
                        .successor(
                                old,
                                sources.weInitiated(),
                                sources.localSpi(),
                                sources.remoteSpi(),
                                sources.suite(),
                                keys);
        made.inheritAuthentication(old);
        return made;
    }

    /** Moves the children, and the exchanges that wait, from one IKE SA to another. */
    static void inherit(Session from, Session to) {
        Services services = from.services();
        boolean moved =
                !from.path().local().equals(to.path().local())
                        || !from.path().remote().equals(to.path().remote());
        for (ChildSa child : from.children()) {
            to.children().add(child);
            if (moved) {
                services.emit(
                        new EngineOutput.UpdatePath(
                                child.childSaId(), to.path().local(), to.path().remote()));
            }
        }
        from.children().clear();
        if (!from.configured().equals(Configured.NOTHING)) {
            to.inheritConfigured(from);
        }
        for (Exchange exchange : from.queue().removeWaiting(exchange -> true)) {
            to.queue().add(rebind(exchange, to));
        }
        services.renewedBy(from).forEach(renewed -> renewed.lineage().setRenewal(to));
        services.touch(from);
        services.touch(to);
    }

    /** An IKE SA that has been replaced, or is redundant, waits for its deletion, but not long. */
    static void retire(Session old) {
        old.setPhase(new Phase.Rekeyed());
        old.timers().cancel(SessionTimer.IKE_SOFT);
        old.timers().cancel(SessionTimer.REAUTH);
        old.timers().cancel(SessionTimer.REAUTH_HARD);
        old.timers().cancel(SessionTimer.SUPERSEDED);
        old.timers().cancel(SessionTimer.LIVENESS);
        old.timers().cancel(SessionTimer.KEEPALIVE);
        old.timers().cancel(SessionTimer.QUEUE_RETRY);
        long patienceNs = Retransmission.totalNs(old.services().settings().retransmit());
        old.timers().set(SessionTimer.IKE_HARD, old.services().nowNs() + patienceNs);
        old.services().touch(old);
    }

    /**
     * The peer deletes the IKE SA that it made to replace another, while our own rekeying of that
     * one is still under way: the peer knows already that ours stays, and we shall know when its
     * answer comes. Until then the children are where they were before.
     */
    static void giveBack(Session redundant) {
        Session old = redundant.lineage().undecidedWith().orElseThrow();
        redundant.lineage().decide();
        inherit(redundant, old);
        old.setPhase(new Phase.Established());
        ConnectionConfig connection = old.connection().orElseThrow();
        long nowNs = old.services().nowNs();
        old.timers().cancel(SessionTimer.IKE_HARD);
        if (connection.rekeyNs().hard() > 0) {
            long hardNs = old.establishedNs() + connection.rekeyNs().hard();
            old.timers().set(SessionTimer.IKE_HARD, Math.max(nowNs, hardNs));
        }
        if (connection.dpdDelayNs() > 0) {
            old.timers().set(SessionTimer.LIVENESS, nowNs + connection.dpdDelayNs());
        }
        if (old.path().natLocal() && old.services().settings().natKeepaliveNs() > 0) {
            old.timers().set(SessionTimer.KEEPALIVE, nowNs);
        }
        old.inheritAuthentication(redundant);
    }

    /** The same exchange on another IKE SA. */
    private static Exchange rebind(Exchange exchange, Session successor) {
        return switch (exchange) {
            case CreateChildExchange create -> create.on(successor);
            case DeleteChildExchange delete -> delete.on(successor);
            case DeleteIkeExchange delete -> delete.on(successor);
            case DisownExchange disown -> disown.on(successor);
            case RedirectExchange redirect -> redirect.on(successor);
            case FinishRenewal _ -> new FinishRenewal(successor);
            case AddressUpdateExchange _ -> new AddressUpdateExchange(successor);
            case AddressListExchange _ -> new AddressListExchange(successor);
            case RoutabilityExchange _ -> new RoutabilityExchange(successor);
            case TokenExchange _ -> new TokenExchange(successor);
            default -> new LivenessExchange(successor);
        };
    }
}
