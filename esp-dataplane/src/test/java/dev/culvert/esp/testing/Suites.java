package dev.culvert.esp.testing;

import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.EspSuite.Integrity;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Every suite that there is. */
public final class Suites {

    private Suites() {}

    public static Stream<EspSuite> all() {
        return Stream.of(Encryption.values())
                .flatMap(encryption ->
                        encryption.isAead()
                                ? Stream.of(EspSuite.aead(encryption))
                                : Stream.of(Integrity.values())
                                        .filter(integrity -> integrity != Integrity.NONE)
                                        .map(i -> EspSuite.of(encryption, i)));
    }

    /** One of each kind, for tests where the algorithm makes no difference but the sizes might. */
    public static List<EspSuite> someOfEachKind() {
        return List.of(
                EspSuite.aead(Encryption.AES_GCM_16_128),
                EspSuite.aead(Encryption.CHACHA20_POLY1305),
                EspSuite.of(Encryption.AES_CBC_256, Integrity.HMAC_SHA2_384_192));
    }

    public static byte[] keyMaterial(EspSuite suite, long seed) {
        final byte[] bytes =
                new byte
                        [suite.encryption().keyBytes()
                                + suite.encryption().saltBytes()
                                + suite.integrity().keyBytes()];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
