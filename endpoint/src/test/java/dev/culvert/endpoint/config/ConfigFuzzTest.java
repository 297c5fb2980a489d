package dev.culvert.endpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.vici.TestConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random files and mutations of a good one: each gives a result, whatever is in it. */
class ConfigFuzzTest {
    private static final Path FILE = Path.of("/fuzz/main.conf");
    private static final String[] PIECES = {
        "{",
        "}",
        "=",
        ":",
        ",",
        ".",
        "\"",
        "\\",
        "#",
        "\n",
        " ",
        "\t",
        "\r",
        "\0",
        "\uFEFF",
        "\u00e9",
        "include ",
        "include main.conf",
        "include *",
        "connections",
        "secrets",
        "culvert",
        "children",
        "local",
        "remote",
        "ike-1",
        "secret",
        "id",
        "auth = psk\n",
        "gw",
        "net",
        "local_ts = ",
        "remote_addrs = ",
        "proposals = ",
        "rekey_time = ",
        "10.0.0.0/8",
        "0x",
        "0s",
        "%any",
        "dynamic",
        "[tcp/80]",
        "99999999999999999999",
        "-1",
        "aes256gcm16-ecp384",
        "d",
        "%",
        "a:b",
        "tun",
        "log",
        "connections.gw",
        "fwmark = ",
        "listen = ",
        "retransmit { timeout = 0.",
        "jitter = 5%"
    };

    @Test
    void shouldGiveResultWhenFileIsRandom() {
        Random random = new Random(20261121);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(60); j >= 0; j--) {
                text.append(PIECES[random.nextInt(PIECES.length)]);
            }
            check(text.toString());
        }
    }

    @Test
    void shouldGiveResultWhenFileIsMutated() {
        Random random = new Random(42);
        for (int i = 0; i < 5_000; i++) {
            StringBuilder text = new StringBuilder(TestConfig.TEXT);
            for (int j = random.nextInt(5); j >= 0; j--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.deleteCharAt(at);
                    case 1 -> text.insert(at, PIECES[random.nextInt(PIECES.length)]);
                    default -> text.setCharAt(at, (char) random.nextInt(256));
                }
            }
            check(text.toString());
        }
    }

    private static void check(String text) {
        LoadResult result = new ConfigLoader(new OneFile(text)).load(FILE);
        assertThat(result.configuration().isPresent())
                .as(text)
                .isEqualTo(result.errors().isEmpty());
    }

    /** A file system with one file, which patterns find as well. */
    private record OneFile(String text) implements ConfigSource {
        @Override
        public Reading read(Path file) {
            return new Reading.Text(text);
        }

        @Override
        public List<Path> glob(Path pattern) {
            return List.of(FILE);
        }

        @Override
        public Path identity(Path file) {
            return file;
        }

        @Override
        public boolean isReadableByOthers(Path file) {
            return false;
        }
    }
}
