package dev.culvert.ike.proposal;

import java.util.List;

/** Finds the proposal that both sides can do (RFC 7296, sections 2.7 and 3.3.6). */
@SuppressWarnings("DoNotCallSuggester")
public final class ProposalSelector {
    /** Whose order decides when several combinations fit. */
    public enum Preference {
        /** Our configured order; strongSwan's default. */
        OURS,
        /** The peer's order. */
        THEIRS
    }

    /** Whether a child SA's proposals are compared with or without the key exchange. */
    public enum KeyExchangeUse {
        /** Key exchange transforms count (CREATE_CHILD_SA). */
        NEGOTIATED,
        /**
         * Key exchange transforms are ignored on both sides: the child of IKE_AUTH uses the IKE
         * SA's (RFC 7296, 1.2).
         */
        IGNORED
    }

    private ProposalSelector() {}

    /**
     * Chooses for an IKE SA.
     *
     * @param configured ours
     * @param offered the peer's, from its SA payload
     * @param preference whose order decides
     */
    public static Selection<IkeSuite> selectIke(
            List<Proposal> configured, List<Proposal> offered, Preference preference) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * Chooses for an ESP SA pair.
     *
     * @param configured ours
     * @param offered the peer's, from its SA payload
     * @param preference whose order decides
     * @param keyExchangeUse whether key exchange methods are part of the comparison
     */
    public static Selection<EspSuite> selectEsp(
            List<Proposal> configured,
            List<Proposal> offered,
            Preference preference,
            KeyExchangeUse keyExchangeUse) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * Checks a responder's answer to our offer: exactly one proposal, with one transform of each
     * type, all from one of ours (RFC 7296, section 2.7).
     *
     * @param sent what we offered, numbered
     * @param answered the proposals of the response
     */
    public static Selection<IkeSuite> acceptIke(List<Proposal> sent, List<Proposal> answered) {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * The same as {@link #acceptIke} for an ESP SA pair.
     *
     * @param sent what we offered, numbered
     * @param answered the proposals of the response
     * @param keyExchangeUse whether key exchange methods are part of the comparison
     */
    public static Selection<EspSuite> acceptEsp(
            List<Proposal> sent, List<Proposal> answered, KeyExchangeUse keyExchangeUse) {
        throw new UnsupportedOperationException("soon");
    }
}
