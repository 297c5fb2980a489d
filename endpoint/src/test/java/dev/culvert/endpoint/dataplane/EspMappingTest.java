package dev.culvert.endpoint.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.Selectors;
import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.Lifetime;
import dev.culvert.esp.SaSelectors;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.proposal.EncryptionAlgorithm;
import dev.culvert.ike.proposal.IntegrityAlgorithm;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EspMappingTest {
    private static final ChildConfig CHILD =
            Configs.child(
                    "net",
                    ChildConfig.Mode.TUNNEL,
                    Set.of(),
                    Configs.fixed("10.1.0.0/16"),
                    Configs.fixed("10.2.0.0/16"));

    @ParameterizedTest
    @CsvSource({
        "AES_GCM_16,128,,AES_GCM_16_128,NONE",
        "AES_GCM_16,192,,AES_GCM_16_192,NONE",
        "AES_GCM_16,256,,AES_GCM_16_256,NONE",
        "CHACHA20_POLY1305,256,,CHACHA20_POLY1305,NONE",
        "AES_CBC,128,HMAC_SHA2_256_128,AES_CBC_128,HMAC_SHA2_256_128",
        "AES_CBC,192,HMAC_SHA2_384_192,AES_CBC_192,HMAC_SHA2_384_192",
        "AES_CBC,256,HMAC_SHA2_512_256,AES_CBC_256,HMAC_SHA2_512_256"
    })
    void shouldMapEverySuiteThatCanBeNegotiated(
            EncryptionAlgorithm encryption,
            int keyLengthBits,
            IntegrityAlgorithm integrity,
            EspSuite.Encryption wantedEncryption,
            EspSuite.Integrity wantedIntegrity) {
        Optional<EspSuite> suite =
                EspMapping.suite(
                        new dev.culvert.ike.proposal.EspSuite(
                                encryption,
                                keyLengthBits,
                                Optional.ofNullable(integrity),
                                Optional.empty(),
                                false));

        assertThat(suite).contains(new EspSuite(wantedEncryption, wantedIntegrity));
        assertThat(suite.get().encryption().keyBytes() * 8).isEqualTo(keyLengthBits);
        assertThat(suite.get().ivBytes()).isEqualTo(encryption.ivBytes());
    }

    @Test
    void shouldHaveNoSuiteForWhatTheDataplaneCannotDo() {
        assertThat(
                        EspMapping.suite(
                                new dev.culvert.ike.proposal.EspSuite(
                                        EncryptionAlgorithm.AES_CCM_16,
                                        128,
                                        Optional.empty(),
                                        Optional.empty(),
                                        false)))
                .isEmpty();
    }

    @Test
    void shouldSplitSaltFromKeyAndLeaveArgumentsToTheCaller() {
        EspSuite suite = EspSuite.aead(EspSuite.Encryption.AES_GCM_16_128);
        byte[] material = new byte[20];
        for (int i = 0; i < material.length; i++) {
            material[i] = (byte) i;
        }
        SecretBytes encryption = SecretBytes.copyOf(material);

        EspKeys keys = EspMapping.keys(suite, encryption, SecretBytes.copyOf(new byte[0]));

        assertThat(keys.encryptionKey()).startsWith(0, 1, 2).hasSize(16);
        assertThat(keys.salt()).containsExactly(16, 17, 18, 19);
        assertThat(encryption.isDestroyed()).isFalse();
    }

    @Test
    void shouldKeepProtocolsPortsAndRanges() {
        SaSelectors selectors =
                EspMapping.selectors(
                        Selectors.of("10.1.0.1-10.1.0.9[tcp/80]"), Selectors.of("::/0"));

        assertThat(selectors.local().getFirst().protocol()).isEqualTo(6);
        assertThat(selectors.local().getFirst().portFrom()).isEqualTo(80);
        assertThat(selectors.local().getFirst().addresses().to().getHostAddress())
                .isEqualTo("10.1.0.9");
        assertThat(selectors.remote().getFirst().addresses().isIpv6()).isTrue();
    }

    @Test
    void shouldTakeARandomPartOffTheSoftLimit() {
        assertThat(EspMapping.lifetime(CHILD, 0)).isEqualTo(new Lifetime(1000, 2000, 0, 0));
        assertThat(EspMapping.lifetime(CHILD, 0.5)).isEqualTo(new Lifetime(750, 2000, 0, 0));
    }

    @ParameterizedTest
    @CsvSource({"0,false,0", "0,true,32", "8,false,32", "1024,true,1024", "99999,false,16384"})
    void shouldKeepReplayWindowWithinWhatTheDataplaneCanDo(
            int configured, boolean esn, int expected) {
        assertThat(EspMapping.replayWindowPackets(withWindow(configured), esn)).isEqualTo(expected);
    }

    private static ChildConfig withWindow(int packets) {
        return new ChildConfig(
                CHILD.name(),
                CHILD.proposals(),
                CHILD.localSelectors(),
                CHILD.remoteSelectors(),
                CHILD.mode(),
                CHILD.startActions(),
                CHILD.closeActions(),
                CHILD.dpdAction(),
                CHILD.timeNs(),
                CHILD.bytes(),
                CHILD.packets(),
                CHILD.inactivityNs(),
                CHILD.reqid(),
                CHILD.priority(),
                CHILD.tfcPaddingBytes(),
                packets,
                CHILD.copyDf(),
                CHILD.copyEcn(),
                CHILD.copyDscp());
    }
}
