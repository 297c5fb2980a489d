package dev.culvert.ike.proposal;

import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.Parsed;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Reads proposals as they stand in a configuration: keywords joined by {@code -}, for example
 * {@code aes128gcm16-prfsha256-x25519} or {@code aes256-aes128-sha256-modp2048-ecp256}.
 */
public final class ProposalParser {
    private static final String DEFAULT = "default";

    private ProposalParser() {}

    /**
     * One IKE proposal. Without a PRF keyword, PRFs follow from the integrity algorithms, as in
     * strongSwan; an AEAD's proposal then drops the integrity algorithms.
     *
     * @param text keywords joined by {@code -}
     */
    public static Parsed<Proposal> parseIke(String text) {
        return keywords(text, true).then(transforms -> completeIke(text, transforms));
    }

    /**
     * One ESP proposal. Without {@code esn} or {@code noesn} it offers no extended sequence
     * numbers; PRFs, and with an AEAD integrity algorithms, are dropped: all as in strongSwan.
     *
     * @param text keywords joined by {@code -}
     */
    public static Parsed<Proposal> parseEsp(String text) {
        return keywords(text, false).then(transforms -> completeEsp(text, transforms));
    }

    /**
     * A comma-separated list of IKE proposals; {@code default} stands for {@link #defaultIke()}.
     */
    public static Parsed<List<Proposal>> parseIkeList(String text) {
        return list(text, true);
    }

    /**
     * A comma-separated list of ESP proposals; {@code default} stands for {@link #defaultEsp()}.
     */
    public static Parsed<List<Proposal>> parseEspList(String text) {
        return list(text, false);
    }

    /**
     * What {@code proposals = default} means: AEADs, then AES-CBC, with every method that is safe
     * today.
     */
    public static List<Proposal> defaultIke() {
        String prfs = "-prfsha256-prfsha384-prfsha512";
        String methods =
                "-x25519-ecp256-ecp384-ecp521-modp3072-modp4096-modp6144-modp8192-modp2048";
        return numbered(
                List.of(
                        parseIke(
                                        "aes128gcm16-aes256gcm16-chacha20poly1305-aes192gcm16"
                                                + prfs
                                                + methods)
                                .orThrow(),
                        parseIke("aes128-aes256-aes192-sha256-sha384-sha512" + prfs + methods)
                                .orThrow()));
    }

    /**
     * What {@code esp_proposals = default} means: AEADs, then AES-CBC, without key exchange or ESN.
     */
    public static List<Proposal> defaultEsp() {
        return numbered(
                List.of(
                        parseEsp("aes128gcm16-aes256gcm16-chacha20poly1305-aes192gcm16").orThrow(),
                        parseEsp("aes128-aes256-aes192-sha256-sha384-sha512").orThrow()));
    }

    private static Parsed<List<Proposal>> list(String text, boolean ike) {
        List<Proposal> proposals = new ArrayList<>();
        for (String item : text.split(",", -1)) {
            String trimmed = item.strip();
            if (trimmed.equalsIgnoreCase(DEFAULT)) {
                proposals.addAll(ike ? defaultIke() : defaultEsp());
            } else {
                switch (ike ? parseIke(trimmed) : parseEsp(trimmed)) {
                    case Parsed.Ok<Proposal>(Proposal proposal) -> proposals.add(proposal);
                    case Parsed.Failed<Proposal>(String problem) -> {
                        return Parsed.failed(problem);
                    }
                }
            }
        }
        return proposals.size() <= 255
                ? Parsed.ok(numbered(proposals))
                : Parsed.failed(proposals.size() + " proposals; at most 255 can be sent");
    }

    /** Numbers as on the wire, from 1. */
    private static List<Proposal> numbered(List<Proposal> proposals) {
        List<Proposal> result = new ArrayList<>();
        for (Proposal proposal : proposals) {
            result.add(proposal.withNumber(result.size() + 1));
        }
        return List.copyOf(result);
    }

    private static Parsed<Set<Transform>> keywords(String text, boolean ike) {
        Set<Transform> transforms = new LinkedHashSet<>();
        for (String word : text.strip().toLowerCase(Locale.ROOT).split("-", -1)) {
            Optional<Transform> transform = Keywords.transform(word.strip());
            if (transform.isEmpty()) {
                return Parsed.failed(
                        (word.isEmpty() ? "an empty keyword" : "unknown keyword \"" + word + "\"")
                                + " in proposal \""
                                + text
                                + "\"; known are "
                                + allowed(ike));
            }
            if (!Keywords.isSupported(transform.get(), ike) && !isDropped(transform.get(), ike)) {
                return Parsed.failed(unsupported(word, transform.get(), text, ike));
            }
            transforms.add(transform.get());
        }
        return Parsed.ok(transforms);
    }

    /** What strongSwan accepts and leaves out. */
    private static boolean isDropped(Transform transform, boolean ike) {
        boolean noKeyExchange =
                transform instanceof Transform.KeyExchange(KeyExchangeMethod method)
                        && method == KeyExchangeMethod.NONE;
        return ike ? noKeyExchange : transform instanceof Transform.Prf;
    }

    private static String unsupported(String word, Transform transform, String text, boolean ike) {
        String protocol = ike ? "IKE" : "ESP";
        List<String> alternatives =
                TransformType.of(transform.typeValue())
                        .map(type -> Keywords.supported(type, ike))
                        .orElse(List.of());
        return "\"%s\" (%s) in proposal \"%s\" is not supported for %s%s"
                .formatted(
                        word,
                        transform.displayName(),
                        text,
                        protocol,
                        alternatives.isEmpty()
                                ? ""
                                : "; use one of " + String.join(", ", alternatives));
    }

