package dev.culvert.ike.engine;

import dev.culvert.ike.message.FragmentResult;
import dev.culvert.ike.message.IkeHeader;
import dev.culvert.ike.message.IkeMessage;
import dev.culvert.ike.message.OpenResult;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.message.PayloadFault;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.Reassembly;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.SessionTimer;
import java.util.List;
import java.util.Optional;

/**
 * The rung of the ladder for fragments (RFC 7383 section 2.6): what their numbers say, whether each
 * is authentic, and the message when all are here.
 */
final class FragmentRung {
    private final EngineCore core;

    FragmentRung(EngineCore core) {
        this.core = core;
    }

    /**
     * Takes a fragment of a message that is expected.
     *
     * @return the message, when this was its last missing fragment
     */
    Optional<Reassembly.Whole> take(
            Session session, Reassembly parts, byte[] datagram, IkeMessage message) {
        IkeHeader header = message.header();
        Payload.Skf skf = message.first(Payload.Skf.class).orElseThrow();
        Optional<Counter> drop =
                switch (parts.judge(header, skf, core.settings().fragments())) {
                    case WANTED -> Optional.empty();
                    case DUPLICATE -> Optional.of(Counter.DROPPED_FRAGMENT_DUPLICATE);
                    case STALE -> Optional.of(Counter.DROPPED_FRAGMENT_STALE);
                    case TOO_MANY -> Optional.of(Counter.DROPPED_FRAGMENT_LIMIT);
                };
        if (drop.isPresent()) {
            core.counters().increment(drop.get());
            return Optional.empty();
        }
        if (session.codec().isEmpty()) {
            core.counters().increment(Counter.DROPPED_UNEXPECTED_EXCHANGE);
            return Optional.empty();
        }
        return switch (session.codec().get().openFragment(datagram, skf)) {
            case FragmentResult.IntegrityFailure _ -> {
                core.counters().increment(Counter.DROPPED_INTEGRITY);
                yield Optional.empty();
            }
            case FragmentResult.Malformed(PayloadFault fault) ->
                    Optional.of(
                            new Reassembly.Whole(
                                    datagram,
                                    datagram.length,
                                    skf.totalFragments(),
                                    new OpenResult.ProtectedGrammarError(fault)));
            case FragmentResult.Opened(byte[] plainText) ->
                    store(session, parts, datagram, message, plainText);
        };
    }

    private Optional<Reassembly.Whole> store(
            Session session,
            Reassembly parts,
            byte[] datagram,
            IkeMessage message,
            byte[] plainText) {
        IkeHeader header = message.header();
        Payload.Skf skf = message.first(Payload.Skf.class).orElseThrow();
        if (parts.replaces(header, skf)) {
            drop(parts, Counter.DROPPED_FRAGMENT_STALE);
        }
        List<Payload> inFront = message.payloads().subList(0, message.payloads().size() - 1);
        parts.store(header, skf, datagram, inFront, plainText, core.nowNs());
        if (parts.heldBytes() > core.settings().fragments().bytesLimit()) {
            drop(parts, Counter.DROPPED_FRAGMENT_LIMIT);
            return Optional.empty();
        }
        core.counters().increment(Counter.FRAGMENTS_RECEIVED);
        if (!parts.isComplete()) {
            if (!session.timers().isSet(SessionTimer.REASSEMBLY)) {
                arm(session, parts);
            }
            return Optional.empty();
        }
        core.counters().increment(Counter.MESSAGES_REASSEMBLED);
        return Optional.of(parts.take());
    }

    /** Whether a datagram is an authentic fragment, or whole message, of the peer. */
    boolean isAuthentic(Session session, byte[] datagram, IkeMessage message) {
        if (session.codec().isEmpty()) {
            return false;
        }
        Optional<Payload.Skf> skf = message.first(Payload.Skf.class);
        return skf.isPresent()
                ? session.codec().get().openFragment(datagram, skf.get())
                        instanceof FragmentResult.Opened
                : !(session.codec().get().open(datagram, message)
                        instanceof OpenResult.IntegrityFailure);
    }

    /** Forgets the fragments of a message that came whole in the meantime. */
    void forget(Reassembly parts) {
        drop(parts, Counter.DROPPED_FRAGMENT_STALE);
    }

    /** Forgets what waits for too long. */
    void onTimer(Session session) {
        long timeoutNs = core.settings().fragments().timeoutNs();
        for (Reassembly parts : List.of(session.requestParts(), session.responseParts())) {
            if (parts.held() > 0 && parts.sinceNs() + timeoutNs <= core.nowNs()) {
                drop(parts, Counter.DROPPED_FRAGMENT_TIMEOUT);
            } else if (parts.held() > 0) {
                arm(session, parts);
            }
        }
    }

    private void arm(Session session, Reassembly parts) {
        long dueNs = parts.sinceNs() + core.settings().fragments().timeoutNs();
        session.timers()
                .set(
                        SessionTimer.REASSEMBLY,
                        Math.min(dueNs, session.timers().get(SessionTimer.REASSEMBLY)));
    }

    private void drop(Reassembly parts, Counter counter) {
        for (int left = parts.clear(); left > 0; left--) {
            core.counters().increment(counter);
        }
    }
}
