package dev.culvert.ike.proposal;

import dev.culvert.ike.wire.Bytes;
import java.util.List;

/**
 * One proposal of an SA payload, or one configured proposal (number 0 and no SPI). RFC 7296,
 * section 3.3.1.
 *
 * @param number 1 for the first on the wire, 0 to 255
 * @param protocol what the SA is for
 * @param spi the sender's SPI: empty for the first IKE SA, 8 bytes when an IKE SA is rekeyed, 4
 *     bytes for ESP
 * @param transforms in the order of preference within each type
 */
public record Proposal(int number, ProtocolId protocol, Bytes spi, List<Transform> transforms) {
    /** Copies the list and checks the number's range. */
    public Proposal {
        if (number < 0 || number > 255) {
            throw new IllegalArgumentException("proposal number " + number);
        }
        transforms = List.copyOf(transforms);
    }

    /** The same with another number. */
    public Proposal withNumber(int newNumber) {
        return new Proposal(newNumber, protocol, spi, transforms);
    }

    /** The same with another SPI. */
    public Proposal withSpi(Bytes newSpi) {
        return new Proposal(number, protocol, newSpi, transforms);
    }

    /**
     * The same without transforms of a type: the first child SA is offered without key exchange
     * (RFC 7296, 1.2).
     */
    public Proposal without(TransformType type) {
        return new Proposal(
                number,
                protocol,
                spi,
                transforms.stream().filter(t -> t.typeValue() != type.value()).toList());
    }

    /** The transforms of one type, in order. */
    public List<Transform> ofType(TransformType type) {
        return transforms.stream().filter(t -> t.typeValue() == type.value()).toList();
    }

    /** The key exchange methods, in order. */
    public List<KeyExchangeMethod> keyExchangeMethods() {
        return transforms.stream()
                .filter(Transform.KeyExchange.class::isInstance)
                .map(t -> ((Transform.KeyExchange) t).method())
                .toList();
    }

    /**
     * As strongSwan logs it: {@code IKE:AES_GCM_16_256/PRF_HMAC_SHA2_256/CURVE_25519}, here with
     * our display names.
     */
    public String displayName() {
        StringBuilder text = new StringBuilder(protocol.toString()).append(':');
        for (int i = 0; i < transforms.size(); i++) {
            text.append(i == 0 ? "" : "/").append(transforms.get(i).displayName());
        }
        return text.toString();
    }
}
