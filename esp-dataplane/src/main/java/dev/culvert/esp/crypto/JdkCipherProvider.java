package dev.culvert.esp.crypto;

import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;

/** Ciphers of the JDK's own provider (SunJCE). */
public final class JdkCipherProvider implements EspCipherProvider {

    private final CipherScratch scratch = new CipherScratch();
    private final SecureRandom random;

    /**
     * A provider for one agent.
     *
     * @param random gives the keys that CBC's IVs are made with
     */
    public JdkCipherProvider(SecureRandom random) {
        this.random = random;
    }

    @Override
    public String name() {
        return "jdk";
    }

    @Override
    public EspCipher sealing(EspSuite suite, EspKeys keys, boolean esn) {
        try {
            return suite.encryption().isAead()
                    ? new JdkAeadCipher(suite, keys, esn, scratch)
                    : new JdkCbcHmacCipher(suite, keys, esn, scratch, random);
        } catch (GeneralSecurityException e) {
            throw unsupported(suite, e);
        }
    }

    @Override
    public EspCipher opening(EspSuite suite, EspKeys keys, boolean esn) {
        return sealing(suite, keys, esn);
    }

    private static IllegalStateException unsupported(EspSuite suite, GeneralSecurityException e) {
        return new IllegalStateException(
                "the JDK has no "
                        + suite
                        + " ("
                        + e.getMessage()
                        + "); choose another ESP proposal",
                e);
    }
}
