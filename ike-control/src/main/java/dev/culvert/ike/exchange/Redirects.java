package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.message.Gateway;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Redirection;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Going where a gateway sends us, and sending peers away (RFC 5685). */
public final class Redirects {
    /** MAX_REDIRECTS and REDIRECT_LOOP_DETECT_PERIOD of RFC 5685 section 10. */
    private static final int MOST_HOPS = 5;

    private static final long LOOP_PERIOD_NS = 300_000_000_000L;

    private Redirects() {}

    /** What an initiator says in IKE_SA_INIT. */
    static Optional<Payload.Notify> announcement(Session session) {
        if (!session.services().settings().redirects().follow()) {
            return Optional.empty();
        }
        return Optional.of(
                session.lineage()
                        .redirection()
                        .map(r ->
                                Payload.Notify.of(
                                        NotifyType.REDIRECTED_FROM, r.from().encode(Bytes.EMPTY)))
                        .orElseGet(() -> Payload.Notify.of(NotifyType.REDIRECT_SUPPORTED)));
    }

    /** Whether an initiator follows redirects. */
    public static boolean follows(List<Payload> payloads) {
        return Payload.notify(payloads, NotifyType.REDIRECT_SUPPORTED).isPresent()
                || Payload.notify(payloads, NotifyType.REDIRECTED_FROM).isPresent();
    }

    /**
     * Where a peer that begins is sent, if anywhere: not if it does not follow, nor if it was sent
     * here from there.
     *
     * @param request of IKE_SA_INIT
     * @param ikeSas how many there are
     */
    public static Optional<Gateway> destination(
            EngineSettings.Redirects settings,
            EngineSettings.Redirects.When when,
            List<Payload> request,
            int ikeSas) {
        if (settings.gateway().isEmpty()
                || settings.when() != when
                || ikeSas < settings.ikeSaThreshold()
                || !follows(request)) {
            return Optional.empty();
        }
        Gateway gateway = Gateway.of(settings.gateway().get());
        boolean cameFromThere =
                Payload.notify(request, NotifyType.REDIRECTED_FROM)
                        .flatMap(notify -> Gateway.decode(notify.data()))
                        .filter(decoded -> decoded.gateway().equals(gateway))
                        .isPresent();
        return cameFromThere ? Optional.empty() : Optional.of(gateway);
    }

    /**
     * Takes a redirect in the response to IKE_SA_INIT. It is not authentic; that it repeats our
     * nonce shows that its sender saw our request.
     *
     * @return whether that is what it was
     */
    static boolean onInit(Session session, Payload.Notify notify, Bytes nonce) {
        Optional<Gateway.Decoded> decoded = Gateway.decode(notify.data());
        boolean plausible =
                session.services().settings().redirects().follow()
                        && decoded.filter(d -> d.nonce().equals(nonce)).isPresent();
        if (plausible) {
            leave(session, decoded.get().gateway(), Optional.empty());
        }
        return plausible;
    }

    /** Takes a redirect of a gateway that has just proven who it is, in IKE_AUTH. */
    static boolean onAuth(Session session, List<Payload> payloads) {
        Optional<Gateway> gateway = wanted(session, payloads);
        gateway.ifPresent(g -> leave(session, g, Optional.of(Payload.Delete.ike())));
        return gateway.isPresent();
    }

    /** Takes a redirect on an established IKE SA, which stays until the other one is up. */
    static void onInformational(Session session, List<Payload> payloads) {
        Optional<Gateway> gateway = wanted(session, payloads);
        if (gateway.isPresent() && session.initiator() && session.isEstablished()) {
            next(session, gateway.get(), OptionalInt.of(session.uniqueId()))
                    .ifPresent(r -> session.services().redirected(session, r));
        }
    }

    private static Optional<Gateway> wanted(Session session, List<Payload> payloads) {
        return session.services().settings().redirects().follow()
                ? Payload.notify(payloads, NotifyType.REDIRECT)
                        .flatMap(notify -> Gateway.decode(notify.data()))
                        .map(Gateway.Decoded::gateway)
                : Optional.empty();
    }

    /** Gives up an IKE SA that was not to be, and goes elsewhere. */
    private static void leave(Session session, Gateway gateway, Optional<Payload> last) {
        Optional<Redirection> redirection = next(session, gateway, OptionalInt.empty());
        redirection.ifPresent(r -> session.services().redirected(session, r));
        EndCause cause = redirection.isPresent() ? EndCause.REPLACED : EndCause.FAILED;
        String reason =
                redirection.isPresent()
                        ? "redirected to " + gateway.text()
                        : "redirected too often";
        if (last.isPresent()) {
            Endings.endTelling(session, cause, reason, last.get());
        } else {
            Endings.end(session, cause, reason);
        }
    }

    private static Optional<Redirection> next(
            Session session, Gateway gateway, OptionalInt replaces) {
        long nowNs = session.services().nowNs();
        Optional<Redirection> before =
                session.lineage().redirection().filter(r -> nowNs - r.sinceNs() < LOOP_PERIOD_NS);
        int hops = before.map(Redirection::hops).orElse(0) + 1;
        if (hops > MOST_HOPS) {
            session.alert(
                    AlertType.PEER_INIT_UNREACHABLE,
                    "gateways redirected us "
                            + MOST_HOPS
                            + " times within five minutes; not following to "
                            + gateway.text()
                            + ". Check that they do not redirect to each other");
            return Optional.empty();
        }
        session.traceText("redirected to " + gateway.text());
        session.services().counters().increment(Counter.REDIRECTS_FOLLOWED);
        return Optional.of(
                new Redirection(
                        gateway,
                        new Gateway.Address(IpAddress.of(session.path().remote().getAddress())),
                        hops,
                        before.map(Redirection::sinceNs).orElse(nowNs),
                        replaces));
    }
}
