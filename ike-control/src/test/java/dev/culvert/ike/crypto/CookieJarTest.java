package dev.culvert.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import org.junit.jupiter.api.Test;

class CookieJarTest {
    private static final long ROTATE_NS = 1_000;
    private static final Bytes NONCE = Bytes.ofHex("00112233445566778899aabbccddeeff");
    private static final IpAddress SOURCE = IpAddress.v4(0xc0000201);

    private final CookieJar jar = new CookieJar(RandomSource.insecureSeeded(1), ROTATE_NS, 0);

    @Test
    void shouldAcceptItsOwnCookie() {
        Bytes cookie = jar.issue(0, NONCE, SOURCE, 500, 42, 0);
        assertThat(cookie.lengthBytes()).isBetween(1, 64);
        assertThat(jar.verify(0, cookie, NONCE, SOURCE, 500, 42)).hasValue(0);
    }

    @Test
    void shouldRefuseWhenAnythingDiffers() {
        Bytes cookie = jar.issue(0, NONCE, SOURCE, 500, 42, 0);
        assertThat(jar.verify(0, cookie, Bytes.ofHex("00".repeat(16)), SOURCE, 500, 42)).isEmpty();
        assertThat(jar.verify(0, cookie, NONCE, IpAddress.v4(0xc0000202), 500, 42)).isEmpty();
        assertThat(jar.verify(0, cookie, NONCE, SOURCE, 501, 42)).isEmpty();
        assertThat(jar.verify(0, cookie, NONCE, SOURCE, 500, 43)).isEmpty();
        assertThat(jar.verify(0, Bytes.EMPTY, NONCE, SOURCE, 500, 42)).isEmpty();
        for (int i = 0; i < cookie.lengthBytes(); i++) {
            byte[] flipped = cookie.toArray();
            flipped[i] ^= 1;
            assertThat(jar.verify(0, Bytes.of(flipped), NONCE, SOURCE, 500, 42)).isEmpty();
            assertThat(jar.verify(0, cookie.slice(0, i), NONCE, SOURCE, 500, 42)).isEmpty();
        }
        CookieJar other = new CookieJar(RandomSource.insecureSeeded(2), ROTATE_NS, 0);
        assertThat(other.verify(0, cookie, NONCE, SOURCE, 500, 42)).isEmpty();
    }

    @Test
    void shouldRememberHowHardThePuzzleWas() {
        Bytes cookie = jar.issue(0, NONCE, SOURCE, 500, 42, 17);
        assertThat(jar.verify(0, cookie, NONCE, SOURCE, 500, 42)).hasValue(17);
    }

    @Test
    void shouldAcceptACookieOfThePreviousSecretOnly() {
        Bytes cookie = jar.issue(0, NONCE, SOURCE, 500, 42, 0);
        assertThat(jar.verify(ROTATE_NS, cookie, NONCE, SOURCE, 500, 42)).hasValue(0);
        assertThat(jar.issue(ROTATE_NS, NONCE, SOURCE, 500, 42, 0)).isNotEqualTo(cookie);
        assertThat(jar.verify(2 * ROTATE_NS, cookie, NONCE, SOURCE, 500, 42)).isEmpty();
    }

    @Test
    void shouldRefuseAfterALongSilence() {
        Bytes cookie = jar.issue(0, NONCE, SOURCE, 500, 42, 0);
        assertThat(jar.verify(2 * ROTATE_NS, cookie, NONCE, SOURCE, 500, 42)).isEmpty();
    }

    @Test
    void shouldBeIndependentOfTheOriginOfTime() {
        long start = Long.MAX_VALUE - 10;
        CookieJar late = new CookieJar(RandomSource.insecureSeeded(1), ROTATE_NS, start);
        Bytes cookie = late.issue(start, NONCE, SOURCE, 500, 42, 0);
        assertThat(late.verify(start + 20, cookie, NONCE, SOURCE, 500, 42)).hasValue(0);
        assertThat(late.verify(start + 3 * ROTATE_NS, cookie, NONCE, SOURCE, 500, 42)).isEmpty();
    }
}
