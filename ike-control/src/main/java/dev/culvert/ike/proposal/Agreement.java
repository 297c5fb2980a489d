package dev.culvert.ike.proposal;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One proposal beside another: the transforms that both have, one of each type, or what stands in
 * the way.
 *
 * @param chosen by type, in the order of types; empty without an agreement
 * @param reasons empty if an agreement was found
 */
record Agreement(Map<TransformType, Transform> chosen, List<String> reasons) {
    private static final Transform NO_INTEGRITY = new Transform.Integrity(IntegrityAlgorithm.NONE);
    private static final Transform NO_KEY_EXCHANGE =
            new Transform.KeyExchange(KeyExchangeMethod.NONE);
    private static final Transform NO_ESN = new Transform.Esn(false);

    private static final List<TransformType> IKE_TYPES =
            List.of(
                    TransformType.ENCRYPTION,
                    TransformType.PRF,
                    TransformType.INTEGRITY,
                    TransformType.KEY_EXCHANGE);
    private static final List<TransformType> ESP_TYPES =
            List.of(
                    TransformType.ENCRYPTION,
                    TransformType.INTEGRITY,
                    TransformType.KEY_EXCHANGE,
                    TransformType.ESN);

    /**
     * Compares.
     *
     * @param first whose order decides
     * @param ike whether both should be for IKE, else for ESP
     */
    static Agreement of(Proposal first, Proposal second, boolean ike) {
        List<String> misplaced = new ArrayList<>(misplaced(first, ike));
        misplaced.addAll(misplaced(second, ike));
        if (!misplaced.isEmpty()) {
            return refused(misplaced);
        }
        List<TransformType> types = ike ? IKE_TYPES : ESP_TYPES;
        List<Transform> encryptions = common(first, second, TransformType.ENCRYPTION);
        if (encryptions.isEmpty()) {
            List<String> reasons = new ArrayList<>();
            for (TransformType type : types) {
                // Which integrity is needed depends on the encryption, and there is none.
                if (type != TransformType.INTEGRITY && common(first, second, type).isEmpty()) {
                    reasons.add(nothingInCommon(first, second, type));
                }
            }
            return refused(reasons);
        }
        List<Agreement> attempts = new ArrayList<>();
        for (Transform encryption : encryptions) {
            Agreement attempt = with(encryption, first, second, types);
            if (attempt.isReached()) {
                return attempt;
            }
            attempts.add(attempt);
        }
        return attempts.getFirst();
    }

    boolean isReached() {
        return reasons.isEmpty();
    }

    private static Agreement refused(List<String> reasons) {
        return new Agreement(Map.of(), List.copyOf(reasons));
    }

    private static List<String> misplaced(Proposal proposal, boolean ike) {
        ProtocolId wanted = ike ? ProtocolId.IKE : ProtocolId.ESP;
        List<String> reasons = new ArrayList<>();
        if (!proposal.protocol().equals(wanted)) {
            reasons.add("the proposal is for " + proposal.protocol() + ", not " + wanted);
        }
        for (Transform transform : proposal.transforms()) {
            Optional<TransformType> type = TransformType.of(transform.typeValue());
            if (type.isEmpty()) {
                reasons.add("transform type " + transform.typeValue() + " is not known");
            } else if (!(ike ? IKE_TYPES : ESP_TYPES).contains(type.get())) {
                reasons.add(type.get().displayName() + " does not belong to " + wanted);
            }
        }
        return reasons;
    }

    private static Agreement with(
            Transform encryption, Proposal first, Proposal second, List<TransformType> types) {
        boolean aead =
                encryption instanceof Transform.Encryption(EncryptionAlgorithm algorithm, _)
                        && algorithm.isAead();
        Map<TransformType, Transform> chosen = new EnumMap<>(TransformType.class);
        List<String> reasons = new ArrayList<>();
        for (TransformType type : types) {
            Optional<Transform> match =
                    switch (type) {
                        case ENCRYPTION -> Optional.of(encryption);
                        case INTEGRITY ->
                                common(first, second, type).stream()
                                        .filter(t -> t.equals(NO_INTEGRITY) == aead)
                                        .findFirst();
                        case PRF, KEY_EXCHANGE, ESN ->
                                common(first, second, type).stream().findFirst();
                    };
            match.ifPresentOrElse(
                    t -> chosen.put(type, t),
                    () -> reasons.add(nothingInCommon(first, second, type)));
        }
        return reasons.isEmpty() ? new Agreement(chosen, List.of()) : refused(reasons);
    }

    /** Transforms of a type that both have and this implementation can do, in the first's order. */
    private static List<Transform> common(Proposal first, Proposal second, TransformType type) {
        boolean ike = first.protocol().equals(ProtocolId.IKE);
        List<Transform> others = offered(second, type);
        return offered(first, type).stream()
                .filter(others::contains)
                .filter(t -> Keywords.isSupported(t, ike) || t.equals(NO_INTEGRITY))
                .toList();
    }

    /** A type that is left out means "none" (RFC 7296, section 3.3.3). */
    private static List<Transform> offered(Proposal proposal, TransformType type) {
        List<Transform> transforms = proposal.ofType(type);
        if (!transforms.isEmpty()) {
            return transforms;
        }
        boolean ike = proposal.protocol().equals(ProtocolId.IKE);
        return switch (type) {
            case INTEGRITY -> List.of(NO_INTEGRITY);
            case KEY_EXCHANGE -> ike ? List.of() : List.of(NO_KEY_EXCHANGE);
            case ESN -> List.of(NO_ESN);
            case ENCRYPTION, PRF -> List.of();
        };
    }

    private static String nothingInCommon(Proposal first, Proposal second, TransformType type) {
        return "no common %s: %s against %s"
                .formatted(type.displayName(), names(first, type), names(second, type));
    }

    private static String names(Proposal proposal, TransformType type) {
        List<String> names = proposal.ofType(type).stream().map(Transform::displayName).toList();
        return names.isEmpty() ? "none" : String.join(" or ", names);
    }
}
