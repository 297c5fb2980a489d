package dev.culvert.ike.engine;

import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.IkeHeader;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.message.PayloadType;
import dev.culvert.ike.wire.Bytes;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The least that has to be read of a request for a new IKE SA to answer it with a cookie: its SPI
 * and its nonce. Under a flood, almost all datagrams end here.
 */
final class EarlyLook {
    private static final int FIRST_TYPE_OFFSET = 16;
    private static final int VERSION_2 = 0x20;
    private static final int FLAG_INITIATOR = 0x08;
    private static final int MOST_PAYLOADS = 64;

    private EarlyLook() {}

    /** What was found. */
    record First(long spi, Bytes nonce) {}

    /**
     * Looks at a datagram.
     *
     * @return empty unless it is a request that begins an IKE SA, without a cookie
     */
    static Optional<First> at(byte[] bytes) {
        if (bytes.length < IkeHeader.LENGTH_BYTES) {
            return Optional.empty();
        }
        ByteBuffer header = ByteBuffer.wrap(bytes);
        long spi = header.getLong();
        boolean begins =
                spi != 0
                        && header.getLong() == 0
                        // A cookie comes first.
                        && bytes[FIRST_TYPE_OFFSET] != PayloadType.NOTIFY.value()
                        && bytes[FIRST_TYPE_OFFSET + 1] == VERSION_2
                        && bytes[FIRST_TYPE_OFFSET + 2] == ExchangeType.IKE_SA_INIT.value()
                        && bytes[FIRST_TYPE_OFFSET + 3] == FLAG_INITIATOR
                        && header.getInt(FIRST_TYPE_OFFSET + 4) == 0
                        && header.getInt(FIRST_TYPE_OFFSET + 8) == bytes.length;
        return begins ? nonce(bytes).map(nonce -> new First(spi, nonce)) : Optional.empty();
    }

    private static Optional<Bytes> nonce(byte[] bytes) {
        int type = bytes[FIRST_TYPE_OFFSET] & 0xff;
        int position = IkeHeader.LENGTH_BYTES;
        for (int i = 0; i < MOST_PAYLOADS && type != PayloadType.NONE; i++) {
            if (bytes.length - position < Payload.HEADER_BYTES) {
                return Optional.empty();
            }
            int lengthBytes = (bytes[position + 2] & 0xff) << 8 | (bytes[position + 3] & 0xff);
            int end = position + lengthBytes;
            if (lengthBytes < Payload.HEADER_BYTES || end > bytes.length) {
                return Optional.empty();
            }
            if (type == PayloadType.NONCE.value()) {
                int nonceBytes = lengthBytes - Payload.HEADER_BYTES;
                return nonceBytes < Payload.Nonce.MIN_BYTES || nonceBytes > Payload.Nonce.MAX_BYTES
                        ? Optional.empty()
                        : Optional.of(
                                Bytes.of(
                                        java.util.Arrays.copyOfRange(
                                                bytes, position + Payload.HEADER_BYTES, end)));
            }
            type = bytes[position] & 0xff;
            position = end;
        }
        return Optional.empty();
    }
}
