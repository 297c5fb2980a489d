package dev.culvert.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.crypto.ChildKeys;
import dev.culvert.ike.crypto.IkeKeys;
import dev.culvert.ike.crypto.KeyDerivation;
import dev.culvert.ike.crypto.NatDetection;
import dev.culvert.ike.crypto.PskAuth;
import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.EspSuite;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.ProposalSelector;
import dev.culvert.ike.proposal.ProposalSelector.KeyExchangeUse;
import dev.culvert.ike.proposal.Selection;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Reads a whole session between two strongSwan daemons, from the shared secrets of its key
 * exchanges on, and compares with the keys that strongSwan logged.
 *
 * <pre>
 * 1, 2   IKE_SA_INIT
 * 3, 4   IKE_AUTH, with the first child SA
 * 5, 6   CREATE_CHILD_SA, with a key exchange
 * 7, 8   CREATE_CHILD_SA, rekey of the IKE SA
 * 9, 10  INFORMATIONAL, delete of the old IKE SA
 * </pre>
 */
class StrongswanCaptureTest {
    private static final SecretBytes PSK =
            SecretBytes.copyOf("correct horse battery staple".getBytes(StandardCharsets.US_ASCII));

    private static final Map<String, List<String>> SUITES =
            Map.of(
                    "strongswan-aes-gcm",
                    List.of(
                            "AES_GCM_16-256/PRF_HMAC_SHA2_384/CURVE_25519",
                            "AES_GCM_16-256",
                            "AES_GCM_16-128/ECP_256"),
                    "strongswan-aes-cbc",
                    List.of(
                            "AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048",
                            "AES_CBC-128/HMAC_SHA2_256_128",
                            "AES_CBC-256/HMAC_SHA2_512_256/ECP_384"),
                    "strongswan-chacha20",
                    List.of(
                            "CHACHA20_POLY1305/PRF_HMAC_SHA2_512/ECP_521",
                            "CHACHA20_POLY1305",
                            "CHACHA20_POLY1305/MODP_3072"));

