package dev.culvert.endpoint.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.config.ConfigLoader;
import dev.culvert.endpoint.vici.FakeDaemon;
import dev.culvert.endpoint.vici.TestConfig;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.EngineConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptSasTest {
    @TempDir private Path directory;

    private EngineConfig load(String text) throws IOException {
        Path file = directory.resolve("test.conf");
        Files.writeString(file, text);
        return new ConfigLoader().load(file).configuration().orElseThrow().engine();
    }

    private List<String> describe(String from, String to) throws IOException {
        EngineConfig before = load(TestConfig.TEXT);
        EngineSnapshot up = new FakeDaemon(before).status().engine();
        return KeptSas.describe(before, load(TestConfig.TEXT.replace(from, to)), up);
    }

    @Test
    void shouldSayNothingWhenWhatIsUpHasNotChanged() throws IOException {
        assertThat(describe("id = *.example.org", "id = *.example.com")).isEmpty();
    }

    @Test
    void shouldNameTheConnectionAndItsIkeSaWhenItIsGone() throws IOException {
        assertThat(describe("gw {", "gateway {"))
                .singleElement()
                .asString()
                .startsWith("connection gw (IKE SA ")
                .contains("no longer configured")
                .contains("'culvert down gw'");
    }

    @Test
    void shouldTellChangedChildrenFromAChangedConnection() throws IOException {
        assertThat(describe("10.3.0.1-10.3.0.9", "10.3.0.1-10.3.0.8"))
                .singleElement()
                .asString()
                .contains("other children");
        assertThat(describe("dpd_delay = 30s", "dpd_delay = 40s"))
                .singleElement()
                .asString()
                .contains("has changed")
                .contains("'culvert up gw'");
    }
}
