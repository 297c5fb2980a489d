package dev.culvert.endpoint.hook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.config.ConfigLoader;
import dev.culvert.endpoint.config.Configuration;
import dev.culvert.endpoint.config.LoadResult;
import dev.culvert.endpoint.vici.FakeDaemon;
import dev.culvert.ike.Configured;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineSnapshot.ChildSa;
import dev.culvert.ike.EngineSnapshot.IkeSa;
import dev.culvert.ike.ts.IpPrefix;
import dev.culvert.ike.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpdownTest {
    private static final IkeSa IKE = FakeDaemon.established();
    private static final ChildSa CHILD = FakeDaemon.net();

    @TempDir Path directory;

    @Test
    void shouldRunOnceUpAndOnceDownWhenAChildIsRekeyedInBetween() throws IOException {
        Path script = script("echo \"$PLUTO_VERB $1 $PLUTO_PEER_CLIENT\" >> " + out());
        try (Updown updown = updown(script + " argument")) {
            updown.accept(new EngineEvent.ChildUp(IKE, CHILD));
            updown.accept(new EngineEvent.ChildUp(IKE, CHILD));
            updown.accept(new EngineEvent.ChildDown(IKE, CHILD, "rekeyed"));
            updown.accept(new EngineEvent.ChildDown(IKE, CHILD, "terminated"));
        }
        assertThat(Files.readAllLines(out()))
                .containsExactly(
                        "up-client argument 10.2.0.0/16", "down-client argument 10.2.0.0/16");
    }

    @Test
    void shouldRunTheScriptsOfOneChildOneAfterTheOtherWhenItComesAndGoes() throws IOException {
        Path script =
                script(
                        "mkdir "
                                + directory.resolve("lock")
                                + " || echo together >> "
                                + out()
                                + "; echo $PLUTO_VERB >> "
                                + out()
                                + "; sleep 0.05; rmdir "
                                + directory.resolve("lock"));
        try (Updown updown = updown(script.toString())) {
            for (int i = 0; i < 3; i++) {
                updown.accept(new EngineEvent.ChildUp(IKE, CHILD));
                updown.accept(new EngineEvent.ChildDown(IKE, CHILD, "terminated"));
            }
        }
        assertThat(Files.readAllLines(out()))
                .containsExactly(
                        "up-client",
                        "down-client",
                        "up-client",
                        "down-client",
                        "up-client",
                        "down-client");
    }

    @Test
    void shouldHaveStrongswansNamesAndNothingElseInTheEnvironment() throws IOException {
        Path script = script("env | sort > " + out());
        try (Updown updown = updown(script.toString())) {
            updown.accept(new EngineEvent.ChildUp(IKE, CHILD));
        }
        List<String> lines = new ArrayList<>(Files.readAllLines(out()));
        lines.removeIf(line -> line.matches("(PATH|PWD|SHLVL|_|OLDPWD)=.*"));
        assertThat(lines)
                .containsExactly(
                        "PLUTO_CONNECTION=net",
                        "PLUTO_INTERFACE=culvert0",
                        "PLUTO_ME=198.51.100.1",
                        "PLUTO_MY_CLIENT=10.1.0.0/16",
                        "PLUTO_MY_ID=moon",
                        "PLUTO_MY_PORT=0",
                        "PLUTO_MY_PROTOCOL=0",
                        "PLUTO_MY_SOURCEIP4_1=10.3.0.7",
                        "PLUTO_MY_SOURCEIP=10.3.0.7",
                        "PLUTO_PEER=198.51.100.2",
                        "PLUTO_PEER_CLIENT=10.2.0.0/16",
                        "PLUTO_PEER_ID=sun",
                        "PLUTO_PEER_PORT=0",
                        "PLUTO_PEER_PROTOCOL=0",
                        "PLUTO_PEER_SOURCEIP4_1=10.4.0.1",
                        "PLUTO_PEER_SOURCEIP6_1=2001:db8:4::1",
                        "PLUTO_PEER_SOURCEIP=10.4.0.1",
                        "PLUTO_PROTO=esp",
                        "PLUTO_REQID=1",
                        "PLUTO_UDP_ENC=4500",
                        "PLUTO_UNIQUEID=1",
                        "PLUTO_VERB=up-client",
                        "PLUTO_VERSION=1.1");
    }

    @Test
    void shouldBeToldWhatThePeerConfiguredBeyondAddresses() {
        Map<String, String> told = new HashMap<>();
        UpdownEnvironment.putConfigured(
                told,
                new Configured(
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of("corp.example", "lab.example"),
                        List.of("corp.example 12345 8 2 01AB"),
                        List.of(prefix("10.2.0.0", 16), prefix("2001:db8:2::", 48))));
        assertThat(told)
                .containsOnly(
                        Map.entry("CULVERT_DNS_DOMAINS", "corp.example lab.example"),
                        Map.entry("CULVERT_PEER_SUBNETS", "10.2.0.0/16 2001:db8:2::/48"),
                        Map.entry("CULVERT_DNSSEC_TA_1", "corp.example 12345 8 2 01AB"));
    }

    @Test
    void shouldBeToldToOpenAFirewallOnlyWhenConfigured() {
        assertThat(UpdownEnvironment.of("culvert0", true, IKE, CHILD).getFirst())
                .containsEntry("PLUTO_HOST_ACCESS", "1");
        assertThat(UpdownEnvironment.of("culvert0", false, IKE, CHILD).getFirst())
                .doesNotContainKey("PLUTO_HOST_ACCESS");
    }

    @Test
    void shouldNotLetAShellSeeWhatAPeerSays() {
        List<String> lines = new ArrayList<>();
        HostProgram.Outcome outcome =
                HostProgram.run(
                        List.of("/usr/bin/env"),
                        Map.of("PLUTO_PEER_ID", "$(touch /tmp/x); `id`\u0000\n"),
                        "",
                        Duration.ofSeconds(10),
                        lines::add);
        assertThat(outcome).isEqualTo(new HostProgram.Outcome.Exited(0));
        assertThat(lines).contains("PLUTO_PEER_ID=$(touch /tmp/x); `id`??");
    }

    @Test
    void shouldEndAProgramThatTakesTooLong() {
        assertThat(
                        HostProgram.run(
                                List.of("/bin/sleep", "60"),
                                Map.of(),
                                "",
                                Duration.ofMillis(200),
                                line -> {}))
                .isEqualTo(new HostProgram.Outcome.TimedOut());
    }

    @Test
    void shouldSayWhyWhenAProgramCannotBeStarted() {
        assertThat(
                        HostProgram.run(
                                List.of("/does/not/exist"),
                                Map.of(),
                                "",
                                Duration.ofSeconds(1),
                                line -> {}))
                .isInstanceOf(HostProgram.Outcome.NotStarted.class);
    }

    private static IpPrefix prefix(String address, int bits) {
        return new IpPrefix(IpAddress.parse(address).orElseThrow(), bits);
    }

    private Path out() {
        return directory.resolve("out");
    }

    private Path script(String body) throws IOException {
        Path script = directory.resolve("updown");
        Files.writeString(script, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script;
    }

    private Updown updown(String command) throws IOException {
        Path file = directory.resolve("test.conf");
        Files.writeString(
                file,
                """
                connections {
                    gw {
                        local { auth = psk
                        }
                        remote { auth = psk
                        }
                        children { net { updown = %s
                            }
                        }
                    }
                }
                secrets { ike { secret = x
                    }
                }
                """
                        .formatted(command));
        LoadResult loaded = new ConfigLoader().load(file);
        assertThat(loaded.errors()).isEmpty();
        Configuration configuration = loaded.configuration().orElseThrow();
        Updown updown = new Updown("culvert0");
        updown.configure(configuration.engine());
        return updown;
    }
}
