package dev.culvert.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.wire.Bytes;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class PuzzleTest {
    private static final PrfAlgorithm PRF = PrfAlgorithm.HMAC_SHA2_256;
    private static final Bytes STRING = Bytes.ofHex("739ae7492d8a810cf5e8dc0f9626c9dda773c5a3");

    @Test
    void shouldFindFourKeysWhoseOutputsEndInZeros() throws Exception {
        Bytes keys = Puzzle.solve(PRF, 10, STRING, Puzzle.tries(10)).orElseThrow();
        assertThat(keys.lengthBytes()).isEqualTo(16);
        Set<Bytes> different = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            Bytes key = keys.slice(4 * i, 4 * i + 4);
            different.add(key);
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.toArray(), "HmacSHA256"));
            BigInteger output = new BigInteger(1, mac.doFinal(STRING.toArray()));
            assertThat(output.getLowestSetBit()).isGreaterThanOrEqualTo(10);
        }
        assertThat(different).hasSize(4);
        assertThat(Puzzle.isSolution(PRF, 10, STRING, keys)).isTrue();
    }

    @Test
    void shouldRefuseWhatSolvesAnotherPuzzleOrRepeatsAKey() {
        Bytes keys = Puzzle.solve(PRF, 8, STRING, Puzzle.tries(8)).orElseThrow();
        Bytes first = keys.slice(0, 4);
        assertThat(Puzzle.isSolution(PRF, 30, STRING, keys)).isFalse();
        assertThat(Puzzle.isSolution(PRF, 8, Bytes.ofHex("00"), keys)).isFalse();
        assertThat(Puzzle.isSolution(PrfAlgorithm.HMAC_SHA2_512, 8, STRING, keys)).isFalse();
        assertThat(Puzzle.isSolution(PRF, 8, STRING, Bytes.ofHex(first.toHex().repeat(4))))
                .isFalse();
        assertThat(Puzzle.isSolution(PRF, 0, STRING, Bytes.EMPTY)).isFalse();
        assertThat(Puzzle.isSolution(PRF, 0, STRING, Bytes.ofHex("010203"))).isFalse();
        assertThat(Puzzle.isSolution(PRF, 0, STRING, Bytes.ofHex("01020304"))).isTrue();
    }

    @Test
    void shouldGiveUpAfterTheTriesAllowed() {
        assertThat(Puzzle.solve(PRF, 30, STRING, 1000)).isEmpty();
    }
}
