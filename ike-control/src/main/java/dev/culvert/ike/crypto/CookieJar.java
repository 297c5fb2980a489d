package dev.culvert.ike.crypto;

import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * Makes and checks stateless cookies (RFC 7296, section 2.6). The secret changes after a while;
 * cookies of the one before are still good. One owner, not for several threads.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Version of the secret                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~     HMAC-SHA-256(secret, Ni | address | port | SPIi)          ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class CookieJar {
    private static final int SECRET_BYTES = 32;
    private static final int VERSION_BYTES = 4;

    private final RandomSource random;
    private final long rotateAfterNs;
    private int version;
    private long secretSinceNs;
    private SecretBytes secret;
    private Optional<SecretBytes> previousSecret = Optional.empty();

    /**
     * Starts with a new secret.
     *
     * @param random for secrets
     * @param rotateAfterNs life of a secret in nanoseconds, above 0; a cookie is good for once to
     *     twice as long
     * @param nowNs current time
     */
    public CookieJar(RandomSource random, long rotateAfterNs, long nowNs) {
        if (rotateAfterNs <= 0) {
            throw new IllegalArgumentException("rotateAfterNs " + rotateAfterNs);
        }
        this.random = random;
        this.rotateAfterNs = rotateAfterNs;
        this.secretSinceNs = nowNs;
        this.secret = SecretBytes.takingOver(random.bytes(SECRET_BYTES));
    }

    /**
     * A cookie for an initiator.
     *
     * @param nowNs current time
     * @param nonceI from the request
     * @param source address of the request
     * @param sourcePort UDP port of the request
     * @param initiatorSpi from the request
     */
    public Bytes issue(
            long nowNs, Bytes nonceI, IpAddress source, int sourcePort, long initiatorSpi) {
        rotate(nowNs);
        return cookie(version, secret, nonceI, source, sourcePort, initiatorSpi);
    }

    /** Whether the cookie is ours, for these values and not too old; in constant time. */
    public boolean verify(
            long nowNs,
            Bytes cookie,
            Bytes nonceI,
            IpAddress source,
            int sourcePort,
            long initiatorSpi) {
        rotate(nowNs);
        if (cookie.lengthBytes() < VERSION_BYTES) {
            return false;
        }
        int cookieVersion = (int) cookie.slice(0, VERSION_BYTES).toUnsignedLong();
        Optional<SecretBytes> used = Optional.empty();
        if (cookieVersion == version) {
            used = Optional.of(secret);
        } else if (cookieVersion == version - 1) {
            used = previousSecret;
        }
        return used.map(s -> cookie(cookieVersion, s, nonceI, source, sourcePort, initiatorSpi))
                .filter(expected -> MessageDigest.isEqual(expected.toArray(), cookie.toArray()))
                .isPresent();
    }

    private void rotate(long nowNs) {
        long ageNs = nowNs - secretSinceNs;
        if (ageNs < rotateAfterNs) {
            return;
        }
        previousSecret.ifPresent(SecretBytes::destroy);
        // After a long silence the current secret is too old even to be the previous one.
        if (ageNs < 2 * rotateAfterNs) {
            previousSecret = Optional.of(secret);
        } else {
            secret.destroy();
            previousSecret = Optional.empty();
        }
        secret = SecretBytes.takingOver(random.bytes(SECRET_BYTES));
        secretSinceNs = nowNs;
        version++;
    }

    private static Bytes cookie(
            int version,
            SecretBytes secret,
            Bytes nonceI,
            IpAddress source,
            int sourcePort,
            long initiatorSpi) {
        byte[] mac =
                new Prf(dev.culvert.ike.proposal.PrfAlgorithm.HMAC_SHA2_256)
                        .compute(
                                secret,
                                nonceI.toArray(),
                                source.toBytes(),
                                new byte[] {(byte) (sourcePort >>> 8), (byte) sourcePort},
                                Bytes.ofLong(initiatorSpi).toArray());
        byte[] cookie = new byte[VERSION_BYTES + mac.length];
        Bytes.ofInt(version).copyTo(cookie, 0);
        System.arraycopy(mac, 0, cookie, VERSION_BYTES, mac.length);
        return Bytes.of(cookie);
    }
}
