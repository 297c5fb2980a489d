package dev.culvert.ike.proposal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.wire.Parsed;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProposalParserTest {
    @ParameterizedTest
    @CsvSource({
        "aes128gcm16-prfsha256-x25519,IKE:AES_GCM_16-128/PRF_HMAC_SHA2_256/CURVE_25519",
        "aes256-sha256-modp2048,IKE:AES_CBC-256/PRF_HMAC_SHA2_256/HMAC_SHA2_256_128/MODP_2048",
        "AES256-SHA2_384-ECP384,IKE:AES_CBC-256/PRF_HMAC_SHA2_384/HMAC_SHA2_384_192/ECP_384",
        "chacha20poly1305-prfsha512-curve25519,IKE:CHACHA20_POLY1305/PRF_HMAC_SHA2_512/CURVE_25519",
        "aes256gcm16-aes128gcm128-prfsha384-ecp256-modp3072,"
                + "IKE:AES_GCM_16-256/AES_GCM_16-128/PRF_HMAC_SHA2_384/ECP_256/MODP_3072",
        // As in strongSwan: the PRF follows from the integrity algorithm, which an AEAD then does
        // not need.
        "aes128gcm16-sha256-sha384-x25519,IKE:AES_GCM_16-128/PRF_HMAC_SHA2_256/PRF_HMAC_SHA2_384/CURVE_25519",
        "aes192-sha512-prfsha256-modp4096,IKE:AES_CBC-192/PRF_HMAC_SHA2_256/HMAC_SHA2_512_256/MODP_4096",
        "aes-sha256-modp2048-none,IKE:AES_CBC-128/PRF_HMAC_SHA2_256/HMAC_SHA2_256_128/MODP_2048",
        "aes128-aes128-sha256-modp2048,IKE:AES_CBC-128/PRF_HMAC_SHA2_256/HMAC_SHA2_256_128/MODP_2048"
    })
    void shouldReadIkeProposals(String text, String expected) {
        assertThat(ProposalParser.parseIke(text).orThrow().displayName()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "aes128gcm16,ESP:AES_GCM_16-128/NO_EXT_SEQ",
        "aes256gcm16-x25519-esn,ESP:AES_GCM_16-256/CURVE_25519/EXT_SEQ",
        "aes128-sha256-esn-noesn,ESP:AES_CBC-128/HMAC_SHA2_256_128/EXT_SEQ/NO_EXT_SEQ",
        "chacha20poly1305-noesn,ESP:CHACHA20_POLY1305/NO_EXT_SEQ",
        // As in strongSwan: what has no meaning there is left out.
        "aes128gcm16-sha256-prfsha256,ESP:AES_GCM_16-128/NO_EXT_SEQ",
        "aes256-sha512-ecp521-modpnone,ESP:AES_CBC-256/HMAC_SHA2_512_256/ECP_521/NONE/NO_EXT_SEQ"
    })
    void shouldReadEspProposals(String text, String expected) {
        assertThat(ProposalParser.parseEsp(text).orThrow().displayName()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "aes128-sha256-modp2049,unknown keyword \"modp2049\"",
        "aes128--modp2048,an empty keyword",
        "'',an empty keyword",
        "3des-sha256-modp2048,\"3des\" (3DES_CBC)",
        "aes128ctr-sha256-modp2048,\"aes128ctr\" (AES_CTR-128)",
        "aes128-sha1-modp2048,\"sha1\" (HMAC_SHA1_96)",
        "aes128-md5-modp2048,\"md5\" (HMAC_MD5_96)",
        "aes128-sha256-modp1024,\"modp1024\" (MODP_1024)",
        "aes128-sha256-x448,\"x448\" (CURVE_448)",
        "aes128gcm16-prfaesxcbc-x25519,\"prfaesxcbc\" (PRF_AES128_XCBC)",
        "aes128gcm16-prfsha256-x25519-esn,\"esn\" (EXT_SEQ)",
        "sha256-modp2048,has no encryption; add one of aes128",
        "aes128-modp2048,has no integrity; add one of sha256",
        "aes128gcm16-x25519,has no PRF; add one of prfsha256",
        "aes128-sha256,has no key exchange; add one of modp2048",
        "aes128gcm16-aes128-sha256-x25519,mixes AEADs"
    })
    void shouldNameWhatIsWrongWithIkeProposals(String text, String expected) {
        assertThat(problem(ProposalParser.parseIke(text)))
                .contains(expected)
                .contains("\"" + text + "\"");
    }

    @ParameterizedTest
    @CsvSource({
        "aes128,has no integrity",
        "sha256,has no encryption",
        "null-sha256,\"null\" (NULL)",
        "aes128gcm8,\"aes128gcm8\" (AES_GCM_8-128)",
        "aes128-aes128gcm16-sha256,mixes AEADs",
        "aes129-sha256,unknown keyword \"aes129\""
    })
    void shouldNameWhatIsWrongWithEspProposals(String text, String expected) {
        assertThat(problem(ProposalParser.parseEsp(text))).contains(expected);
    }

    @Test
    void shouldSayWhatIsAllowed() {
        assertThat(problem(ProposalParser.parseIke("nonsense")))
                .contains("aes128gcm16", "chacha20poly1305", "prfsha384", "x25519", "modp8192")
                .doesNotContain("3des", "modp1024", "esn");
        assertThat(problem(ProposalParser.parseEsp("nonsense")))
                .contains("noesn")
                .doesNotContain("prfsha256");
        assertThat(problem(ProposalParser.parseIke("aes128-sha256-modp1024")))
                .contains(
                        "use one of modp2048, modp3072, modp4096, modp6144, modp8192, ecp256, ecp384, ecp521, x25519");
    }

    @Test
    void shouldReadLists() {
        List<Proposal> proposals =
                ProposalParser.parseIkeList(
                                "aes256-sha256-modp2048, default , aes128gcm16-prfsha256-x25519")
                        .orThrow();
        assertThat(proposals).extracting(Proposal::number).containsExactly(1, 2, 3, 4);
        assertThat(problem(ProposalParser.parseEspList("default, aes128"))).contains("\"aes128\"");
        assertThat(problem(ProposalParser.parseEspList("aes128gcm16,,default")))
                .contains("an empty keyword");
        assertThat(ProposalParser.parseEspList("default").orThrow())
                .isEqualTo(ProposalParser.defaultEsp());
    }

    @Test
    void shouldOfferOnlyWhatItCanDoByDefault() {
        for (Proposal proposal : ProposalParser.defaultIke()) {
            assertThat(proposal.transforms()).allMatch(t -> Keywords.isSupported(t, true));
        }
        assertThat(ProposalParser.defaultIke().getFirst().keyExchangeMethods())
                .startsWith(KeyExchangeMethod.CURVE_25519)
                .hasSize(9);
        for (Proposal proposal : ProposalParser.defaultEsp()) {
            assertThat(proposal.transforms()).allMatch(t -> Keywords.isSupported(t, false));
            assertThat(proposal.keyExchangeMethods()).isEmpty();
        }
    }

    @Test
    void shouldKnowAKeywordForEverySupportedAlgorithm() {
        for (EncryptionAlgorithm algorithm : EncryptionAlgorithm.values()) {
            if (algorithm.supportedInIke()) {
                List<Integer> lengths =
                        algorithm.hasKeyLengthAttribute()
                                ? algorithm.keyLengthsBits()
                                : List.of(algorithm.fixedKeyLengthBits());
                for (int bits : lengths) {
                    assertThat(Keywords.keyword(new Transform.Encryption(algorithm, bits)))
                            .isPresent();
                }
            }
        }
        for (KeyExchangeMethod method : KeyExchangeMethod.values()) {
            if (method.supported()) {
                assertThat(Keywords.keyword(new Transform.KeyExchange(method)))
                        .contains(method.keywords().getFirst());
            }
        }
    }

    private static String problem(Parsed<?> parsed) {
        return switch (parsed) {
            case Parsed.Failed<?>(String problem) -> problem;
            case Parsed.Ok<?> ok -> throw new AssertionError(ok);
        };
    }
}
