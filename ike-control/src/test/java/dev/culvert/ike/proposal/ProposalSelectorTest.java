package dev.culvert.ike.proposal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.proposal.ProposalSelector.KeyExchangeUse;
import dev.culvert.ike.proposal.ProposalSelector.Preference;
import dev.culvert.ike.wire.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProposalSelectorTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Ours decides among proposals and within each type.
                "aes128gcm16-prfsha256-x25519, aes256-sha256-modp2048 | aes256-sha256-modp2048, aes128gcm16-prfsha256-x25519 "
                        + "| AES_GCM_16-128/PRF_HMAC_SHA2_256/CURVE_25519 | 2",
                "aes256gcm16-aes128gcm16-prfsha384-prfsha256-ecp384-x25519 | aes128gcm16-aes256gcm16-prfsha256-prfsha384-x25519-ecp384 "
                        + "| AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384 | 1",
                "aes256-aes128-sha512-sha256-modp2048 | aes128-sha256-prfsha512-modp2048 "
                        + "| AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_512/MODP_2048 | 1"
            })
    void shouldChooseByOurOrder(String ours, String theirs, String expected, int number) {
        Selection.Chosen<IkeSuite> chosen =
                chosen(ProposalSelector.selectIke(ike(ours), ike(theirs), Preference.OURS));
        assertThat(chosen.suite().displayName()).isEqualTo(expected);
        assertThat(chosen.answer().number()).isEqualTo(number);
        assertThat(chosen.answer().transforms()).doesNotHaveDuplicates();
        // What a responder answers is what the initiator accepts, with the same result.
        assertThat(
                        chosen(ProposalSelector.acceptIke(ike(theirs), List.of(chosen.answer())))
                                .suite())
                .isEqualTo(chosen.suite());
    }

    @Test
    void shouldChooseByTheirOrderWhenAsked() {
        List<Proposal> ours = ike("aes256gcm16-aes128gcm16-prfsha256-x25519-ecp256");
        List<Proposal> theirs =
                ike("aes256-sha256-x25519, aes128gcm16-aes256gcm16-prfsha256-ecp256-x25519");
        assertThat(
                        chosen(ProposalSelector.selectIke(ours, theirs, Preference.THEIRS))
                                .suite()
                                .displayName())
                .isEqualTo("AES_GCM_16-128/PRF_HMAC_SHA2_256/ECP_256");
        assertThat(
                        chosen(ProposalSelector.selectIke(ours, theirs, Preference.OURS))
                                .suite()
                                .displayName())
                .isEqualTo("AES_GCM_16-256/PRF_HMAC_SHA2_256/CURVE_25519");
    }

    @Test
    void shouldExplainWhenNothingFits() {
        ProposalMismatch mismatch =
                none(
                        ProposalSelector.selectIke(
                                ike("aes256gcm16-prfsha384-ecp384, aes256-sha384-ecp384"),
                                ike("aes256-sha256-modp2048, aes128gcm16-prfsha384-ecp384"),
                                Preference.OURS));
        assertThat(mismatch.pairs()).hasSize(4);
        assertThat(mismatch.pairs().getFirst().reasons())
                .containsExactly("no common encryption: AES_GCM_16-256 against AES_GCM_16-128");
        assertThat(mismatch.describe())
                .isEqualTo(
                        """
                        ours:   IKE:AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384
                        ours:   IKE:AES_CBC-256/PRF_HMAC_SHA2_384/HMAC_SHA2_384_192/ECP_384
                        theirs: IKE:AES_CBC-256/PRF_HMAC_SHA2_256/HMAC_SHA2_256_128/MODP_2048
                        theirs: IKE:AES_GCM_16-128/PRF_HMAC_SHA2_384/ECP_384
                        nearest: no common encryption: AES_GCM_16-256 against AES_GCM_16-128
                        """);
    }

    @Test
    void shouldTakeALeftOutTypeForNone() {
        Transform aead = new Transform.Encryption(EncryptionAlgorithm.AES_GCM_16, 128);
        Transform noIntegrity = new Transform.Integrity(IntegrityAlgorithm.NONE);
        Transform noKeyExchange = new Transform.KeyExchange(KeyExchangeMethod.NONE);
        Transform noEsn = new Transform.Esn(false);
        List<Proposal> ours = esp("aes128gcm16");
        Selection.Chosen<EspSuite> spelledOut =
                chosen(
                        ProposalSelector.selectEsp(
                                ours,
                                List.of(esp(List.of(aead, noIntegrity, noKeyExchange, noEsn))),
                                Preference.OURS,
                                KeyExchangeUse.NEGOTIATED));
        assertThat(spelledOut.answer().transforms())
                .containsExactly(aead, noIntegrity, noKeyExchange, noEsn);
        Selection.Chosen<EspSuite> leftOut =
                chosen(
                        ProposalSelector.selectEsp(
                                ours,
                                List.of(esp(List.of(aead))),
                                Preference.OURS,
                                KeyExchangeUse.NEGOTIATED));
        assertThat(leftOut.answer().transforms()).containsExactly(aead);
        assertThat(leftOut.suite()).isEqualTo(spelledOut.suite());
        assertThat(leftOut.suite().displayName()).isEqualTo("AES_GCM_16-128");
    }

    @Test
    void shouldNegotiateKeyExchangeAndSequenceNumbersOfChildren() {
        Selection.Chosen<EspSuite> chosen =
                chosen(
                        ProposalSelector.selectEsp(
                                esp("aes128gcm16-x25519-ecp256-esn-noesn"),
                                esp("aes128gcm16-ecp256-noesn-esn"),
                                Preference.OURS,
                                KeyExchangeUse.NEGOTIATED));
        assertThat(chosen.suite().displayName()).isEqualTo("AES_GCM_16-128/ECP_256/ESN");
        assertThat(chosen.suite().keyExchange()).contains(KeyExchangeMethod.ECP_256);
        assertThat(chosen.peerSpi()).isEqualTo(Bytes.ofInt(0xc0000001));
        assertThat(chosen.answer().spi()).isEqualTo(Bytes.EMPTY);
        assertThat(
                        none(ProposalSelector.selectEsp(
                                        esp("aes128gcm16-x25519"),
                                        esp("aes128gcm16-esn"),
                                        Preference.OURS,
                                        KeyExchangeUse.NEGOTIATED))
                                .pairs()
                                .getFirst()
                                .reasons())
                .containsExactly(
                        "no common key exchange: CURVE_25519 against none",
                        "no common extended sequence numbers: NO_EXT_SEQ against EXT_SEQ");
    }

    @Test
    void shouldIgnoreKeyExchangeForTheFirstChild() {
        Selection.Chosen<EspSuite> chosen =
                chosen(
                        ProposalSelector.selectEsp(
                                esp("aes128gcm16-x25519"),
                                esp("aes128gcm16-ecp256"),
                                Preference.OURS,
                                KeyExchangeUse.IGNORED));
        assertThat(chosen.suite().keyExchange()).isEmpty();
        assertThat(chosen.answer().keyExchangeMethods()).isEmpty();
    }

    @Test
    void shouldPassOverTransformsThatItDoesNotKnow() {
        Transform odd =
                new Transform.Unknown(
                        TransformType.ENCRYPTION.value(),
                        12,
                        List.of(Transform.Attribute.keyLength(512)));
        Transform camellia = new Transform.Encryption(EncryptionAlgorithm.CAMELLIA_CBC, 128);
        Proposal usual = ike("aes128-sha256-modp2048").getFirst();
        List<Transform> more = new ArrayList<>(List.of(odd, camellia));
        more.addAll(usual.transforms());
        Proposal offer = new Proposal(1, ProtocolId.IKE, Bytes.EMPTY, more);
        assertThat(
                        chosen(
                                        ProposalSelector.selectIke(
                                                ike("aes128-sha256-modp2048"),
                                                List.of(offer),
                                                Preference.OURS))
                                .suite()
                                .encryption())
                .isEqualTo(EncryptionAlgorithm.AES_CBC);
        // Even when the same unknown or unsupported one stands on both sides.
        Proposal onlyOdd =
                new Proposal(1, ProtocolId.IKE, Bytes.EMPTY, replaceEncryption(usual, odd));
        assertThat(ProposalSelector.selectIke(List.of(onlyOdd), List.of(onlyOdd), Preference.OURS))
                .isInstanceOf(Selection.None.class);
        Proposal onlyCamellia =
                new Proposal(1, ProtocolId.IKE, Bytes.EMPTY, replaceEncryption(usual, camellia));
        assertThat(
                        ProposalSelector.selectIke(
                                List.of(onlyCamellia), List.of(onlyCamellia), Preference.OURS))
                .isInstanceOf(Selection.None.class);
    }

    @Test
    void shouldNameTransformsThatItCannotChoose() {
        assertThat(
                        new Transform.Unknown(1, 12, List.of(Transform.Attribute.keyLength(512)))
                                .displayName())
                .isEqualTo("(AES_CBC 512 bits)");
        assertThat(new Transform.Unknown(1, 12, List.of()).displayName()).isEqualTo("(AES_CBC)");
        assertThat(new Transform.Unknown(1, 1024, List.of()).displayName())
                .isEqualTo("(transform type 1 id 1024)");
        assertThat(new Transform.Unknown(6, 36, List.of()).displayName())
                .isEqualTo("(transform type 6 id 36)");
        assertThat(Transform.ofWire(4, 2, List.of()))
                .isEqualTo(new Transform.KeyExchange(KeyExchangeMethod.MODP_1024));
        assertThat(Transform.ofWire(1, 28, List.of(Transform.Attribute.keyLength(256))))
                .isInstanceOf(Transform.Unknown.class);
        assertThat(Transform.ofWire(5, 2, List.of())).isInstanceOf(Transform.Unknown.class);
    }

    @Test
    void shouldRefuseAProposalWithAnUnknownType() {
        // RFC 7296, 3.3.6: the proposal, not only the transform.
        Proposal usual = ike("aes128-sha256-modp2048").getFirst();
        List<Transform> more = new ArrayList<>(usual.transforms());
        more.add(new Transform.Unknown(6, 36, List.of()));
        Proposal offer = new Proposal(1, ProtocolId.IKE, Bytes.EMPTY, more);
        assertThat(
                        none(ProposalSelector.selectIke(
                                        List.of(usual), List.of(offer), Preference.OURS))
                                .pairs()
                                .getFirst()
                                .reasons())
                .containsExactly("transform type 6 is not known");
        assertThat(
                        ProposalSelector.selectIke(
                                List.of(usual),
                                List.of(offer, usual.withNumber(2)),
                                Preference.OURS))
                .isInstanceOfSatisfying(
                        Selection.Chosen.class, c -> assertThat(c.answer().number()).isEqualTo(2));
    }

    @Test
    void shouldNotMixProtocols() {
        assertThat(
                        ProposalSelector.selectIke(
                                ike("aes128-sha256-modp2048"),
                                esp("aes128-sha256"),
                                Preference.OURS))
                .isInstanceOf(Selection.None.class);
        Proposal ah =
                new Proposal(
                        1,
                        new ProtocolId(2),
                        Bytes.ofInt(1),
                        esp("aes128-sha256").getFirst().transforms());
        assertThat(
                        none(ProposalSelector.selectEsp(
                                        esp("aes128-sha256"),
                                        List.of(ah),
                                        Preference.OURS,
                                        KeyExchangeUse.NEGOTIATED))
                                .pairs()
                                .getFirst()
                                .reasons())
                .containsExactly("the proposal is for AH, not ESP");
    }

    @Test
    void shouldRefuseAnAnswerThatIsNotOneOfOurs() {
        List<Proposal> sent = ike("aes128gcm16-prfsha256-x25519, aes256-sha256-modp2048");
        Proposal right = ike("aes256-sha256-modp2048").getFirst().withNumber(2);
        assertThat(ProposalSelector.acceptIke(sent, List.of(right)))
                .isInstanceOf(Selection.Chosen.class);
        assertThat(ProposalSelector.acceptIke(sent, List.of())).isInstanceOf(Selection.None.class);
        assertThat(ProposalSelector.acceptIke(sent, List.of(right, right)))
                .isInstanceOf(Selection.None.class);
        // Right algorithms under another proposal's number, or a number that was not sent.
        assertThat(ProposalSelector.acceptIke(sent, List.of(right.withNumber(1))))
                .isInstanceOf(Selection.None.class);
        assertThat(ProposalSelector.acceptIke(sent, List.of(right.withNumber(3))))
                .isInstanceOf(Selection.None.class);
        Proposal two = ike("aes256-aes128-sha256-modp2048").getFirst().withNumber(2);
        assertThat(
                        none(ProposalSelector.acceptIke(sent, List.of(two)))
                                .pairs()
                                .getFirst()
                                .reasons()
                                .getFirst())
                .isEqualTo("the answer has more than one encryption");
    }

    @Test
    void shouldKeepNoMoreThanSixtyFourPairs() {
        List<Proposal> many = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            many.addAll(ike("aes128-sha256-modp2048"));
        }
        assertThat(
                        none(ProposalSelector.selectIke(
                                        ike("aes256-sha256-modp2048, aes256-sha384-modp2048"),
                                        many,
                                        Preference.OURS))
                                .pairs())
                .hasSize(ProposalMismatch.MAX_PAIRS);
    }

    private static List<Transform> replaceEncryption(Proposal proposal, Transform encryption) {
        List<Transform> transforms =
                new ArrayList<>(proposal.without(TransformType.ENCRYPTION).transforms());
        transforms.addFirst(encryption);
        return transforms;
    }

    private static <S> Selection.Chosen<S> chosen(Selection<S> selection) {
        return switch (selection) {
            case Selection.Chosen<S> chosen -> chosen;
            case Selection.None<S>(ProposalMismatch mismatch) ->
                    throw new AssertionError(mismatch.describe());
        };
    }

    private static ProposalMismatch none(Selection<?> selection) {
        return Optional.of(selection)
                .filter(Selection.None.class::isInstance)
                .map(s -> ((Selection.None<?>) s).mismatch())
                .orElseThrow(() -> new AssertionError(selection));
    }

    private static List<Proposal> ike(String text) {
        return ProposalParser.parseIkeList(text).orThrow();
    }

    private static List<Proposal> esp(String text) {
        return ProposalParser.parseEspList(text).orThrow().stream()
                .map(p -> p.withSpi(Bytes.ofInt(0xc0000001)))
                .toList();
    }

    private static Proposal esp(List<Transform> transforms) {
        return new Proposal(1, ProtocolId.ESP, Bytes.ofInt(0xc0000001), transforms);
    }
}
