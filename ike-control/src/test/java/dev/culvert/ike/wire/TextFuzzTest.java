package dev.culvert.ike.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.ProposalParser;
import dev.culvert.ike.ts.TrafficSelector;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Everything that reads what a user wrote ends in a value, and what it writes it reads again. */
class TextFuzzTest {
    private static final List<String> PIECES =
            List.of(
                    "10.1.0.0",
                    "/16",
                    "/",
                    "-",
                    "..",
                    "[",
                    "]",
                    "tcp",
                    "80",
                    "icmp",
                    "(",
                    ")",
                    "::",
                    ":",
                    "2001:db8",
                    "1.2.3.4",
                    "@",
                    "@@",
                    "#",
                    "0aff",
                    "*",
                    ".",
                    "example.org",
                    "%any",
                    "fqdn:",
                    "keyid:",
                    "asn1dn:#",
                    "aes128",
                    "aes256gcm16",
                    "sha256",
                    "prfsha384",
                    "x25519",
                    "modp1024",
                    "esn",
                    "none",
                    ",",
                    "default",
                    " ",
                    "\t",
                    "\u0000",
                    "é",
                    "\ud83d",
                    "99999999999",
                    "65535",
                    "0",
                    "-1",
                    "{",
                    "=");

    private final SplittableRandom random = new SplittableRandom(7);

    @Test
    void shouldNeverThrow() {
        int understood = 0;
        for (int i = 0; i < 30_000; i++) {
            String text = text();
            understood += check(text, TrafficSelector::parse, TrafficSelector::toString);
            understood += check(text, Identity::parse, Identity::text);
            assertThat(ProposalParser.parseIkeList(text)).isNotNull();
            assertThat(ProposalParser.parseEspList(text)).isNotNull();
            IpAddress.parse(text)
                    .ifPresent(a -> assertThat(IpAddress.parse(a.toString())).contains(a));
        }
        assertThat(understood).isGreaterThan(1_000);
    }

    private static <T> int check(
            String text, Function<String, Parsed<T>> read, Function<T, String> write) {
        return switch (read.apply(text)) {
            case Parsed.Failed<T>(String problem) -> {
                assertThat(problem).isNotBlank();
                yield 0;
            }
            case Parsed.Ok<T>(T value) -> {
                String written = write.apply(value);
                assertThat(write.apply(read.apply(written).orThrow()))
                        .as("from %s", text)
                        .isEqualTo(written);
                yield 1;
            }
        };
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            text.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return text.toString();
    }
}
