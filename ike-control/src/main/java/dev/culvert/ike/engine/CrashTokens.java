package dev.culvert.ike.engine;

import dev.culvert.ike.crypto.Prf;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.wire.Bytes;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Tokens of quick crash detection (RFC 6290): made from the SPIs of an IKE SA and a secret that
 * outlives the process, so that the next one can make the token of an SA that it knows nothing of.
 *
 * <pre>
 *   token = HMAC-SHA-256(secret, SPIi | SPIr)
 * </pre>
 */
final class CrashTokens {
    private final Prf prf = new Prf(PrfAlgorithm.HMAC_SHA2_256);
    private final Optional<SecretBytes> secret;

    CrashTokens(Optional<SecretBytes> secret) {
        this.secret = secret;
    }

    Optional<Bytes> token(long initiatorSpi, long responderSpi) {
        byte[] spis =
                ByteBuffer.allocate(2 * Long.BYTES)
                        .putLong(initiatorSpi)
                        .putLong(responderSpi)
                        .array();
        return secret.map(key -> Bytes.of(prf.compute(key, spis)));
    }
}
