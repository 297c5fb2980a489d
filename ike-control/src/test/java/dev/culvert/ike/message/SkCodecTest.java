package dev.culvert.ike.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.ike.crypto.IkeKeys;
import dev.culvert.ike.crypto.KeyDerivation;
import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.ProposalParser;
import dev.culvert.ike.proposal.ProposalSelector;
import dev.culvert.ike.proposal.ProposalSelector.Preference;
import dev.culvert.ike.proposal.Selection;
import dev.culvert.ike.wire.Bytes;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SkCodecTest {
    private static final String GCM = "aes128gcm16-prfsha256-x25519";
    private static final String CBC = "aes256-sha512-x25519";
    private static final String CHACHA = "chacha20poly1305-prfsha256-x25519";
    private static final IkeHeader HEADER =
            IkeHeader.request(1, 2, ExchangeType.INFORMATIONAL, true, 7);

    private final RandomSource random = RandomSource.insecureSeeded(1);

    @ParameterizedTest
    @ValueSource(strings = {GCM, CBC, CHACHA})
    void shouldOpenMessagesOfEveryLength(String proposal) {
        SkCodec initiator = codec(proposal, true);
        SkCodec responder = codec(proposal, false);
        for (int length = 0; length < 40; length++) {
            List<Payload> inner = List.of(new Payload.VendorId(Bytes.of(random.bytes(length))));
            byte[] sealed = initiator.seal(HEADER, inner, random);
            assertThat(responder.open(sealed, decode(sealed)))
                    .isEqualTo(new OpenResult.Opened(inner));
            // Directions have different keys.
            assertThat(initiator.open(sealed, decode(sealed)))
                    .isInstanceOf(OpenResult.IntegrityFailure.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {GCM, CBC, CHACHA})
    void shouldRefuseEveryFlippedBit(String proposal) {
        byte[] sealed = codec(proposal, true).seal(HEADER, List.of(Payload.Delete.ike()), random);
        SkCodec responder = codec(proposal, false);
        int refused = 0;
        for (int bit = 0; bit < 8 * sealed.length; bit++) {
            byte[] flipped = sealed.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            if (MessageDecoder.decode(flipped) instanceof DecodeResult.Ok(IkeMessage message)) {
                assertThat(responder.open(flipped, message))
                        .as("bit %d", bit)
                        .isInstanceOf(OpenResult.IntegrityFailure.class);
                refused++;
            }
        }
        // Only length, version and type of payload are found out before.
        assertThat(refused).isGreaterThan(8 * sealed.length - 100);
    }

    @ParameterizedTest
    @ValueSource(strings = {GCM, CBC, CHACHA})
    void shouldSealTheSameMessageDifferentlyEachTime(String proposal) {
        SkCodec codec = codec(proposal, true);
        assertThat(codec.seal(HEADER, List.of(), random))
                .isNotEqualTo(codec.seal(HEADER, List.of(), random));
    }

    @Test
    void shouldProtectPayloadsInClearBeforeSk() {
        // Some exchanges have payloads in front; the check value covers them.
        byte[] sealed = codec(GCM, true).seal(HEADER, List.of(Payload.Delete.ike()), random);
        byte[] front = Bytes.ofHex("2e000008" + "00004000").toArray();
        byte[] inserted = new byte[sealed.length + front.length];
        System.arraycopy(sealed, 0, inserted, 0, 28);
        System.arraycopy(front, 0, inserted, 28, front.length);
        System.arraycopy(sealed, 28, inserted, 28 + front.length, sealed.length - 28);
        inserted[16] = 41;
        inserted[27] = (byte) inserted.length;
        IkeMessage message = decode(inserted);
        assertThat(message.payloads()).hasSize(2);
        assertThat(codec(GCM, false).open(inserted, message))
                .isInstanceOf(OpenResult.IntegrityFailure.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {GCM, CBC, CHACHA})
    void shouldOpenFragmentsOfEverySize(String proposal) {
        SkCodec initiator = codec(proposal, true);
        SkCodec responder = codec(proposal, false);
        List<Payload> inner =
                List.of(new Payload.VendorId(Bytes.of(random.bytes(700))), Payload.Delete.ike());
        for (int mostBytes = 128; mostBytes < 900; mostBytes += 7) {
            List<byte[]> fragments = initiator.sealFragments(HEADER, inner, mostBytes, random);
            byte[] plainText = new byte[0];
            for (int i = 0; i < fragments.size(); i++) {
                assertThat(fragments.get(i).length).isLessThanOrEqualTo(mostBytes);
                Payload.Skf skf = skf(fragments.get(i));
                assertThat(skf.fragmentNumber()).isEqualTo(i + 1);
                assertThat(skf.totalFragments()).isEqualTo(fragments.size());
                // Payload types: Vendor ID in the first fragment, none in the others.
                assertThat(skf.firstInnerType()).isEqualTo(i == 0 ? 43 : 0);
                byte[] part =
                        ((FragmentResult.Opened) responder.openFragment(fragments.get(i), skf))
                                .plainText();
                plainText = Arrays.copyOf(plainText, plainText.length + part.length);
                System.arraycopy(part, 0, plainText, plainText.length - part.length, part.length);
            }
            assertThat(SkCodec.readFragments(43, plainText, List.of()))
                    .isEqualTo(new OpenResult.Opened(inner));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {GCM, CBC, CHACHA})
    void shouldRefuseEveryFlippedBitOfAFragment(String proposal) {
        List<Payload> inner = List.of(new Payload.VendorId(Bytes.of(random.bytes(200))));
        byte[] sealed = codec(proposal, true).sealFragments(HEADER, inner, 160, random).getFirst();
        SkCodec responder = codec(proposal, false);
        int refused = 0;
        for (int bit = 0; bit < 8 * sealed.length; bit++) {
            byte[] flipped = sealed.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            if (MessageDecoder.decode(flipped) instanceof DecodeResult.Ok(IkeMessage message)
                    && message.first(Payload.Skf.class).isPresent()) {
                assertThat(responder.openFragment(flipped, skf(flipped)))
                        .as("bit %d", bit)
                        .isInstanceOf(FragmentResult.IntegrityFailure.class);
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(8 * sealed.length - 140);
    }

    private static Payload.Skf skf(byte[] datagram) {
        return decode(datagram).first(Payload.Skf.class).orElseThrow();
    }

    @Test
    void shouldTellGarbageInsideFromForgery() {
        SkCodec initiator = codec(GCM, true);
        SkCodec responder = codec(GCM, false);
        byte[] grammar = initiator.sealRaw(HEADER, 40, Bytes.ofHex("00000005aa").toArray(), random);
        assertThat(responder.open(grammar, decode(grammar)))
                .isInstanceOfSatisfying(
                        OpenResult.ProtectedGrammarError.class,
                        error -> assertThat(error.fault().payloadValue()).isEqualTo(40));
        byte[] critical = initiator.sealRaw(HEADER, 200, Bytes.ofHex("00800004").toArray(), random);
        assertThat(responder.open(critical, decode(critical)))
                .isEqualTo(new OpenResult.ProtectedUnknownCritical(200));
    }

    @Test
    void shouldRefusePaddingLongerThanThePlainText() {
        SkCodec responder = codec(GCM, false);
        IkeKeys keys = keys(GCM);
        var protection =
                dev.culvert.ike.crypto.MessageProtection.of(suite(GCM), keys.skEi(), keys.skAi());
        for (byte[] plainText :
                List.of(
                        new byte[] {1},
                        new byte[] {0, 0, 3},
                        new byte[] {(byte) 0xff},
                        new byte[0])) {
            byte[] prefix = MessageEncoder.skPrefix(HEADER, 0, 8 + plainText.length + 16);
            byte[] body = protection.seal(prefix, plainText, random);
            byte[] message = Arrays.copyOf(prefix, prefix.length + body.length);
            System.arraycopy(body, 0, message, prefix.length, body.length);
            assertThat(responder.open(message, decode(message)))
                    .isInstanceOf(OpenResult.ProtectedGrammarError.class);
        }
    }

    @Test
    void shouldRefuseMessagesWithoutSk() {
        byte[] clear = MessageEncoder.encode(new IkeMessage(HEADER, List.of(Payload.Delete.ike())));
        assertThat(codec(GCM, false).open(clear, decode(clear)))
                .isInstanceOf(OpenResult.IntegrityFailure.class);
        byte[] empty = MessageEncoder.encode(new IkeMessage(HEADER, List.of()));
        assertThat(codec(GCM, false).open(empty, decode(empty)))
                .isInstanceOf(OpenResult.IntegrityFailure.class);
    }

    @Test
    void shouldNotWorkWhenDestroyed() {
        SkCodec codec = codec(GCM, true);
        codec.destroy();
        assertThatThrownBy(() -> codec.seal(HEADER, List.of(), random))
                .isInstanceOf(IllegalStateException.class);
    }

    private static IkeMessage decode(byte[] datagram) {
        return ((DecodeResult.Ok) MessageDecoder.decode(datagram)).message();
    }

    private static SkCodec codec(String proposal, boolean originalInitiator) {
        return new SkCodec(suite(proposal), keys(proposal), originalInitiator);
    }

    private static IkeKeys keys(String proposal) {
        return KeyDerivation.ikeKeys(
                suite(proposal),
                SecretBytes.copyOf(new byte[32]),
                Bytes.ofHex("11".repeat(32)),
                Bytes.ofHex("22".repeat(32)),
                1,
                2);
    }

    private static IkeSuite suite(String proposal) {
        var proposals = List.of(ProposalParser.parseIke(proposal).orThrow());
        return ((Selection.Chosen<IkeSuite>)
                        ProposalSelector.selectIke(proposals, proposals, Preference.OURS))
                .suite();
    }
}