    static List<String> names() {
        return Capture.names();
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldWriteTheSameBytesThatItRead(String name) {
        Capture capture = Capture.load(name);
        for (int i = 1; i <= Capture.MESSAGES; i++) {
            assertThat(MessageEncoder.encode(capture.decoded(i)))
                    .as("message %d", i)
                    .isEqualTo(capture.message(i));
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldFindNatDetectionHashesOfBothAddresses(String name) {
        Capture capture = Capture.load(name);
        IkeMessage request = capture.decoded(1);
        long spi = request.header().initiatorSpi();
        IpAddress initiator = IpAddress.parse("192.0.2.1").orElseThrow();
        IpAddress responder = IpAddress.parse("192.0.2.2").orElseThrow();
        // These daemons force UDP encapsulation with a wrong hash of their own address.
        assertThat(request.notify(NotifyType.NAT_DETECTION_SOURCE_IP).orElseThrow().data())
                .isNotEqualTo(NatDetection.hash(spi, 0, initiator, 500));
        assertThat(request.notify(NotifyType.NAT_DETECTION_DESTINATION_IP).orElseThrow().data())
                .isEqualTo(NatDetection.hash(spi, 0, responder, 500));
        IkeMessage response = capture.decoded(2);
        assertThat(response.notify(NotifyType.NAT_DETECTION_DESTINATION_IP).orElseThrow().data())
                .isEqualTo(
                        NatDetection.hash(spi, response.header().responderSpi(), initiator, 500));
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldDeriveTheKeysOfTheIkeSa(String name) {
        Capture capture = Capture.load(name);
        assertThat(suite(capture).displayName()).isEqualTo(SUITES.get(name).getFirst());
        assertKeys(capture, "ike1", ikeKeys(capture));
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldOpenEveryProtectedMessage(String name) {
        Capture capture = Capture.load(name);
        for (int i = 3; i <= Capture.MESSAGES; i++) {
            IkeMessage message = capture.decoded(i);
            List<Payload> inner = open(capture, i);
            assertThat(
                            PayloadRules.check(
                                    message.header().exchange().orElseThrow(),
                                    message.header().response(),
                                    inner))
                    .as("message %d", i)
                    .isEmpty();
        }
        assertThat(open(capture, 3))
                .extracting(Payload::name)
                .startsWith("IDi", "N(INITIAL_CONTACT)", "IDr", "AUTH", "SA", "TSi", "TSr");
        assertThat(open(capture, 9)).containsExactly(Payload.Delete.ike());
        assertThat(open(capture, 10)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldReadBackWhatItSealsItself(String name) {
        Capture capture = Capture.load(name);
        SkCodec initiator = new SkCodec(suite(capture), ikeKeys(capture), true);
        SkCodec responder = new SkCodec(suite(capture), ikeKeys(capture), false);
        for (int i = 3; i <= Capture.MESSAGES; i++) {
            IkeHeader header = capture.decoded(i).header();
            List<Payload> inner = open(capture, i);
            boolean fromInitiator = header.initiator();
            byte[] sealed =
                    (fromInitiator ? initiator : responder)
                            .seal(header, inner, RandomSource.insecureSeeded(i));
            IkeMessage message = ((DecodeResult.Ok) MessageDecoder.decode(sealed)).message();
            assertThat(message.header()).isEqualTo(header);
            assertThat((fromInitiator ? responder : initiator).open(sealed, message))
                    .isEqualTo(new OpenResult.Opened(inner));
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldVerifyAndReproduceBothAuths(String name) {
        Capture capture = Capture.load(name);
        IkeSuite suite = suite(capture);
        IkeKeys keys = ikeKeys(capture);
        Bytes nonceI = nonce(capture.decoded(1).payloads());
        Bytes nonceR = nonce(capture.decoded(2).payloads());
        List<Payload> request = open(capture, 3);
        List<Payload> response = open(capture, 4);

        Identity idI = Payload.first(request, Payload.IdI.class).orElseThrow().identity();
        assertThat(idI).isEqualTo(new Identity.Fqdn("moon.example.org"));
        assertAuth(suite, capture.message(1), nonceR, keys.skPi(), idI, auth(request));

        Identity idR = Payload.first(response, Payload.IdR.class).orElseThrow().identity();
        assertThat(idR).isEqualTo(new Identity.Rfc822("sun@example.org"));
        assertAuth(suite, capture.message(2), nonceI, keys.skPr(), idR, auth(response));
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldDeriveTheKeysOfTheFirstChild(String name) {
        Capture capture = Capture.load(name);
        EspSuite suite = espSuite(open(capture, 3), open(capture, 4), KeyExchangeUse.IGNORED);
        assertThat(suite.displayName()).isEqualTo(SUITES.get(name).get(1));
        Bytes nonceI = nonce(capture.decoded(1).payloads());
        Bytes nonceR = nonce(capture.decoded(2).payloads());
        assertKeys(
                capture,
                "child1",
                KeyDerivation.childKeys(
                        suite(capture).prf(),
                        ikeKeys(capture).skD(),
                        suite,
                        Optional.empty(),
                        nonceI,
                        nonceR));
        assertThat(Payload.first(open(capture, 4), Payload.TsI.class).orElseThrow().selectors())
                .extracting(TrafficSelector::toString)
                .containsExactly("10.1.0.0/16");
        assertThat(Payload.first(open(capture, 4), Payload.TsR.class).orElseThrow().selectors())
                .extracting(TrafficSelector::toString)
                .containsExactlyInAnyOrder("10.2.0.0/16[tcp/80]", "10.2.0.0/16[icmp]");
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldDeriveTheKeysOfAChildWithItsOwnKeyExchange(String name) {
        Capture capture = Capture.load(name);
        List<Payload> request = open(capture, 5);
        List<Payload> response = open(capture, 6);
        EspSuite suite = espSuite(request, response, KeyExchangeUse.NEGOTIATED);
        assertThat(suite.displayName()).isEqualTo(SUITES.get(name).get(2));
        assertKeys(
                capture,
                "child2",
                KeyDerivation.childKeys(
                        suite(capture).prf(),
                        ikeKeys(capture).skD(),
                        suite,
                        Optional.of(capture.secret("child2.dh")),
                        nonce(request),
                        nonce(response)));
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldDeriveTheKeysOfTheRekeyedIkeSa(String name) {
        Capture capture = Capture.load(name);
        List<Payload> request = open(capture, 7);
        List<Payload> response = open(capture, 8);
        Selection.Chosen<IkeSuite> chosen =
                (Selection.Chosen<IkeSuite>)
                        ProposalSelector.acceptIke(
                                sa(request).proposals(), sa(response).proposals());
        assertKeys(
                capture,
                "ike2",
                KeyDerivation.rekeyedIkeKeys(
                        suite(capture).prf(),
                        ikeKeys(capture).skD(),
                        chosen.suite(),
                        capture.secret("ike2.dh"),
                        nonce(request),
                        nonce(response),
                        sa(request).proposals().getFirst().spi().toUnsignedLong(),
                        chosen.peerSpi().toUnsignedLong()));
    }

    private static void assertAuth(
            IkeSuite suite,
            byte[] firstMessage,
            Bytes nonce,
            SecretBytes skP,
            Identity id,
            Payload.Auth auth) {
        byte[] idBody = MessageEncoder.idBody(id);
        assertThat(auth.method()).isEqualTo(AuthMethod.SHARED_KEY.value());
        assertThat(PskAuth.sign(suite.prf(), PSK, firstMessage, nonce, skP, idBody))
                .isEqualTo(auth.data());
        assertThat(PskAuth.verify(suite.prf(), PSK, firstMessage, nonce, skP, idBody, auth.data()))
                .isTrue();
        SecretBytes wrong = SecretBytes.copyOf(new byte[] {1});
        assertThat(
                        PskAuth.verify(
                                suite.prf(), wrong, firstMessage, nonce, skP, idBody, auth.data()))
                .isFalse();
        byte[] flipped = auth.data().toArray();
        flipped[0] ^= 1;
        assertThat(
                        PskAuth.verify(
                                suite.prf(),
                                PSK,
                                firstMessage,
                                nonce,
                                skP,
                                idBody,
                                Bytes.of(flipped)))
                .isFalse();
        assertThat(PskAuth.verify(suite.prf(), PSK, firstMessage, nonce, skP, idBody, Bytes.EMPTY))
                .isFalse();
    }

    private static void assertKeys(Capture capture, String section, IkeKeys keys) {
        assertThat(keys.skD()).isEqualTo(capture.secret(section + ".sk_d"));
        assertThat(keys.skAi()).isEqualTo(capture.secret(section + ".sk_ai"));
        assertThat(keys.skAr()).isEqualTo(capture.secret(section + ".sk_ar"));
        assertThat(keys.skEi()).isEqualTo(capture.secret(section + ".sk_ei"));
        assertThat(keys.skEr()).isEqualTo(capture.secret(section + ".sk_er"));
        assertThat(keys.skPi()).isEqualTo(capture.secret(section + ".sk_pi"));
        assertThat(keys.skPr()).isEqualTo(capture.secret(section + ".sk_pr"));
        assertThat(keys.skPr().lengthBytes()).isPositive();
    }

    private static void assertKeys(Capture capture, String section, ChildKeys keys) {
        assertThat(keys.encryptionInitiator()).isEqualTo(capture.secret(section + ".ei"));
        assertThat(keys.encryptionResponder()).isEqualTo(capture.secret(section + ".er"));
        assertThat(keys.integrityInitiator()).isEqualTo(capture.secret(section + ".ai"));
        assertThat(keys.integrityResponder()).isEqualTo(capture.secret(section + ".ar"));
        assertThat(keys.encryptionResponder().lengthBytes()).isPositive();
    }

    private static IkeSuite suite(Capture capture) {
        Selection<IkeSuite> selection =
                ProposalSelector.acceptIke(
                        sa(capture.decoded(1).payloads()).proposals(),
                        sa(capture.decoded(2).payloads()).proposals());
        return ((Selection.Chosen<IkeSuite>) selection).suite();
    }

    private static EspSuite espSuite(
            List<Payload> request, List<Payload> response, KeyExchangeUse use) {
        Selection<EspSuite> selection =
                ProposalSelector.acceptEsp(sa(request).proposals(), sa(response).proposals(), use);
        return ((Selection.Chosen<EspSuite>) selection).suite();
    }

    private static IkeKeys ikeKeys(Capture capture) {
        IkeHeader header = capture.decoded(2).header();
        return KeyDerivation.ikeKeys(
                suite(capture),
                capture.secret("ike1.dh"),
                nonce(capture.decoded(1).payloads()),
                nonce(capture.decoded(2).payloads()),
                header.initiatorSpi(),
                header.responderSpi());
    }

    /** Opens a message of the first IKE SA as its receiver. */
    static List<Payload> open(Capture capture, int number) {
        IkeMessage message = capture.decoded(number);
        SkCodec receiver =
                new SkCodec(suite(capture), ikeKeys(capture), !message.header().initiator());
        return switch (receiver.open(capture.message(number), message)) {
            case OpenResult.Opened(List<Payload> payloads) -> payloads;
            case OpenResult.IntegrityFailure failure -> throw new AssertionError(failure);
            case OpenResult.ProtectedGrammarError error -> throw new AssertionError(error);
            case OpenResult.ProtectedUnknownCritical critical -> throw new AssertionError(critical);
        };
    }

    private static Payload.Sa sa(List<Payload> payloads) {
        return Payload.first(payloads, Payload.Sa.class).orElseThrow();
    }

    private static Payload.Auth auth(List<Payload> payloads) {
        return Payload.first(payloads, Payload.Auth.class).orElseThrow();
    }

    private static Bytes nonce(List<Payload> payloads) {
        return Payload.first(payloads, Payload.Nonce.class).orElseThrow().data();
    }
}
