package dev.culvert.ike.session;

import dev.culvert.ike.crypto.KeyExchange;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.wire.Bytes;
import java.util.List;
import java.util.Optional;

/**
 * The line of states of an IKE SA. Each owns only what it needs; what outlives a state belongs to
 * the {@link Session}.
 *
 * <pre>
 *   initiator: Resolving - InitPreparing - InitSent - InitAgreeing - AuthSent - Established
 *              Resolving - ResumeSent - AuthSent - Established
 *   responder: InitAnswering - InitAnswered - Established
 *   both:      Established - Rekeyed | Deleting - Gone
 * </pre>
 */
public sealed interface Phase {
    /** As initiator: names and the source address are looked up. */
    record Resolving() implements Phase {}

    /** As initiator: the private value is being made. */
    record InitPreparing(InitOffer offer) implements Phase {}

    /**
     * As initiator: IKE_SA_INIT was sent.
     *
     * @param keyExchange our private value
     * @param request its bytes, which AUTH covers
     */
    record InitSent(InitOffer offer, KeyExchange keyExchange, byte[] request) implements Phase {}

    /**
     * As initiator: IKE_SESSION_RESUME was sent (RFC 5723).
     *
     * @param request its bytes, which AUTH covers
     */
    record ResumeSent(ResumeOffer offer, byte[] request) implements Phase {}

    /** As initiator: the response came, and the shared secret is being computed. */
    record InitAgreeing(IkeSuite suite, FirstMessages first) implements Phase {}

    /** As initiator: IKE_AUTH was sent. */
    record AuthSent(FirstMessages first, Optional<ChildOffer> child) implements Phase {}

    /** As responder: the answer to IKE_SA_INIT is being computed. */
    record InitAnswering() implements Phase {}

    /** As responder: IKE_SA_INIT was answered, and IKE_AUTH is waited for. */
    record InitAnswered(FirstMessages first) implements Phase {}

    /** Both sides are authenticated. */
    record Established() implements Phase {}

    /**
     * Another IKE SA has taken over the children; the initiator of the rekeying deletes this one.
     */
    record Rekeyed() implements Phase {}

    /** Our request to delete it is on its way. */
    record Deleting() implements Phase {}

    /** It is over, and kept only to answer retransmissions, if at all. */
    record Gone() implements Phase {}

    /**
     * What an initiator offers in IKE_SA_INIT, over several tries.
     *
     * @param proposals numbered, as they are sent
     * @param method of the key exchange in this try
     * @param nonce ours
     * @param cookie of the responder, once it asked for one
     * @param solution of the puzzle that came with the cookie
     * @param retries how often the responder made us start again
     */
    record InitOffer(
            List<Proposal> proposals,
            KeyExchangeMethod method,
            Bytes nonce,
            Optional<Bytes> cookie,
            Optional<Bytes> solution,
            int retries) {
        public InitOffer {
            proposals = List.copyOf(proposals);
        }

        /** The same with a cookie, and the solution of a puzzle if there was one. */
        public InitOffer withCookie(Bytes newCookie, Optional<Bytes> newSolution) {
            return new InitOffer(
                    proposals, method, nonce, Optional.of(newCookie), newSolution, retries + 1);
        }

        /** The same with another method. */
        public InitOffer withMethod(KeyExchangeMethod newMethod) {
            return new InitOffer(proposals, newMethod, nonce, cookie, solution, retries + 1);
        }
    }

    /**
     * What an initiator resumes with.
     *
     * @param ticket of the peer, its key still in it
     * @param nonce ours
     * @param cookie of the responder, once it asked for one
     * @param retries how often the responder made us start again
     */
    record ResumeOffer(Tickets.Ticket ticket, Bytes nonce, Optional<Bytes> cookie, int retries) {
        /** The same with a cookie. */
        public ResumeOffer withCookie(Bytes newCookie) {
            return new ResumeOffer(ticket, nonce, Optional.of(newCookie), retries + 1);
        }
    }

    /**
     * The two messages of IKE_SA_INIT, or of IKE_SESSION_RESUME, and their nonces, which AUTH
     * covers (RFC 7296 section 2.15).
     *
     * @param request as it was on the wire
     * @param response likewise
     */
    record FirstMessages(byte[] request, byte[] response, Bytes nonceI, Bytes nonceR) {}
}
