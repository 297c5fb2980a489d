package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.proposal.EspSuite;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.proposal.ProposalMismatch;
import dev.culvert.ike.proposal.ProposalSelector;
import dev.culvert.ike.proposal.ProposalSelector.KeyExchangeUse;
import dev.culvert.ike.proposal.ProposalSelector.Preference;
import dev.culvert.ike.proposal.Selection;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.ts.Narrowing;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The responder's side of agreeing on a child SA: which child, which algorithms, which selectors
 * (RFC 7296 section 2.9).
 */
sealed interface ChildChoice {
    /**
     * A child fits.
     *
     * @param answer the SA payload's proposal, with our SPI
     */
    record Chosen(ChildTerms terms, Proposal answer) implements ChildChoice {
        /** The payloads of the answer, without nonce and key exchange. */
        List<Payload> payloads() {
            return List.of(
                    new Payload.Sa(answer),
                    new Payload.TsI(terms.remoteSelectors()),
                    new Payload.TsR(terms.localSelectors()));
        }
    }

    /** Nothing fits. */
    record Refused(NotifyType error) implements ChildChoice {}

    /**
     * Chooses a child for a peer's offer; a mismatch is told as an alert.
     *
     * @param rekeyed the child SA that the new one replaces: then only its configuration comes into
     *     question
     */
    static ChildChoice choose(
            Session session,
            List<Payload> payloads,
            KeyExchangeUse use,
            Optional<ChildSa> rekeyed) {
        List<TrafficSelector> offeredRemote =
                Payload.first(payloads, Payload.TsI.class)
                        .map(Payload.TsI::selectors)
                        .orElse(List.of());
        List<TrafficSelector> offeredLocal =
                Payload.first(payloads, Payload.TsR.class)
                        .map(Payload.TsR::selectors)
                        .orElse(List.of());
        List<Proposal> offered =
                Payload.first(payloads, Payload.Sa.class)
                        .map(Payload.Sa::proposals)
                        .orElse(List.of());
        List<ChildConfig> candidates =
                rekeyed.map(child -> List.of(child.config()))
                        .orElse(session.connection().orElseThrow().children());
        List<Match> matches = matches(session, candidates, offeredLocal, offeredRemote);
        if (matches.isEmpty()) {
            return refuseSelectors(session, candidates, offeredLocal, offeredRemote);
        }
        List<ProposalMismatch> mismatches = new ArrayList<>();
        for (Match match : matches) {
            switch (ProposalSelector.selectEsp(
                    match.child().proposals(), offered, Preference.OURS, use)) {
                case Selection.Chosen<EspSuite>(EspSuite suite, Bytes peerSpi, Proposal answer) -> {
                    if (peerSpi.lengthBytes() == 4) {
                        return chosen(session, match, suite, peerSpi, answer);
                    }
                }
                case Selection.None<EspSuite>(ProposalMismatch mismatch) ->
                        mismatches.add(mismatch);
            }
        }
        return refuseProposals(session, matches.getFirst().child(), mismatches);
    }

    /** A child whose selectors have something in common with the offer. */
    record Match(
            ChildConfig child,
            List<TrafficSelector> local,
            List<TrafficSelector> remote,
            int quality) {}

    private static List<Match> matches(
            Session session,
            List<ChildConfig> candidates,
            List<TrafficSelector> offeredLocal,
            List<TrafficSelector> offeredRemote) {
        List<Match> matches = new ArrayList<>();
        for (ChildConfig child : candidates) {
            if (child.mode() != ChildConfig.Mode.TUNNEL) {
                continue;
            }
            List<TrafficSelector> local =
                    Narrowing.narrow(offeredLocal, configuredLocal(session, child));
            List<TrafficSelector> remote =
                    Narrowing.narrow(offeredRemote, configuredRemote(session, child));
            if (!local.isEmpty() && !remote.isEmpty()) {
                int quality = quality(offeredLocal, local) + quality(offeredRemote, remote);
                matches.add(new Match(child, local, remote, quality));
            }
        }
        // The sort is stable: among equals the configuration's order decides.
        matches.sort(Comparator.comparingInt(Match::quality).reversed());
        return matches;
    }

    private static int quality(List<TrafficSelector> offered, List<TrafficSelector> narrowed) {
        if (Narrowing.covers(narrowed, offered)) {
            return 2;
        }
        return Narrowing.covers(narrowed, List.of(offered.getFirst())) ? 1 : 0;
    }

    private static ChildChoice chosen(
            Session session, Match match, EspSuite suite, Bytes peerSpi, Proposal answer) {
        int spi = session.services().allocateSpi();
        return new Chosen(
                new ChildTerms(
                        match.child(),
                        suite,
                        spi,
                        (int) peerSpi.toUnsignedLong(),
                        match.local(),
                        match.remote()),
                answer.withSpi(Bytes.ofInt(spi)));
    }

    private static ChildChoice refuseSelectors(
            Session session,
            List<ChildConfig> candidates,
            List<TrafficSelector> offeredLocal,
            List<TrafficSelector> offeredRemote) {
        session.services().counters().increment(Counter.FAILED_TRAFFIC_SELECTORS);
        List<String> details = new ArrayList<>();
        details.add(
                "offered by the peer: "
                        + ChildOffers.text(offeredLocal)
                        + " === "
                        + ChildOffers.text(offeredRemote));
        for (ChildConfig child : candidates) {
            details.add(
                    "child "
                            + child.name()
                            + ": "
                            + ChildOffers.text(configuredLocal(session, child))
                            + " === "
                            + ChildOffers.text(configuredRemote(session, child)));
        }
        session.alert(
                AlertType.TS_MISMATCH,
                "the peer asked for traffic selectors that no child of the connection allows; make local_ts and remote_ts"
                        + " of both sides overlap",
                details);
        return new Refused(NotifyType.TS_UNACCEPTABLE);
    }

    private static ChildChoice refuseProposals(
            Session session, ChildConfig child, List<ProposalMismatch> mismatches) {
        session.services().counters().increment(Counter.FAILED_NO_PROPOSAL);
        session.alert(
                AlertType.PROPOSAL_MISMATCH_CHILD,
                "child "
                        + child.name()
                        + ": no ESP proposal of the peer fits ours; make esp_proposals of both sides overlap",
                mismatches.stream().limit(1).flatMap(m -> m.describe().lines()).toList());
        return new Refused(NotifyType.NO_PROPOSAL_CHOSEN);
    }

    private static List<TrafficSelector> configuredLocal(Session session, ChildConfig child) {
        return VirtualAddresses.local(session, child);
    }

    private static List<TrafficSelector> configuredRemote(Session session, ChildConfig child) {
        return VirtualAddresses.remote(session, child);
    }
}
