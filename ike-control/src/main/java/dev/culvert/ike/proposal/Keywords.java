package dev.culvert.ike.proposal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** strongSwan's keywords for algorithms. */
final class Keywords {
    private static final Map<String, Transform> ALL = table();

    private Keywords() {}

    /** What a keyword stands for. */
    static Optional<Transform> transform(String keyword) {
        return Optional.ofNullable(ALL.get(keyword));
    }

    /** The usual keyword of a transform; empty if it has none. */
    static Optional<String> keyword(Transform transform) {
        return ALL.entrySet().stream()
                .filter(entry -> entry.getValue().equals(transform))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** Keywords of a type that can be used, for messages. */
    static List<String> supported(TransformType type, boolean ike) {
        List<Transform> seen = new ArrayList<>();
        List<String> keywords = new ArrayList<>();
        ALL.forEach((keyword, transform) -> {
            if (transform.typeValue() == type.value()
                    && isSupported(transform, ike)
                    && !seen.contains(transform)) {
                seen.add(transform);
                keywords.add(keyword);
            }
        });
        return keywords;
    }

    static boolean isSupported(Transform transform, boolean ike) {
        return switch (transform) {
            case Transform.Encryption encryption ->
                    ike
                            ? encryption.algorithm().supportedInIke()
                            : encryption.algorithm().supportedInEsp();
            case Transform.Prf prf -> prf.algorithm().supported();
            case Transform.Integrity integrity -> integrity.algorithm().supported();
            case Transform.KeyExchange keyExchange ->
                    keyExchange.method().supported()
                            || (!ike && keyExchange.method() == KeyExchangeMethod.NONE);
            case Transform.Esn _ -> !ike;
            case Transform.Unknown _ -> false;
        };
    }

    private static Map<String, Transform> table() {
        Map<String, Transform> table = new LinkedHashMap<>();
        for (int bits : EncryptionAlgorithm.AES_CBC.keyLengthsBits()) {
            sized(table, "aes" + bits, EncryptionAlgorithm.AES_CBC, bits);
            sized(table, "aes" + bits + "ctr", EncryptionAlgorithm.AES_CTR, bits);
            icvSizes(
                    table,
                    "aes" + bits + "ccm",
                    bits,
                    EncryptionAlgorithm.AES_CCM_8,
                    EncryptionAlgorithm.AES_CCM_12,
                    EncryptionAlgorithm.AES_CCM_16);
            icvSizes(
                    table,
                    "aes" + bits + "gcm",
                    bits,
                    EncryptionAlgorithm.AES_GCM_8,
                    EncryptionAlgorithm.AES_GCM_12,
                    EncryptionAlgorithm.AES_GCM_16);
            sized(table, "aes" + bits + "gmac", EncryptionAlgorithm.NULL_AES_GMAC, bits);
            sized(table, "camellia" + bits, EncryptionAlgorithm.CAMELLIA_CBC, bits);
            sized(table, "camellia" + bits + "ctr", EncryptionAlgorithm.CAMELLIA_CTR, bits);
            icvSizes(
                    table,
                    "camellia" + bits + "ccm",
                    bits,
                    EncryptionAlgorithm.CAMELLIA_CCM_8,
                    EncryptionAlgorithm.CAMELLIA_CCM_12,
                    EncryptionAlgorithm.CAMELLIA_CCM_16);
        }
        sized(table, "aes", EncryptionAlgorithm.AES_CBC, 128);
        sized(table, "camellia", EncryptionAlgorithm.CAMELLIA_CBC, 128);
        fixed(table, "chacha20poly1305", EncryptionAlgorithm.CHACHA20_POLY1305);
        fixed(table, "3des", EncryptionAlgorithm.TRIPLE_DES_CBC);
        fixed(table, "des", EncryptionAlgorithm.DES_CBC);
        fixed(table, "blowfish", EncryptionAlgorithm.BLOWFISH_CBC);
        fixed(table, "cast128", EncryptionAlgorithm.CAST_CBC);
        fixed(table, "null", EncryptionAlgorithm.NULL);
        for (IntegrityAlgorithm algorithm : IntegrityAlgorithm.values()) {
            add(table, algorithm.keyword(), new Transform.Integrity(algorithm));
        }
        add(table, "sha", new Transform.Integrity(IntegrityAlgorithm.HMAC_SHA1_96));
        add(table, "sha2_256", new Transform.Integrity(IntegrityAlgorithm.HMAC_SHA2_256_128));
        add(table, "sha2_384", new Transform.Integrity(IntegrityAlgorithm.HMAC_SHA2_384_192));
        add(table, "sha2_512", new Transform.Integrity(IntegrityAlgorithm.HMAC_SHA2_512_256));
        for (PrfAlgorithm algorithm : PrfAlgorithm.values()) {
            add(table, algorithm.keyword(), new Transform.Prf(algorithm));
        }
        for (KeyExchangeMethod method : KeyExchangeMethod.values()) {
            method.keywords().forEach(k -> add(table, k, new Transform.KeyExchange(method)));
        }
        add(table, "none", new Transform.KeyExchange(KeyExchangeMethod.NONE));
        add(table, "noesn", new Transform.Esn(false));
        add(table, "esn", new Transform.Esn(true));
        return table;
    }

    /**
     * "16" and "128" name the same check value, in bytes and in bits; without a number the longest
     * is meant.
     */
    private static void icvSizes(
            Map<String, Transform> table,
            String stem,
            int bits,
            EncryptionAlgorithm icv8,
            EncryptionAlgorithm icv12,
            EncryptionAlgorithm icv16) {
        sized(table, stem + "16", icv16, bits);
        sized(table, stem + "128", icv16, bits);
        sized(table, stem, icv16, bits);
        sized(table, stem + "12", icv12, bits);
        sized(table, stem + "96", icv12, bits);
        sized(table, stem + "8", icv8, bits);
        sized(table, stem + "64", icv8, bits);
    }

    private static void sized(
            Map<String, Transform> table, String keyword, EncryptionAlgorithm algorithm, int bits) {
        add(table, keyword, new Transform.Encryption(algorithm, bits));
    }

    private static void fixed(
            Map<String, Transform> table, String keyword, EncryptionAlgorithm algorithm) {
        add(table, keyword, new Transform.Encryption(algorithm));
    }

    private static void add(Map<String, Transform> table, String keyword, Transform transform) {
        // An algorithm without a keyword has an empty one, and AES-GMAC is an encryption keyword
        // already.
        if (!keyword.isEmpty()) {
            table.putIfAbsent(keyword, transform);
        }
    }
}
