package dev.culvert.esp.agent;

import dev.culvert.esp.crypto.EspCipher;
import dev.culvert.esp.packet.EspLayout;
import org.agrona.concurrent.UnsafeBuffer;

/** Writes ESP packets (RFC 4303 3.3). */
final class EspWriter {

    private EspWriter() {}

    /**
     * Seals one inner packet.
     *
     * @param buffer holds the inner packet; the trailer is written behind it
     * @param payloadBytes length with TFC padding
     * @param plaintextBytes length with all padding and the trailer
     * @param esp gets the ESP packet
     * @return false when the cipher failed
     */
    static boolean write(
            EspCipher cipher,
            int spi,
            long sequence,
            UnsafeBuffer buffer,
            int offset,
            int innerBytes,
            int payloadBytes,
            int plaintextBytes,
            boolean ipv6,
            UnsafeBuffer esp,
            int espOffset) {
        EspLayout.header(esp, espOffset, spi, sequence);
        EspLayout.trailer(
                buffer,
                offset + innerBytes,
                offset + payloadBytes,
                offset + plaintextBytes,
                ipv6 ? EspLayout.NEXT_HEADER_IPV6 : EspLayout.NEXT_HEADER_IPV4);
        return cipher.seal(sequence, buffer, offset, plaintextBytes, esp, espOffset);
    }
}
