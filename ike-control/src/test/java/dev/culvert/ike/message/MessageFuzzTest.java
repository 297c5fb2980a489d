package dev.culvert.ike.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.culvert.ike.crypto.IkeKeys;
import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.proposal.EncryptionAlgorithm;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.PrfAlgorithm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The decoder against mutations of real messages and against noise. A failure prints the bytes. */
class MessageFuzzTest {
    private static final long SEED = 20_261_121;
    private static final int MUTATED_INPUTS = 200_000;
    private static final int NOISE_INPUTS = 50_000;

    private enum Outcome {
        OK,
        HEADER_ERROR,
        GRAMMAR_ERROR,
        UNKNOWN_CRITICAL
    }

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);

    @Test
    void shouldSurviveMutationsOfRealMessages() {
        List<byte[]> corpus = corpus();
        for (int i = 0; i < MUTATED_INPUTS; i++) {
            byte[] input = corpus.get(random.nextInt(corpus.size()));
            int rounds = 1 + random.nextInt(4);
            for (int round = 0; round < rounds; round++) {
                input = mutate(input, corpus);
            }
            // Mostly with a right length, else the header check would end nearly everything.
            check(random.nextInt(20) == 0 ? input : withRightLength(input));
        }
        assertThat(outcomes.keySet()).containsExactlyInAnyOrder(Outcome.values());
        assertThat(outcomes.get(Outcome.OK)).isGreaterThan(MUTATED_INPUTS / 20);
        assertThat(outcomes.get(Outcome.GRAMMAR_ERROR)).isGreaterThan(MUTATED_INPUTS / 20);
    }

    @Test
    void shouldSurviveNoise() {
        for (int i = 0; i < NOISE_INPUTS; i++) {
            byte[] input = new byte[random.nextInt(random.nextInt(10) == 0 ? 2000 : 120)];
            random.nextBytes(input);
            if (input.length >= IkeHeader.LENGTH_BYTES && random.nextBoolean()) {
                input[16] = (byte) (33 + random.nextInt(21));
                input[17] = 0x20;
                input = withRightLength(input);
            }
            check(input);
        }
        assertThat(outcomes).containsKeys(Outcome.HEADER_ERROR, Outcome.GRAMMAR_ERROR);
    }

    @Test
    void shouldSurviveEveryLengthOfRealMessages() {
        for (byte[] message : corpus()) {
            for (int length = 0; length < message.length; length++) {
                byte[] cut = Arrays.copyOf(message, length);
                check(cut);
                check(withRightLength(cut));
            }
        }
        // A cut can never be whole, except that an SK payload's length would have to be cut with
        // it.
        assertThat(outcomes.getOrDefault(Outcome.OK, 0)).isZero();
    }

    @Test
    void shouldStayFastAndSmallWhenADatagramIsFullOfTinyPayloads() {
        byte[] message = new byte[65_507];
        message[0] = 1;
        message[16] = 43;
        message[17] = 0x20;
        int position = IkeHeader.LENGTH_BYTES;
        for (; position + 8 <= message.length; position += 4) {
            message[position] = 43;
            message[position + 3] = 4;
        }
        message[position + 3] = (byte) (message.length - position);
        IkeMessage decoded =
                ((DecodeResult.Ok) MessageDecoder.decode(withRightLength(message))).message();
        assertThat(decoded.payloads()).hasSize((position - IkeHeader.LENGTH_BYTES) / 4 + 1);
    }

    /** Whoever holds the keys can put anything inside SK; that must end in a value, too. */
    @Test
    void shouldSurviveGarbageInsideProtectedMessages() {
        IkeSuite suite =
                new IkeSuite(
                        EncryptionAlgorithm.AES_GCM_16,
                        128,
                        Optional.empty(),
                        PrfAlgorithm.HMAC_SHA2_256,
                        KeyExchangeMethod.CURVE_25519);
        SecretBytes key = SecretBytes.copyOf(new byte[20]);
        SecretBytes none = SecretBytes.copyOf(new byte[0]);
        IkeKeys keys = new IkeKeys(none, none, none, key, key, none, none);
        SkCodec sender = new SkCodec(suite, keys, true);
        SkCodec receiver = new SkCodec(suite, keys, false);
        List<byte[]> corpus = corpus();
        int opened = 0;
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] clear = mutate(corpus.get(random.nextInt(corpus.size())), corpus);
            if (clear.length < IkeHeader.LENGTH_BYTES + 1) {
                continue;
            }
            byte[] body = Arrays.copyOfRange(clear, IkeHeader.LENGTH_BYTES, clear.length);
            IkeHeader header = IkeHeader.request(1, 2, ExchangeType.INFORMATIONAL, true, i);
            byte[] sealed =
                    sender.sealRaw(header, clear[16] & 0xff, body, RandomSource.insecureSeeded(i));
            IkeMessage message = ((DecodeResult.Ok) MessageDecoder.decode(sealed)).message();
            switch (receiver.open(sealed, message)) {
                case OpenResult.Opened _ -> opened++;
                case OpenResult.ProtectedGrammarError _, OpenResult.ProtectedUnknownCritical _ ->
                        refused++;
                case OpenResult.IntegrityFailure failure -> fail(failure.toString());
            }
        }
        assertThat(opened).isPositive();
        assertThat(refused).isPositive();
    }

    private void check(byte[] input) {
        try {
            switch (MessageDecoder.decode(input)) {
                case DecodeResult.Ok(IkeMessage message) -> {
                    count(Outcome.OK);
                    byte[] encoded = MessageEncoder.encode(message);
                    // What was dropped (reserved bits, unknown selectors) must not come back.
                    if (!(MessageDecoder.decode(encoded)
                            instanceof DecodeResult.Ok(IkeMessage again))) {
                        throw new AssertionError("does not read what it wrote");
                    }
                    require(again.equals(message), "reads something else than it wrote");
                    require(
                            Arrays.equals(MessageEncoder.encode(again), encoded),
                            "does not settle");
                    require(encoded.length <= input.length, "grows");
                    if (outcomes.get(Outcome.OK) % 64 == 0) {
                        require(!message.toString().isEmpty(), "has no text");
                    }
                }
                case DecodeResult.HeaderError _ -> count(Outcome.HEADER_ERROR);
                case DecodeResult.GrammarError(_, PayloadFault fault) -> {
                    count(Outcome.GRAMMAR_ERROR);
                    require(
                            fault.offsetBytes() >= IkeHeader.LENGTH_BYTES
                                    && fault.offsetBytes() <= input.length,
                            "points outside");
                }
                case DecodeResult.UnknownCritical _ -> count(Outcome.UNKNOWN_CRITICAL);
            }
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(
                    "seed " + SEED + ", input " + HexFormat.of().formatHex(input), e);
        }
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }

    private void count(Outcome outcome) {
        outcomes.merge(outcome, 1, Integer::sum);
    }

    /** Captured messages, and in clear what was inside them. */
    private static List<byte[]> corpus() {
        List<byte[]> corpus = new ArrayList<>(Capture.allMessages());
        IkeHeader header = IkeHeader.request(1, 2, ExchangeType.IKE_AUTH, true, 1);
        for (String name : Capture.names()) {
            for (int i = 3; i <= 9; i++) {
                corpus.add(
                        MessageEncoder.encode(
                                new IkeMessage(
                                        header,
                                        StrongswanCaptureTest.open(Capture.load(name), i))));
            }
        }
        corpus.add(MessageEncoder.encode(new IkeMessage(header, SamplePayloads.all())));
        return corpus;
    }

    private byte[] mutate(byte[] input, List<byte[]> corpus) {
        if (input.length == 0) {
            return input;
        }
        byte[] result = input.clone();
        int at = random.nextInt(result.length);
        return switch (random.nextInt(8)) {
            case 0 -> {
                result[at] ^= (byte) (1 << random.nextInt(8));
                yield result;
            }
            case 1 -> {
                result[at] = (byte) random.nextInt(256);
                yield result;
            }
            case 2 -> {
                result[at] =
                        new byte[] {0, 1, 4, (byte) 0xff, 0x7f, (byte) 0x80}[random.nextInt(6)];
                yield result;
            }
            case 3 -> {
                // Payload headers are near the start; lengths are what breaks decoders.
                int near = Math.min(result.length - 1, 16 + random.nextInt(64));
                result[near] = (byte) (result[near] + random.nextInt(9) - 4);
                yield result;
            }
            case 4 -> Arrays.copyOf(result, at);
            case 5 -> {
                byte[] longer = Arrays.copyOf(result, result.length + 1 + random.nextInt(16));
                System.arraycopy(
                        result, at, longer, at + longer.length - result.length, result.length - at);
                yield longer;
            }
            case 6 -> {
                int end = at + random.nextInt(result.length - at + 1);
                byte[] shorter = Arrays.copyOf(result, result.length - (end - at));
                System.arraycopy(result, end, shorter, at, result.length - end);
                yield shorter;
            }
            default -> {
                byte[] other = corpus.get(random.nextInt(corpus.size()));
                int from = random.nextInt(other.length);
                int count =
                        Math.min(
                                random.nextInt(64),
                                Math.min(other.length - from, result.length - at));
                System.arraycopy(other, from, result, at, count);
                yield result;
            }
        };
    }

    private static byte[] withRightLength(byte[] input) {
        if (input.length < IkeHeader.LENGTH_BYTES) {
            return input;
        }
        byte[] result = input.clone();
        for (int i = 0; i < 4; i++) {
            result[24 + i] = (byte) (input.length >>> (24 - 8 * i));
        }
        return result;
    }
}
