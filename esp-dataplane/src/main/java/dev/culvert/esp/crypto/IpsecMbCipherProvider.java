package dev.culvert.esp.crypto;

import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import java.util.Optional;

/** The AEADs of libipsec-mb, and another provider for what it is not used for. */
final class IpsecMbCipherProvider implements EspCipherProvider {

    private final NativeScratch scratch = new NativeScratch();
    private final IpsecMbEngine engine;
    private final EspCipherProvider others;
    // Made for the first SA that needs it, because that takes some milliseconds.
    private Optional<IpsecMbChaCha20> chaCha20 = Optional.empty();

    /**
     * A provider for one agent.
     *
     * @param others for CBC, and for what the library lacks
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
        final Optional<NativeAead> aead = aead(suite);
        return aead.isPresent()
                ? new IpsecMbCipher(aead.get(), keys, esn, scratch)
                : others.sealing(suite, keys, esn);
    }

    @Override
    public EspCipher opening(EspSuite suite, EspKeys keys, boolean esn) {
        final Optional<NativeAead> aead = aead(suite);
        return aead.isPresent()
                ? new IpsecMbCipher(aead.get(), keys, esn, scratch)
                : others.opening(suite, keys, esn);
    }

    private Optional<NativeAead> aead(EspSuite suite) {
        return switch (suite.encryption()) {
            case AES_GCM_16_128, AES_GCM_16_192, AES_GCM_16_256 ->
                    engine.gcm(suite.encryption().keyBytes()).map(gcm -> gcm);
            case CHACHA20_POLY1305 -> chaCha20().map(aead -> aead);
            case AES_CBC_128, AES_CBC_192, AES_CBC_256 -> Optional.empty();
        };
    }

    private Optional<IpsecMbChaCha20> chaCha20() {
        if (chaCha20.isEmpty()) {
            chaCha20 = engine.chaCha20();
        }
        return chaCha20;
    }
}
