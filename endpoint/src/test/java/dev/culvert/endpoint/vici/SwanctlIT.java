package dev.culvert.endpoint.vici;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.culvert.endpoint.config.ConfigLoader;
import dev.culvert.ike.EngineEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stock swanctl against our server. */
class SwanctlIT {
    private static final Path SWANCTL = Path.of("/usr/sbin/swanctl");

    @TempDir Path directory;

    private FakeDaemon daemon;
    private ViciServer server;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(
                Files.isExecutable(SWANCTL), "needs swanctl: apt-get install strongswan-swanctl");
        Path conf = directory.resolve("test.conf");
        Files.writeString(conf, TestConfig.TEXT);
        daemon =
                new FakeDaemon(
                        new ConfigLoader().load(conf).configuration().orElseThrow().engine());
        server = ViciServer.open(directory.resolve("culvert.vici"), daemon);
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void shouldShowSasWhenAsked() throws Exception {
        assertThat(swanctl("--list-sas"))
                .isEqualTo(
                        """
                        gw: #1, ESTABLISHED, IKEv2, 0011223344556677_i* 8899aabbccddeeff_r
                          local  'moon' @ 198.51.100.1[4500] [10.3.0.7]
                          remote 'sun' @ 198.51.100.2[4500] [10.4.0.1 2001:db8:4::1]
                          AES_GCM_16-256/PRF_HMAC_SHA2_256/CURVE_25519
                          established 12s ago, rekeying in 13000s, reauth in 40000s
                          net: #1, reqid 1, INSTALLED, TUNNEL-in-UDP, ESP:AES_GCM_16-256/ESN
                            installed 12s ago, rekeying in 3300s, expires in 3948s
                            in  c1234567,     84 bytes,     1 packets,     3s ago
                            out c7654321, 1500000 bytes,  1000 packets,     2s ago
                            local  10.1.0.0/16
                            remote 10.2.0.0/16 2001:db8:2::/64
                          plain: #2, reqid 2, INSTALLED, TUNNEL-in-UDP, \
                        ESP:AES_CBC-128/HMAC_SHA2_256_128/ECP_256
                            installed 5s ago
                            in  c0000001,      0 bytes,     0 packets
                            out c0000002,      0 bytes,     0 packets
                            local  10.1.0.0/16[tcp/80]
                            remote 10.3.0.1..10.3.0.9
                        (unnamed): #2, CONNECTING, IKEv2, 0000000000000001_i 0000000000000002_r*
                          local  '%any' @ 198.51.100.1[500]
                          remote '%any' @ 203.0.113.9[500]
                          active:  IKE_AUTH
                        exit code 0
                        """);
    }

    @Test
    void shouldShowOnlyWhatIsWantedWhenFiltered() throws Exception {
        assertThat(swanctl("--list-sas", "--ike", "gw", "--child", "plain"))
                .contains("gw: #1", "plain: #2")
                .doesNotContain("net: #1", "(unnamed)");
        assertThat(swanctl("--list-sas", "--ike-id", "2"))
                .contains("(unnamed): #2")
                .doesNotContain("gw: #1");
        assertThat(swanctl("--list-sas", "--child-id", "99")).isEqualTo("exit code 0\n");
    }

    @Test
    void shouldShowConnectionsWhenAsked() throws Exception {
        assertThat(swanctl("--list-conns"))
                .isEqualTo(
                        """
                        gw: IKEv2, no reauthentication, rekeying every 14400s, dpd delay 30s
                          local:  198.51.100.1
                          remote: 198.51.100.2
                          remote: gw.example.org
                          local pre-shared key authentication:
                            id: moon
                          remote pre-shared key authentication:
                            id: sun
                          net: TUNNEL, rekeying every 3600s, dpd action is clear
                            local:  10.1.0.0/16
                            remote: 10.2.0.0/16 2001:db8:2::/64
                          plain: TUNNEL, rekeying every 3600s, dpd action is clear
                            local:  10.1.0.0/16[tcp/80]
                            remote: 10.3.0.1..10.3.0.9
                          printer: PASS, no rekeying, dpd action is clear
                            local:  dynamic
                            remote: 10.2.0.7/32
                        road: IKEv2, no reauthentication, rekeying every 14400s
                          local:  %any
                          remote: %any
                          local pre-shared key authentication:
                          remote pre-shared key authentication:
                            id: *.example.org
                          all: TUNNEL, no rekeying
                            local:  0.0.0.0/0
                            remote: dynamic
                        exit code 0
                        """);
    }

    @Test
    void shouldShowPoliciesWhenAsked() throws Exception {
        assertThat(swanctl("--list-pols"))
                .isEqualTo(
                        """
                        net, TUNNEL
                          local:  10.1.0.0/16
                          remote: 10.2.0.0/16 2001:db8:2::/64
                        printer, PASS
                          local:  dynamic
                          remote: 10.2.0.7/32
                        exit code 0
                        """);
        assertThat(swanctl("--list-pols", "--pass")).startsWith("printer, PASS");
    }

    @Test
    void shouldShowItselfWhenAsked() throws Exception {
        assertThat(swanctl("--stats"))
                .contains("uptime: 62 minutes, since ")
                .contains("IKE_SAs: 2 total, 1 half-open")
                .endsWith("exit code 0\n");
        assertThat(swanctl("--version", "--daemon")).contains("0.1.0 culvert (Linux");
        assertThat(swanctl("--list-algs"))
                .contains("AES_GCM_16[culvert]", "CURVE_25519[culvert]", "AES_CBC[culvert]");
        assertThat(swanctl("--counters"))
                .containsPattern("drop-replay +: 3")
                .containsPattern("ike_retransmits +: 4");
    }

