package dev.culvert.ike.message;

import java.util.Optional;

/**
 * The fixed header of an IKE message (RFC 7296, section 3.1), without next payload and length,
 * which follow from the rest.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       IKE SA Initiator's SPI                  |
 * |                                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       IKE SA Responder's SPI                  |
 * |                                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Payload | MjVer | MnVer | Exchange Type | X X R V I X X X|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                          Message ID                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                            Length                             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 *
 * @param initiatorSpi of the IKE SA's original initiator; never 0
 * @param responderSpi 0 until the responder has answered
 * @param majorVersion 0 to 15; 2 for IKEv2
 * @param minorVersion 0 to 15
 * @param exchangeValue exchange type on the wire, 0 to 255
 * @param response R flag: a response, with its request's message ID
 * @param higherVersion V flag: the sender could speak a higher major version
 * @param initiator I flag: sent by the original initiator of the IKE SA
 * @param messageId 0 to 2^32 - 1
 */
public record IkeHeader(
        long initiatorSpi,
        long responderSpi,
        int majorVersion,
        int minorVersion,
        int exchangeValue,
        boolean response,
        boolean higherVersion,
        boolean initiator,
        long messageId) {
    /** Bytes on the wire. */
    public static final int LENGTH_BYTES = 28;

    /** Checks the ranges. */
    public IkeHeader {
        if (majorVersion >>> 4 != 0
                || minorVersion >>> 4 != 0
                || exchangeValue >>> 8 != 0
                || messageId >>> 32 != 0) {
            throw new IllegalArgumentException("out of range");
        }
    }

    /** An IKEv2 request. */
    public static IkeHeader request(
            long initiatorSpi,
            long responderSpi,
            ExchangeType exchange,
            boolean initiator,
            long messageId) {
        return new IkeHeader(
                initiatorSpi,
                responderSpi,
                2,
                0,
                exchange.value(),
                false,
                false,
                initiator,
                messageId);
    }

    /** An IKEv2 response. */
    public static IkeHeader response(
            long initiatorSpi,
            long responderSpi,
            ExchangeType exchange,
            boolean initiator,
            long messageId) {
        return new IkeHeader(
                initiatorSpi,
                responderSpi,
                2,
                0,
                exchange.value(),
                true,
                false,
                initiator,
                messageId);
    }

    /** The exchange, if it is a registered one. */
    public Optional<ExchangeType> exchange() {
        return ExchangeType.of(exchangeValue);
    }

    /** Whether it belongs to the given exchange. */
    public boolean isExchange(ExchangeType type) {
        return exchangeValue == type.value();
    }

    /** For logs: {@code IKE_AUTH request 1 [i=… r=…]}. */
    @Override
    public String toString() {
        return exchange().map(ExchangeType::name).orElse("exchange " + exchangeValue)
                + (response ? " response " : " request ")
                + messageId
                + String.format(" [%016x_i %016x_r]", initiatorSpi, responderSpi);
    }
}
