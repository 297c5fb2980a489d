package dev.culvert.esp.sa;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.sa.ReplayWindow.Verdict;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayWindowTest {

    /** The definition, without any cleverness: remembers every number ever accepted. */
    private static final class NaiveWindow {
        private final int size;
        private final Set<Long> seen = new HashSet<>();
        private long highest;

        NaiveWindow(int size) {
            this.size = size;
        }

        Verdict check(long sequence) {
            if (sequence == 0) {
                return Verdict.INVALID;
            }
            if (sequence <= highest - size) {
                return Verdict.TOO_OLD;
            }
            return seen.contains(sequence) ? Verdict.DUPLICATE : Verdict.NEW;
        }

        void accept(long sequence) {
            seen.add(sequence);
            highest = Math.max(highest, sequence);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 33, 63, 64, 65, 127, 128, 1000, 1024, 4096, 16384})
    void shouldDecideLikeTheDefinitionWhenSequencesAreRandom(int size) {
        for (long seed = 1; seed <= 20; seed++) {
            final Random random = new Random(seed * size);
            final ReplayWindow window = new ReplayWindow(size);
            final NaiveWindow naive = new NaiveWindow(size);
            long centre = 1;
            for (int i = 0; i < 5000; i++) {
                final long sequence = Math.max(0, centre + random.nextInt(3 * size) - 2L * size);
                final Verdict expected = naive.check(sequence);
                assertThat(window.check(sequence))
                        .as("seed %s, step %s, sequence %s", seed, i, sequence)
                        .isEqualTo(expected);
                if (expected == Verdict.NEW && random.nextInt(8) != 0) {
                    final boolean advances = sequence > naive.highest;
                    assertThat(window.accept(sequence)).isEqualTo(advances);
                    naive.accept(sequence);
                }
                assertThat(window.highest()).isEqualTo(naive.highest);
                centre += jump(random, size);
            }
        }
    }

    private static long jump(Random random, int size) {
        return switch (random.nextInt(200)) {
            case 0 -> size * 5L;
            case 1 -> 64L * random.nextInt(10);
            default -> random.nextInt(3);
        };
    }

    @Test
    void shouldNotChangeWhenOnlyChecked() {
        final ReplayWindow window = new ReplayWindow(64);
        assertThat(window.check(1_000_000)).isEqualTo(Verdict.NEW);
        assertThat(window.check(5)).isEqualTo(Verdict.NEW);
        assertThat(window.highest()).isZero();
    }

    @Test
    void shouldTakeEverythingButZeroWhenSwitchedOff() {
        final ReplayWindow window = new ReplayWindow(0);
        window.accept(10);
        assertThat(window.check(10)).isEqualTo(Verdict.NEW);
        assertThat(window.check(1)).isEqualTo(Verdict.NEW);
        assertThat(window.check(0)).isEqualTo(Verdict.INVALID);
    }

    @ParameterizedTest(name = "T={0} W={1} low={2}")
    @CsvSource({
        // highest seen (hex), window, received low half (hex), recovered (hex), RFC 4303 A2.1 case
        "0,            64,   1,         1",
        "0,            64,   ffffffc0,  ffffffc0",
        "0,            64,   ffffffc1,  -1",
        "0,            64,   ffffffff,  -1",
        "5,            64,   6,         6",
        "5,            64,   ffffffc6,  -1",
        "5,            64,   ffffffc5,  ffffffc5",
        "3e,           64,   ffffffff,  -1",
        "3f,           64,   0,         0",
        "3f,           64,   ffffffff,  ffffffff",
        "40,           64,   0,         100000000",
        "40,           64,   1,         1",
        "1000,         64,   fc0,       100000fc0",
        "1000,         64,   fc1,       fc1",
        "1000,         64,   1001,      1001",
        "ffffffff,     64,   0,         100000000",
        "ffffffff,     64,   ffffffc0,  ffffffc0",
        "ffffffff,     64,   ffffffbf,  1ffffffbf",
        "100000000,    64,   ffffffff,  ffffffff",
        "100000000,    64,   ffffffc1,  ffffffc1",
        "100000000,    64,   ffffffc0,  1ffffffc0",
        "10000003e,    64,   ffffffff,  ffffffff",
        "10000003f,    64,   ffffffff,  1ffffffff",
        "10000003f,    64,   0,         100000000",
        "700000020,    64,   ffffffe1,  6ffffffe1",
        "700000020,    64,   ffffffe0,  7ffffffe0",
        "700000020,    1024, fffffc21,  6fffffc21",
        "700000020,    1024, fffffc20,  7fffffc20",
        "ffffffff00000100, 64, 101,     ffffffff00000101",
        "ffffffffffffffff, 64, 0,       -1",
    })
    void shouldRecoverTheHighHalfWhenExtended(
            String highest, int windowPackets, String low, String expected) {
        final ReplayWindow window = new ReplayWindow(windowPackets);
        final long start = Long.parseUnsignedLong(highest, 16);
        if (start != 0) {
            window.accept(start);
        }
        final long recovered = window.recover(Long.parseUnsignedLong(low, 16));
        if (expected.equals("-1")) {
            assertThat(recovered).isEqualTo(ReplayWindow.BEFORE_START);
        } else {
            assertThat(Long.toHexString(recovered)).isEqualTo(expected);
        }
    }

    @Test
    void shouldRecoverEveryNumberWhenTheStreamCrossesManyWraps() {
        final Random random = new Random(42);
        final ReplayWindow window = new ReplayWindow(1024);
        long sequence = 0xFFFF_0000L;
        window.accept(sequence);
        for (int i = 0; i < 200_000; i++) {
            sequence += 1 + random.nextInt(1 << 20);
            final long reordered = sequence - random.nextInt(1000);
            assertThat(window.recover(sequence & 0xFFFF_FFFFL)).isEqualTo(sequence);
            window.accept(sequence);
            assertThat(window.recover(reordered & 0xFFFF_FFFFL)).isEqualTo(reordered);
        }
        assertThat(sequence >>> 32).as("wraps crossed").isGreaterThan(10);
    }
}