    private static String allowed(boolean ike) {
        StringBuilder text = new StringBuilder();
        for (TransformType type : TransformType.values()) {
            List<String> keywords = Keywords.supported(type, ike);
            boolean belongs = type != TransformType.PRF || ike;
            if (!keywords.isEmpty() && belongs) {
                text.append(text.isEmpty() ? "" : "; ")
                        .append(type.displayName())
                        .append(": ")
                        .append(String.join(", ", keywords));
            }
        }
        return text.toString();
    }

    private static Parsed<Proposal> completeIke(String text, Set<Transform> transforms) {
        if (transforms.stream().noneMatch(Transform.Prf.class::isInstance)) {
            transforms.addAll(prfsOfIntegrity(transforms));
        }
        transforms.removeIf(transform -> isDropped(transform, true));
        return encryptionAndIntegrity(text, transforms, "IKE")
                .then(kept -> {
                    if (kept.stream().noneMatch(Transform.Prf.class::isInstance)) {
                        return missing(text, TransformType.PRF, true);
                    }
                    if (kept.stream().noneMatch(Transform.KeyExchange.class::isInstance)) {
                        return missing(text, TransformType.KEY_EXCHANGE, true);
                    }
                    return proposal(text, ProtocolId.IKE, kept);
                });
    }

    private static Parsed<Proposal> completeEsp(String text, Set<Transform> transforms) {
        transforms.removeIf(transform -> isDropped(transform, false));
        if (transforms.stream().noneMatch(Transform.Esn.class::isInstance)) {
            transforms.add(new Transform.Esn(false));
        }
        return encryptionAndIntegrity(text, transforms, "ESP")
                .then(kept -> proposal(text, ProtocolId.ESP, kept));
    }

    private static Parsed<Proposal> proposal(
            String text, ProtocolId protocol, Set<Transform> transforms) {
        List<Transform> ordered = new ArrayList<>();
        for (TransformType type : TransformType.values()) {
            transforms.stream().filter(t -> t.typeValue() == type.value()).forEach(ordered::add);
        }
        return ordered.size() <= 255
                ? Parsed.ok(new Proposal(0, protocol, Bytes.EMPTY, ordered))
                : Parsed.failed("proposal \"" + text + "\" has more than 255 algorithms");
    }

    private static Parsed<Set<Transform>> encryptionAndIntegrity(
            String text, Set<Transform> transforms, String protocol) {
        boolean ike = protocol.equals("IKE");
        List<EncryptionAlgorithm> encryptions =
                transforms.stream()
                        .filter(Transform.Encryption.class::isInstance)
                        .map(transform -> ((Transform.Encryption) transform).algorithm())
                        .toList();
        if (encryptions.isEmpty()) {
            return missing(text, TransformType.ENCRYPTION, ike);
        }
        boolean allAead = encryptions.stream().allMatch(EncryptionAlgorithm::isAead);
        if (!allAead && encryptions.stream().anyMatch(EncryptionAlgorithm::isAead)) {
            return Parsed.failed(
                    "proposal \""
                            + text
                            + "\" mixes AEADs with other encryption; write two proposals, separated by a comma");
        }
        if (allAead) {
            transforms.removeIf(Transform.Integrity.class::isInstance);
        } else if (transforms.stream().noneMatch(Transform.Integrity.class::isInstance)) {
            return missing(text, TransformType.INTEGRITY, ike);
        }
        return Parsed.ok(transforms);
    }

    private static <T> Parsed<T> missing(String text, TransformType type, boolean ike) {
        return Parsed.failed(
                "proposal \"%s\" has no %s; add one of %s"
                        .formatted(
                                text,
                                type.displayName(),
                                String.join(", ", Keywords.supported(type, ike))));
    }

    private static List<Transform> prfsOfIntegrity(Set<Transform> transforms) {
        List<Transform> prfs = new ArrayList<>();
        for (Transform transform : transforms) {
            if (transform instanceof Transform.Integrity(IntegrityAlgorithm algorithm)) {
                prf(algorithm).ifPresent(prf -> prfs.add(new Transform.Prf(prf)));
            }
        }
        return prfs;
    }

    private static Optional<PrfAlgorithm> prf(IntegrityAlgorithm integrity) {
        return switch (integrity) {
            case HMAC_SHA2_256_128 -> Optional.of(PrfAlgorithm.HMAC_SHA2_256);
            case HMAC_SHA2_384_192 -> Optional.of(PrfAlgorithm.HMAC_SHA2_384);
            case HMAC_SHA2_512_256 -> Optional.of(PrfAlgorithm.HMAC_SHA2_512);
            case HMAC_SHA1_96, HMAC_SHA1_160 -> Optional.of(PrfAlgorithm.HMAC_SHA1);
            case HMAC_MD5_96, HMAC_MD5_128 -> Optional.of(PrfAlgorithm.HMAC_MD5);
            case AES_XCBC_96 -> Optional.of(PrfAlgorithm.AES128_XCBC);
            case AES_CMAC_96 -> Optional.of(PrfAlgorithm.AES128_CMAC);
            case NONE, DES_MAC, KPDK_MD5, AES_128_GMAC, AES_192_GMAC, AES_256_GMAC ->
                    Optional.empty();
        };
    }
}
