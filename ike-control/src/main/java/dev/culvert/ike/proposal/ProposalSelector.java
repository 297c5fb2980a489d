package dev.culvert.ike.proposal;

import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Finds the proposal that both sides can do (RFC 7296, sections 2.7 and 3.3.6). */
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
        return select(configured, offered, preference, true, ProposalSelector::ikeSuite);
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
        return select(
                reduced(configured, keyExchangeUse),
                reduced(offered, keyExchangeUse),
                preference,
                false,
                ProposalSelector::espSuite);
    }

    /**
     * Checks a responder's answer to our offer: exactly one proposal, with one transform of each
     * type, all from one of ours (RFC 7296, section 2.7).
     *
     * @param sent what we offered, numbered
     * @param answered the proposals of the response
     */
    public static Selection<IkeSuite> acceptIke(List<Proposal> sent, List<Proposal> answered) {
        return accept(sent, answered, true, ProposalSelector::ikeSuite);
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
        return accept(
                reduced(sent, keyExchangeUse),
                reduced(answered, keyExchangeUse),
                false,
                ProposalSelector::espSuite);
    }

    private static <S> Selection<S> select(
            List<Proposal> ours,
            List<Proposal> theirs,
            Preference preference,
            boolean ike,
            Function<Map<TransformType, Transform>, S> suite) {
        boolean oursFirst = preference == Preference.OURS;
        for (Proposal first : oursFirst ? ours : theirs) {
            for (Proposal second : oursFirst ? theirs : ours) {
                Agreement agreement = Agreement.of(first, second, ike);
                if (agreement.isReached()) {
                    return chosen(agreement, oursFirst ? second : first, suite);
                }
            }
        }
        return none(ours, theirs, ike, List.of());
    }

    private static <S> Selection<S> accept(
            List<Proposal> sent,
            List<Proposal> answered,
            boolean ike,
            Function<Map<TransformType, Transform>, S> suite) {
        if (answered.size() != 1) {
            return none(
                    sent,
                    answered,
                    ike,
                    List.of("the answer has " + answered.size() + " proposals, not one"));
        }
        Proposal answer = answered.getFirst();
        for (TransformType type : TransformType.values()) {
            if (answer.ofType(type).size() > 1) {
                return none(
                        sent,
                        answered,
                        ike,
                        List.of("the answer has more than one " + type.displayName()));
            }
        }
        Optional<Proposal> meant =
                sent.stream().filter(p -> p.number() == answer.number()).findFirst();
        if (meant.isEmpty()) {
            return none(
                    sent,
                    answered,
                    ike,
                    List.of(
                            "the answer is for proposal "
                                    + answer.number()
                                    + ", which was not sent"));
        }
        Agreement agreement = Agreement.of(meant.get(), answer, ike);
        return agreement.isReached()
                ? chosen(agreement, answer, suite)
                : none(sent, answered, ike, List.of());
    }

    private static <S> Selection<S> chosen(
            Agreement agreement,
            Proposal theirs,
            Function<Map<TransformType, Transform>, S> suite) {
        // "None" is repeated only where the peer wrote it down.
        List<Transform> kept =
                agreement.chosen().values().stream().filter(theirs.transforms()::contains).toList();
        Proposal answer = new Proposal(theirs.number(), theirs.protocol(), Bytes.EMPTY, kept);
        return new Selection.Chosen<>(suite.apply(agreement.chosen()), theirs.spi(), answer);
    }

    private static <S> Selection<S> none(
            List<Proposal> ours, List<Proposal> theirs, boolean ike, List<String> generalReasons) {
        List<ProposalMismatch.Pair> pairs = new ArrayList<>();
        for (Proposal our : ours) {
            for (Proposal their : theirs) {
                List<String> reasons = new ArrayList<>(generalReasons);
                reasons.addAll(Agreement.of(our, their, ike).reasons());
                if (!reasons.isEmpty() && pairs.size() < ProposalMismatch.MAX_PAIRS) {
                    pairs.add(new ProposalMismatch.Pair(our, their, reasons));
                }
            }
        }
        pairs.sort(Comparator.comparingInt(pair -> pair.reasons().size()));
        return new Selection.None<>(new ProposalMismatch(ours, theirs, pairs));
    }

    private static List<Proposal> reduced(List<Proposal> proposals, KeyExchangeUse use) {
        return switch (use) {
            case NEGOTIATED -> proposals;
            case IGNORED ->
                    proposals.stream().map(p -> p.without(TransformType.KEY_EXCHANGE)).toList();
        };
    }

    private static IkeSuite ikeSuite(Map<TransformType, Transform> chosen) {
        Transform.Encryption encryption =
                (Transform.Encryption) chosen.get(TransformType.ENCRYPTION);
        return new IkeSuite(
                encryption.algorithm(),
                encryption.keyLengthBits(),
                integrity(chosen),
                ((Transform.Prf) chosen.get(TransformType.PRF)).algorithm(),
                ((Transform.KeyExchange) chosen.get(TransformType.KEY_EXCHANGE)).method());
    }

    private static EspSuite espSuite(Map<TransformType, Transform> chosen) {
        Transform.Encryption encryption =
                (Transform.Encryption) chosen.get(TransformType.ENCRYPTION);
        KeyExchangeMethod method =
                ((Transform.KeyExchange) chosen.get(TransformType.KEY_EXCHANGE)).method();
        return new EspSuite(
                encryption.algorithm(),
                encryption.keyLengthBits(),
                integrity(chosen),
                Optional.of(method).filter(m -> m != KeyExchangeMethod.NONE),
                ((Transform.Esn) chosen.get(TransformType.ESN)).extended());
    }

    private static Optional<IntegrityAlgorithm> integrity(Map<TransformType, Transform> chosen) {
        IntegrityAlgorithm algorithm =
                ((Transform.Integrity) chosen.get(TransformType.INTEGRITY)).algorithm();
        return Optional.of(algorithm).filter(a -> a != IntegrityAlgorithm.NONE);
    }
}
