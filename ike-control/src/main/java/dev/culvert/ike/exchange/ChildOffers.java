package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.proposal.EspSuite;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.proposal.ProposalSelector;
import dev.culvert.ike.proposal.ProposalSelector.KeyExchangeUse;
import dev.culvert.ike.proposal.Selection;
import dev.culvert.ike.proposal.TransformType;
import dev.culvert.ike.session.ChildOffer;
import dev.culvert.ike.session.ChildRequest;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.ts.Narrowing;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The initiator's side of agreeing on a child SA: the offer, and the check of the answer. */
final class ChildOffers {
    private ChildOffers() {}

    /** What an answer amounts to. */
    sealed interface Answer {
        /** It lies within the offer. */
        record Accepted(ChildTerms terms) implements Answer {}

        /** It does not; the peer believes in an SA that this side refuses. */
        record Unacceptable(String reason) implements Answer {}
    }

    /**
     * Makes an offer with a new SPI.
     *
     * @param use whether the child may have a key exchange of its own
     */
    static ChildOffer offer(Session session, ChildRequest request, KeyExchangeUse use) {
        ChildConfig child = request.child();
        int spi = session.services().allocateSpi();
        List<Proposal> proposals = new ArrayList<>();
        for (Proposal proposal : child.proposals()) {
            Proposal offered =
                    use == KeyExchangeUse.IGNORED
                            ? proposal.without(TransformType.KEY_EXCHANGE)
                            : proposal;
            proposals.add(offered.withNumber(proposals.size() + 1).withSpi(Bytes.ofInt(spi)));
        }
        List<TrafficSelector> local = VirtualAddresses.local(session, child);
        List<TrafficSelector> remote = VirtualAddresses.remote(session, child);
        if (request.trigger().isPresent() && !VirtualAddresses.isAwaited(session)) {
            ChildRequest.Trigger trigger = request.trigger().get();
            // RFC 7296 section 2.9: the packet that asked for the SA goes first, if it is one that
            // the SA may carry. One that is older than the virtual address it should have is not.
            if (Narrowing.covers(local, List.of(trigger.source()))
                    && Narrowing.covers(remote, List.of(trigger.destination()))) {
                local = withFirst(trigger.source(), local);
                remote = withFirst(trigger.destination(), remote);
            }
        }
        return new ChildOffer(request, spi, proposals, local, remote);
    }

    /** The payloads of an offer, without nonce and key exchange. */
    static List<Payload> payloads(ChildOffer offer) {
        return List.of(
                new Payload.Sa(offer.proposals()),
                new Payload.TsI(offer.localSelectors()),
                new Payload.TsR(offer.remoteSelectors()));
    }

    /** The key exchange methods of an offer, in order of preference. */
    static List<KeyExchangeMethod> methods(ChildOffer offer) {
        return offer.proposals().stream()
                .flatMap(proposal -> proposal.keyExchangeMethods().stream())
                .distinct()
                .toList();
    }

    /** Checks the responder's answer; a mismatch is told as an alert. */
    static Answer check(
            Session session, ChildOffer offer, List<Payload> payloads, KeyExchangeUse use) {
        List<Proposal> answered =
                Payload.first(payloads, Payload.Sa.class)
                        .map(Payload.Sa::proposals)
                        .orElse(List.of());
        String name = offer.request().child().name();
        return switch (ProposalSelector.acceptEsp(offer.proposals(), answered, use)) {
            case Selection.None<EspSuite>(var mismatch) -> {
                session.services().counters().increment(Counter.FAILED_NO_PROPOSAL);
                session.alert(
                        AlertType.PROPOSAL_MISMATCH_CHILD,
                        "child "
                                + name
                                + ": the peer chose algorithms that were not offered; it is at fault",
                        mismatch.describe().lines().toList());
                yield new Answer.Unacceptable("the peer chose algorithms that were not offered");
            }
            case Selection.Chosen<EspSuite>(EspSuite suite, Bytes peerSpi, Proposal _) ->
                    checkSelectors(session, offer, payloads, suite, peerSpi);
        };
    }

    private static Answer checkSelectors(
            Session session,
            ChildOffer offer,
            List<Payload> payloads,
            EspSuite suite,
            Bytes peerSpi) {
        ChildConfig child = offer.request().child();
        List<TrafficSelector> answeredLocal =
                Payload.first(payloads, Payload.TsI.class)
                        .map(Payload.TsI::selectors)
                        .orElse(List.of());
        List<TrafficSelector> remote =
                Payload.first(payloads, Payload.TsR.class)
                        .map(Payload.TsR::selectors)
                        .orElse(List.of());
        String name = child.name();
        if (!Narrowing.isAcceptableAnswer(offer.localSelectors(), answeredLocal)
                || !Narrowing.isAcceptableAnswer(offer.remoteSelectors(), remote)) {
            session.services().counters().increment(Counter.FAILED_TRAFFIC_SELECTORS);
            session.alert(
                    AlertType.TS_MISMATCH,
                    "child "
                            + name
                            + ": the peer answered with traffic selectors beyond the offer; it is at fault",
                    List.of(
                            "offered:  "
                                    + text(offer.localSelectors())
                                    + " === "
                                    + text(offer.remoteSelectors()),
                            "answered: " + text(answeredLocal) + " === " + text(remote)));
            return new Answer.Unacceptable(
                    "the peer answered with traffic selectors beyond the offer");
        }
        if (peerSpi.lengthBytes() != 4) {
            return new Answer.Unacceptable("the peer sent no SPI of 4 bytes");
        }
        // The offer may have been for any address; now it is known which one it is.
        List<TrafficSelector> wanted = VirtualAddresses.local(session, child);
        List<TrafficSelector> local = Narrowing.narrow(answeredLocal, wanted);
        if (local.isEmpty()) {
            return new Answer.Unacceptable(
                    "the peer's traffic selectors leave out the address that it assigned");
        }
        if (!Narrowing.covers(local, wanted)
                || !Narrowing.covers(remote, offer.remoteSelectors())) {
            session.alert(
                    AlertType.TS_NARROWED,
                    "child "
                            + name
                            + ": the peer narrowed the traffic selectors; traffic outside of them does not pass",
                    List.of(
                            "offered:  " + text(wanted) + " === " + text(offer.remoteSelectors()),
                            "answered: " + text(local) + " === " + text(remote)));
        }
        return new Answer.Accepted(
                new ChildTerms(
                        offer.request().child(),
                        suite,
                        offer.spiIn(),
                        (int) peerSpi.toUnsignedLong(),
                        local,
                        remote));
    }

    /** Selectors as administrators write them. */
    static String text(List<TrafficSelector> selectors) {
        return selectors.stream().map(TrafficSelector::toString).collect(Collectors.joining(" "));
    }

    /** A response's first error, as a reason for operators. */
    static Optional<String> refusal(List<Payload> payloads) {
        return Payload.firstError(payloads).map(notify -> "the peer refused with " + notify.name());
    }

    private static List<TrafficSelector> withFirst(
            TrafficSelector first, List<TrafficSelector> rest) {
        List<TrafficSelector> all = new ArrayList<>();
        all.add(first);
        all.addAll(rest);
        return all;
    }
}
