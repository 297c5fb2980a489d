package dev.culvert.ike.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;

/** HMAC (RFC 2104) through the JDK. */
final class Hmac {
    private Hmac() {}

    /** HMAC over the parts one after the other; {@code key} is not empty. */
    static byte[] compute(String algorithm, byte[] key, byte[]... dataParts) {
        RawKey rawKey = new RawKey(algorithm, key);
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(rawKey);
            for (byte[] part : dataParts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        } finally {
            rawKey.destroy();
        }
    }
}
