package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.crypto.IkeKeys;
import dev.culvert.ike.crypto.KeyDerivation;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Retransmission;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.SessionTimer;
import dev.culvert.ike.session.Snapshots;
import dev.culvert.ike.wire.Bytes;
import java.util.List;

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
        Session successor =
                old.services()
                        .successor(
                                old,
                                sources.weInitiated(),
                                sources.localSpi(),
                                sources.remoteSpi(),
                                sources.suite(),
                                keys);
        successor.children().addAll(old.children());
        old.children().clear();
        successor.inheritConfigured(old);
        old.setPhase(new Phase.Rekeyed());
        long nowNs = old.services().nowNs();
        long patienceNs = Retransmission.totalNs(old.services().settings().retransmit());
        old.timers().cancel(SessionTimer.IKE_SOFT);
        old.timers().cancel(SessionTimer.REAUTH);
        old.timers().cancel(SessionTimer.LIVENESS);
        old.timers().cancel(SessionTimer.KEEPALIVE);
        old.timers().cancel(SessionTimer.QUEUE_RETRY);
        old.timers().set(SessionTimer.IKE_HARD, nowNs + patienceNs);
        old.services()
                .emit(new EngineOutput.Notify(new EngineEvent.IkeUp(Snapshots.of(successor))));
        List<Exchange> waiting = old.queue().removeWaiting(exchange -> true);
        for (Exchange exchange : waiting) {
            successor.queue().add(rebind(exchange, successor));
        }
        return successor;
    }

    /** The same exchange on another IKE SA. */
    private static Exchange rebind(Exchange exchange, Session successor) {
        return switch (exchange) {
            case CreateChildExchange create -> create.on(successor);
            case DeleteChildExchange delete -> delete.on(successor);
            case DeleteIkeExchange delete -> delete.on(successor);
            case DisownExchange disown -> disown.on(successor);
            case RedirectExchange redirect -> redirect.on(successor);
            default -> new LivenessExchange(successor);
        };
    }
}
