package dev.culvert.ike.proposal;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One proposal of ours beside one of theirs: the transforms that both have, one of each type, or
 * what stands in the way.
 *
 * @param chosen by type, in the order of types; a type that both leave out is not there
 * @param reasons empty if an agreement was found
 */
record Agreement(Map<TransformType, Transform> chosen, List<String> reasons) {
    private static final Transform NO_INTEGRITY = new Transform.Integrity(IntegrityAlgorithm.NONE);
    private static final Transform NO_KEY_EXCHANGE =
            new Transform.KeyExchange(KeyExchangeMethod.NONE);
    private static final Transform NO_ESN = new Transform.Esn(false);

    /**
     * Compares.
     *
     * @param first whose order decides
     */
    static Agreement of(Proposal first, Proposal second, boolean ike) {
        List<String> reasons = new ArrayList<>(structure(first, second, ike));
        Map<TransformType, Transform> best = Map.of();
        if (reasons.isEmpty()) {
            // AEADs leave integrity out, others need it: so encryption decides about the rest.
            List<String> firstReasons = List.of();
            for (Transform encryption : common(first, second, TransformType.ENCRYPTION)) {
                Map<TransformType, Transform> chosen = new EnumMap<>(TransformType.class);
                chosen.put(TransformType.ENCRYPTION, encryption);
                List<String> problems = choose(first, second, ike, encryption, chosen);
                if (problems.isEmpty()) {
                    return new Agreement(chosen, List.of());
                }
                firstReasons = firstReasons.isEmpty() ? problems : firstReasons;
            }
            reasons.addAll(firstReasons);
            if (common(first, second, TransformType.ENCRYPTION).isEmpty()) {
                reasons.add(nothingInCommon(first, second, TransformType.ENCRYPTION));
                choose(
                                first,
                                second,
                                ike,
                                new Transform.Unknown(1, 0, List.of()),
                                new EnumMap<>(TransformType.class))
                        .forEach(reasons::add);
            }
        }
        return new Agreement(best, List.copyOf(reasons));
    }

    boolean isReached() {
        return reasons.isEmpty();
    }

    private static List<String> structure(Proposal first, Proposal second, boolean ike) {
        ProtocolId wanted = ike ? ProtocolId.IKE : ProtocolId.ESP;
        List<String> reasons = new ArrayList<>();
        for (Proposal proposal : List.of(first, second)) {
            if (!proposal.protocol().equals(wanted)) {
                reasons.add("the proposal is for " + proposal.protocol() + ", not " + wanted);
            }
            for (Transform transform : proposal.transforms()) {
                Optional<TransformType> type = TransformType.of(transform.typeValue());
                if (type.isEmpty()) {
                    reasons.add("transform type " + transform.typeValue() + " is not known");
                } else if (!types(ike).contains(type.get())) {
                    reasons.add(type.get().displayName() + " does not belong to " + wanted);
                }
            }
        }
        return reasons;
    }

    private static List<TransformType> types(boolean ike) {
        return ike
                ? List.of(
                        TransformType.ENCRYPTION,
                        TransformType.PRF,
                        TransformType.INTEGRITY,
                        TransformType.KEY_EXCHANGE)
                : List.of(
                        TransformType.ENCRYPTION,
                        TransformType.INTEGRITY,
                        TransformType.KEY_EXCHANGE,
                        TransformType.ESN);
    }

    private static List<String> choose(
            Proposal first,
            Proposal second,
            boolean ike,
            Transform encryption,
            Map<TransformType, Transform> chosen) {
        List<String> problems = new ArrayList<>();
        boolean aead =
                encryption instanceof Transform.Encryption(EncryptionAlgorithm algorithm, _)
                        && algorithm.isAead();
        for (TransformType type : types(ike)) {
            if (type == TransformType.ENCRYPTION
                    || (type == TransformType.INTEGRITY
                            && encryption instanceof Transform.Unknown)) {
                continue;
            }
            Optional<Transform> match =
                    common(first, second, type).stream()
                            .filter(t ->
                                    type != TransformType.INTEGRITY
                                            || t.equals(NO_INTEGRITY) == aead)
                            .findFirst();
            if (match.isPresent()) {
                chosen.put(type, match.get());
            } else {
                problems.add(nothingInCommon(first, second, type));
            }
        }
        return problems;
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