    @Test
    void shouldShowNothingWhenThereIsNone() throws Exception {
        for (String command : List.of("--list-certs", "--list-authorities")) {
            assertThat(swanctl(command)).isEqualTo("exit code 0\n");
        }
    }

    @Test
    void shouldListPoolsAndLeases() throws Exception {
        assertThat(swanctl("--list-pools", "--leases"))
                .containsPattern("clients +10\\.4\\.0\\.0 +1 / 1 / 254")
                .containsPattern("10\\.4\\.0\\.1 +online +'sun'")
                .containsPattern("10\\.4\\.0\\.2 +offline +'away'");
    }

    @Test
    void shouldInitiateWhenAsked() throws Exception {
        daemon.setProgress(
                new EngineEvent.Trace(Optional.of("gw"), Optional.empty(), "sending IKE_SA_INIT"));
        assertThat(swanctl("--initiate", "--child", "net"))
                .isEqualTo(
                        """
                        [IKE] gw sending IKE_SA_INIT
                        initiate completed successfully
                        exit code 0
                        """);
        daemon.setOutcome(DaemonControl.Outcome.failed("the peer chose no proposal"));
        assertThat(swanctl("--initiate", "--child", "net", "--ike", "gw", "--timeout", "5"))
                .contains("initiate failed: the peer chose no proposal")
                .endsWith("exit code 1\n");
        assertThat(daemon.requests)
                .containsExactly(
                        new DaemonControl.Initiation(
                                Optional.empty(),
                                Optional.of("net"),
                                DaemonControl.Patience.ENDLESS),
                        new DaemonControl.Initiation(
                                Optional.of("gw"),
                                Optional.of("net"),
                                DaemonControl.Patience.ofMillis(5000)));
    }

    @Test
    void shouldRekeyWhenAsked() throws Exception {
        assertThat(swanctl("--rekey", "--child", "net"))
                .isEqualTo("rekey completed successfully\nexit code 0\n");
        assertThat(swanctl("--rekey", "--ike-id", "7", "--reauth")).endsWith("exit code 0\n");
        daemon.setMatches(0);
        assertThat(swanctl("--rekey", "--ike", "gw"))
                .contains("rekey failed: no matching SAs to rekey found")
                .endsWith("exit code 1\n");
        assertThat(daemon.requests)
                .startsWith(
                        new DaemonControl.Rekeying(
                                Optional.empty(),
                                Optional.of("net"),
                                OptionalInt.empty(),
                                OptionalInt.empty(),
                                false),
                        new DaemonControl.Rekeying(
                                Optional.empty(),
                                Optional.empty(),
                                OptionalInt.of(7),
                                OptionalInt.empty(),
                                true));
    }

    @Test
    void shouldTerminateWhenAsked() throws Exception {
        assertThat(swanctl("--terminate", "--ike", "gw", "--force"))
                .isEqualTo("terminate completed successfully\nexit code 0\n");
        assertThat(swanctl("--terminate", "--child-id", "3", "--timeout", "-1"))
                .endsWith("exit code 0\n");
        daemon.setMatches(0);
        assertThat(swanctl("--terminate", "--ike-id", "77"))
                .contains("terminate failed: no matching SAs to terminate found")
                .endsWith("exit code 1\n");
        assertThat(daemon.requests)
                .containsExactly(
                        new DaemonControl.Termination(
                                Optional.of("gw"),
                                Optional.empty(),
                                OptionalInt.empty(),
                                OptionalInt.empty(),
                                true,
                                DaemonControl.Patience.ENDLESS),
                        new DaemonControl.Termination(
                                Optional.empty(),
                                Optional.empty(),
                                OptionalInt.empty(),
                                OptionalInt.of(3),
                                false,
                                DaemonControl.Patience.NONE),
                        new DaemonControl.Termination(
                                Optional.empty(),
                                Optional.empty(),
                                OptionalInt.of(77),
                                OptionalInt.empty(),
                                false,
                                DaemonControl.Patience.ENDLESS));
    }

    @Test
    void shouldTellWhenSaComesUpWhileMonitored() throws Exception {
        Path output = directory.resolve("monitor");
        Process process =
                new ProcessBuilder(
                                SWANCTL.toString(),
                                "--monitor-sa",
                                "--uri",
                                "unix://" + server.socket())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            String printed = "";
            for (int i = 0; i < 200 && !printed.contains("gw"); i++) {
                daemon.publish(new EngineEvent.ChildUp(FakeDaemon.established(), FakeDaemon.net()));
                Thread.sleep(50);
                printed = Files.readString(output);
            }
            assertThat(printed).contains("gw", "c1234567");
        } finally {
            process.destroy();
            process.waitFor(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldReloadWhenAsked() throws Exception {
        assertThat(swanctl("--reload-settings")).endsWith("exit code 0\n");
        assertThat(daemon.requests).containsExactly("reload");
        daemon.setOutcome(
                new DaemonControl.Outcome.Failed(
                        "the configuration has errors", List.of("a.conf:1:1: error: no \u2026")));
        assertThat(swanctl("--reload-settings"))
                .contains("the configuration has errors: a.conf:1:1: error: no ...");
    }

    @Test
    void shouldSayWhatToDoWhenCommandIsNotForCulvert() throws Exception {
        assertThat(swanctl("--load-all", "--file", directory.resolve("test.conf").toString()))
                .contains(
                        "loading connection 'gw' failed: Culvert takes its connections and secrets"
                                + " from its configuration file only");
        assertThat(swanctl("--install", "--child", "net"))
                .contains("install failed: Culvert installs policies at start only");
    }

    private String swanctl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(SWANCTL.toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--uri", "unix://" + server.socket()));
        Path output = directory.resolve("output");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return Files.readString(output) + "exit code " + process.exitValue() + "\n";
    }
}
