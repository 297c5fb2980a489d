package dev.culvert.ike.crypto;

import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.OptionalInt;

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
 * |  Puzzle bits  |                                               ~
 * +-+-+-+-+-+-+-+-+                                               +
 * ~  HMAC-SHA-256(secret, Ni | address | port | SPIi | puzzle)    ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 *
 * The number of bits says how hard a puzzle goes with the cookie (RFC 8019, section 7.1.1), so that
 * it need not be remembered; 0 without one.
 */
public final class CookieJar {
    private static final int SECRET_BYTES = 32;
    private static final int VERSION_BYTES = 4;
    private static final int HEADER_BYTES = VERSION_BYTES + 1;

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
     * @param puzzleBits how hard the puzzle is that goes with it; 0 without one
     */
    public Bytes issue(
            long nowNs,
            Bytes nonceI,
            IpAddress source,
            int sourcePort,
            long initiatorSpi,
            int puzzleBits) {
        rotate(nowNs);
        return cookie(version, secret, nonceI, source, sourcePort, initiatorSpi, puzzleBits);
    }

    /**
     * Whether the cookie is ours, for these values and not too old; in constant time.
     *
     * @return if so, how hard the puzzle was that went with it; 0 without one
     */
    public OptionalInt verify(
            long nowNs,
            Bytes cookie,
            Bytes nonceI,
            IpAddress source,
            int sourcePort,
            long initiatorSpi) {
        rotate(nowNs);
        if (cookie.lengthBytes() < HEADER_BYTES) {
            return OptionalInt.empty();
        }
        int bits = cookie.toArray()[VERSION_BYTES] & 0xff;
        int cookieVersion = (int) cookie.slice(0, VERSION_BYTES).toUnsignedLong();
        Optional<SecretBytes> used = Optional.empty();
        if (cookieVersion == version) {
            used = Optional.of(secret);
        } else if (cookieVersion == version - 1) {
            used = previousSecret;
        }
        boolean valid =
                used.map(s ->
                                cookie(
                                        cookieVersion,
                                        s,
                                        nonceI,
                                        source,
                                        sourcePort,
                                        initiatorSpi,
                                        bits))
                        .filter(expected ->
                                MessageDigest.isEqual(expected.toArray(), cookie.toArray()))
                        .isPresent();
        return valid ? OptionalInt.of(bits) : OptionalInt.empty();
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
            long initiatorSpi,
            int puzzleBits) {
        byte[] mac =
                new Prf(dev.culvert.ike.proposal.PrfAlgorithm.HMAC_SHA2_256)
                        .compute(
                                secret,
                                nonceI.toArray(),
                                source.toBytes(),
                                new byte[] {(byte) (sourcePort >>> 8), (byte) sourcePort},
                                Bytes.ofLong(initiatorSpi).toArray(),
                                new byte[] {(byte) puzzleBits});
        byte[] cookie = new byte[HEADER_BYTES + mac.length];
        Bytes.ofInt(version).copyTo(cookie, 0);
        cookie[VERSION_BYTES] = (byte) puzzleBits;
        System.arraycopy(mac, 0, cookie, HEADER_BYTES, mac.length);
        return Bytes.of(cookie);
    }
}
