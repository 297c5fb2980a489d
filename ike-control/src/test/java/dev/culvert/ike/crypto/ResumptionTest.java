package dev.culvert.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.id.Identity;
import dev.culvert.ike.message.MessageEncoder;
import dev.culvert.ike.proposal.EncryptionAlgorithm;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.wire.Bytes;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Keys and AUTH of a resumed IKE SA (RFC 5723 sections 5.1 and 4.3.3). There are no published
 * vectors; these come from Python's hmac module, with
 *
 * <pre>
 *   SKEYSEED = prf(SK_d_old, "Resumption" | Ni | Nr)       the text without a zero at its end
 *   {SK_d | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr)
 *   AUTH = prf(SK_pi, request | Nr | prf(SK_pi, IDi'))
 * </pre>
 */
class ResumptionTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final IkeSuite SUITE =
            new IkeSuite(
                    EncryptionAlgorithm.AES_GCM_16,
                    128,
                    Optional.empty(),
                    PrfAlgorithm.HMAC_SHA2_256,
                    KeyExchangeMethod.CURVE_25519);
    private static final Bytes NONCE_I = counting(0x40, 32);
    private static final Bytes NONCE_R = counting(0x80, 32);

    @Test
    void shouldDeriveTheKeysOfRfc5723() {
        IkeKeys keys = keys();
        assertThat(HEX.formatHex(keys.skD().borrow()))
                .isEqualTo("e5a005f751d1ba1d632a0608b77ffaa43458766a2c86660b3e3534acd71916eb");
        assertThat(HEX.formatHex(keys.skEi().borrow()))
                .isEqualTo("76ff6ff89bf7f2be540f201035cbcbc2b85f7432");
        assertThat(HEX.formatHex(keys.skEr().borrow()))
                .isEqualTo("2a36d09bc958c75bb9103d2edc1b54dc68f1f5e9");
        assertThat(HEX.formatHex(keys.skPi().borrow()))
                .isEqualTo("f586d1dc509adcd021608787fba23531f45dac55dda9f920f088469884484d71");
        assertThat(HEX.formatHex(keys.skPr().borrow()))
                .isEqualTo("8f57f7f88108f11532181fdf557df802de42e4168f74524fe3eac583bfd1f5ca");
    }

    @Test
    void shouldComputeTheAuthOfRfc5723() {
        IkeKeys keys = keys();
        Bytes auth =
                PskAuth.signResumed(
                        PrfAlgorithm.HMAC_SHA2_256,
                        counting(0, 200).toArray(),
                        NONCE_R,
                        keys.skPi(),
                        MessageEncoder.idBody(new Identity.Fqdn("moon.example")));
        assertThat(HEX.formatHex(auth.toArray()))
                .isEqualTo("7a2e1873c6f6effd8b71fe1100ee216763c022aec6a69527ab52db407594b124");
    }

    private static IkeKeys keys() {
        try (SecretBytes old = SecretBytes.takingOver(counting(0, 32).toArray())) {
            return KeyDerivation.resumedIkeKeys(
                    SUITE, old, NONCE_I, NONCE_R, 0x40dac39e1e1a8640L, 0x8619a1cf9a6e4c07L);
        }
    }

    private static Bytes counting(int first, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (first + i);
        }
        return Bytes.of(bytes);
    }
}
