package dev.culvert.esp.crypto;

import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import java.util.Optional;

/** AES-GCM of libipsec-mb, and another provider for what it is not used for. */
final class IpsecMbCipherProvider implements EspCipherProvider {

    private final NativeScratch scratch = new NativeScratch();
    private final IpsecMbEngine engine;
    private final EspCipherProvider others;

    /**
     * A provider for one agent.
     *
     * @param others for ChaCha20-Poly1305 and CBC
     */
    IpsecMbCipherProvider(IpsecMbEngine engine, EspCipherProvider others) {
        this.engine = engine;
        this.others = others;
    }

    @Override
    public String name() {
        return engine.name();
    }

    @Override
    public EspCipher sealing(EspSuite suite, EspKeys keys, boolean esn) {
        final Optional<IpsecMbGcm> gcm = gcm(suite);
        return gcm.isPresent()
                ? new IpsecMbGcmCipher(gcm.get(), keys, esn, scratch)
                : others.sealing(suite, keys, esn);
    }

    @Override
    public EspCipher opening(EspSuite suite, EspKeys keys, boolean esn) {
        final Optional<IpsecMbGcm> gcm = gcm(suite);
        return gcm.isPresent()
                ? new IpsecMbGcmCipher(gcm.get(), keys, esn, scratch)
                : others.opening(suite, keys, esn);
    }

    private Optional<IpsecMbGcm> gcm(EspSuite suite) {
        final Encryption encryption = suite.encryption();
        return encryption.isAead() && encryption != Encryption.CHACHA20_POLY1305
                ? engine.gcm(encryption.keyBytes())
                : Optional.empty();
    }
}
