package dev.culvert.endpoint.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.id.Identity;
import dev.culvert.ike.lease.SavedLease;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeaseFormatTest {

    @Test
    void shouldReadWhatItWroteWhateverTheIdentity() {
        List<SavedLease> leases =
                List.of(
                        lease("four", "10.3.0.7", Identity.parse("laptop.example").orThrow()),
                        lease("four", "10.3.0.9", Identity.parse("a@b.example").orThrow()),
                        lease("six", "fd00:3::1", Identity.parse("192.0.2.1").orThrow()),
                        lease("six", "fd00:3::2", Identity.parse("2001:db8::1").orThrow()),
                        lease("six", "fd00:3::3", Identity.ofWire(9, bytes("\0 \n"))),
                        lease("six", "fd00:3::4", Identity.ofWire(11, Bytes.EMPTY)),
                        lease("six", "fd00:3::5", Identity.ofWire(0, bytes("odd"))),
                        lease("six", "fd00:3::6", Identity.ofWire(255, bytes("odd"))));
        assertThat(LeaseFormat.read(LeaseFormat.write(leases))).isEqualTo(Parsed.ok(leases));
        assertThat(text(LeaseFormat.write(leases.subList(0, 1))))
                .isEqualTo(
                        "culvert leases 1\nfour 10.3.0.7 2:6c6170746f702e6578616d706c65\nend 1\n");
    }

    @Test
    void shouldKeepTheLastLeasesWhenNotAllFit() {
        List<SavedLease> leases = new ArrayList<>();
        Bytes longId = Bytes.of(new byte[60_000]);
        for (int i = 0; i < 200; i++) {
            leases.add(lease("p" + i, "10.3.0.1", Identity.ofWire(11, longId)));
        }
        byte[] written = LeaseFormat.write(leases);
        assertThat(written.length).isLessThanOrEqualTo(LeaseFormat.MOST_BYTES);
        List<SavedLease> read = LeaseFormat.read(written).orThrow();
        assertThat(read).hasSizeBetween(130, 150).endsWith(leases.getLast());
        assertThat(read).isEqualTo(leases.subList(200 - read.size(), 200));
    }

    @Test
    void shouldLeaveOutPoolsWhoseNamesWouldBreakTheLines() {
        Identity id = Identity.parse("x").orThrow();
        List<SavedLease> leases =
                List.of(lease("a\nend 0", "10.3.0.1", id), lease("b", "10.3.0.2", id));
        assertThat(LeaseFormat.read(LeaseFormat.write(leases)).orThrow())
                .containsExactly(leases.getLast());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "leases\nend 0\n",
                "culvert leases 1\n",
                "culvert leases 1\nfour 10.3.0.7 2:61\n",
                "culvert leases 1\nfour 10.3.0.7 2:61\nend 2\n",
                "culvert leases 1\nfour 10.3.0 2:61\nend 1\n",
                "culvert leases 1\nfour 10.3.0.7 256:61\nend 1\n",
                "culvert leases 1\nfour 10.3.0.7 2:6\nend 1\n",
                "culvert leases 1\nfour 10.3.0.7\nend 1\n",
                "culvert leases 2\nend 0\n"
            })
    void shouldTakeNothingWhenTextIsBroken(String text) {
        assertThat(LeaseFormat.read(text.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(Parsed.Failed.class);
    }

    @Test
    void shouldNeverThrowWhenBytesAreChanged() {
        byte[] good =
                LeaseFormat.write(
                        List.of(lease("four", "10.3.0.7", Identity.parse("a.b").orThrow())));
        SplittableRandom random = new SplittableRandom(7);
        int failed = 0;
        for (int i = 0; i < 2_000; i++) {
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            failed += LeaseFormat.read(bad) instanceof Parsed.Failed ? 1 : 0;
        }
        assertThat(failed).isGreaterThan(1_000);
    }

    private static SavedLease lease(String pool, String address, Identity identity) {
        return new SavedLease(pool, IpAddress.parse(address).orElseThrow(), identity);
    }

    private static Bytes bytes(String text) {
        return Bytes.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
