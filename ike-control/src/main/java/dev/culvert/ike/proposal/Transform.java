package dev.culvert.ike.proposal;

import dev.culvert.ike.wire.Bytes;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** One algorithm that a proposal offers (RFC 7296, section 3.3.2). */
public sealed interface Transform {
    /**
     * An encryption algorithm.
     *
     * @param algorithm which
     * @param keyLengthBits one of {@link EncryptionAlgorithm#keyLengthsBits()}, or the algorithm's
     *     fixed length
     */
    record Encryption(EncryptionAlgorithm algorithm, int keyLengthBits) implements Transform {
        /** An algorithm with one key length. */
        public Encryption(EncryptionAlgorithm algorithm) {
            this(algorithm, algorithm.fixedKeyLengthBits());
        }

        @Override
        public String displayName() {
            return algorithm.displayName(keyLengthBits);
        }
    }

    /**
     * A pseudorandom function.
     *
     * @param algorithm which
     */
    record Prf(PrfAlgorithm algorithm) implements Transform {
        @Override
        public String displayName() {
            return algorithm.displayName();
        }
    }

    /**
     * An integrity algorithm.
     *
     * @param algorithm which
     */
    record Integrity(IntegrityAlgorithm algorithm) implements Transform {
        @Override
        public String displayName() {
            return algorithm.displayName();
        }
    }

    /**
     * A key exchange method.
     *
     * @param method which
     */
    record KeyExchange(KeyExchangeMethod method) implements Transform {
        @Override
        public String displayName() {
            return method.displayName();
        }
    }

    /**
     * Use of extended sequence numbers.
     *
     * @param extended whether sequence numbers have 64 bits
     */
    record Esn(boolean extended) implements Transform {
        @Override
        public String displayName() {
            return extended ? "EXT_SEQ" : "NO_EXT_SEQ";
        }
    }

    /**
     * A transform that cannot be chosen: type, value or an attribute is not known, or an attribute
     * does not belong there (RFC 7296, section 3.3.6).
     *
     * @param typeValue transform type on the wire, 0 to 255
     * @param id transform ID on the wire, 0 to 65535
     * @param attributes as received
     */
    record Unknown(int typeValue, int id, List<Attribute> attributes) implements Transform {
        /** Copies the list. */
        public Unknown {
            attributes = List.copyOf(attributes);
        }

        @Override
        public String displayName() {
            Optional<String> name =
                    TransformType.of(typeValue).flatMap(type -> registeredName(type, id));
            String what = name.orElse("transform type " + typeValue + " id " + id);
            return "("
                    + what
                    + attributes.stream().map(a -> " " + a).collect(Collectors.joining())
                    + ")";
        }
    }

    /**
     * A transform attribute (RFC 7296, section 3.3.5).
     *
     * @param type 0 to 32767; 14 is Key Length
     * @param fixed whether it was in the two-byte form (AF bit set)
     * @param value two bytes if {@code fixed}, else any number
     */
    record Attribute(int type, boolean fixed, Bytes value) {
        /** Key Length, in bits. */
        public static final int KEY_LENGTH = 14;

        /** The Key Length attribute. */
        public static Attribute keyLength(int bits) {
            return new Attribute(KEY_LENGTH, true, Bytes.ofInt(bits).slice(2, 4));
        }

        @Override
        public String toString() {
            if (type == KEY_LENGTH && fixed) {
                return value.toUnsignedLong() + " bits";
            }
            return "attribute " + type + "=0x" + value.toHex();
        }
    }

    /** As strongSwan prints it. */
    String displayName();

    /** Type value on the wire. */
    default int typeValue() {
        return switch (this) {
            case Encryption _ -> TransformType.ENCRYPTION.value();
            case Prf _ -> TransformType.PRF.value();
            case Integrity _ -> TransformType.INTEGRITY.value();
            case KeyExchange _ -> TransformType.KEY_EXCHANGE.value();
            case Esn _ -> TransformType.ESN.value();
            case Unknown unknown -> unknown.typeValue();
        };
    }

    /** Transform ID on the wire. */
    default int id() {
        return switch (this) {
            case Encryption encryption -> encryption.algorithm().id();
            case Prf prf -> prf.algorithm().id();
            case Integrity integrity -> integrity.algorithm().id();
            case KeyExchange keyExchange -> keyExchange.method().id();
            case Esn esn -> esn.extended() ? 1 : 0;
            case Unknown unknown -> unknown.id();
        };
    }

    /** Attributes on the wire. */
    default List<Attribute> attributes() {
        return switch (this) {
            case Encryption(EncryptionAlgorithm algorithm, int keyLengthBits) ->
                    algorithm.hasKeyLengthAttribute()
                            ? List.of(Attribute.keyLength(keyLengthBits))
                            : List.of();
            case Prf _, Integrity _, KeyExchange _, Esn _ -> List.of();
            case Unknown unknown -> unknown.attributes();
        };
    }

    /**
     * From the wire; never fails: what cannot be chosen becomes {@link Unknown}.
     *
     * @param typeValue transform type, 0 to 255
     * @param id transform ID, 0 to 65535
     * @param attributes as received
     */
    static Transform ofWire(int typeValue, int id, List<Attribute> attributes) {
        Transform unknown = new Unknown(typeValue, id, attributes);
        Optional<TransformType> type = TransformType.of(typeValue);
        if (type.isEmpty()) {
            return unknown;
        }
        Optional<Transform> known =
                switch (type.get()) {
                    case ENCRYPTION -> encryption(id, attributes);
                    case PRF -> PrfAlgorithm.of(id).map(Prf::new);
                    case INTEGRITY -> IntegrityAlgorithm.of(id).map(Integrity::new);
                    case KEY_EXCHANGE -> KeyExchangeMethod.of(id).map(KeyExchange::new);
                    case ESN -> id <= 1 ? Optional.of(new Esn(id == 1)) : Optional.empty();
                };
        // An attribute that does not belong there makes the transform unacceptable (RFC 7296,
        // 3.3.6).
        return known.filter(t -> t.attributes().equals(attributes)).orElse(unknown);
    }

    private static Optional<Transform> encryption(int id, List<Attribute> attributes) {
        return EncryptionAlgorithm.of(id)
                .flatMap(algorithm -> {
                    if (!algorithm.hasKeyLengthAttribute()) {
                        return Optional.of(new Encryption(algorithm));
                    }
                    return algorithm.keyLengthsBits().stream()
                            .filter(bits -> attributes.contains(Attribute.keyLength(bits)))
                            .findFirst()
                            .map(bits -> new Encryption(algorithm, bits));
                });
    }

    private static Optional<String> registeredName(TransformType type, int id) {
        return switch (type) {
            case ENCRYPTION -> EncryptionAlgorithm.of(id).map(EncryptionAlgorithm::displayName);
            case PRF -> PrfAlgorithm.of(id).map(PrfAlgorithm::displayName);
            case INTEGRITY -> IntegrityAlgorithm.of(id).map(IntegrityAlgorithm::displayName);
            case KEY_EXCHANGE -> KeyExchangeMethod.of(id).map(KeyExchangeMethod::displayName);
            case ESN -> Optional.empty();
        };
    }
}
