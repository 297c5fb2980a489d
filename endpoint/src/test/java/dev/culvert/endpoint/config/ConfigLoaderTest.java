package dev.culvert.endpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.Offload;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ChildConfig.Action;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.config.SelectorSpec;
import dev.culvert.ike.config.SharedSecret;
import dev.culvert.ike.config.VirtualIps;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.ProposalParser;
import dev.culvert.ike.ts.TrafficSelector;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigLoaderTest {
    private static final String SECRETS = "secrets {\n ike {\n secret = x\n }\n}\n";

    @TempDir Path directory;

    @Test
    void shouldUseDefaultsWhenOnlyTheLeastIsWritten() throws Exception {
        ConnectionConfig connection =
                connection(
                        "local {\n auth = psk\n}\nremote {\n auth = psk\n}\nchildren {\n c { }\n}");
        assertThat(connection)
                .isEqualTo(
                        new ConnectionConfig(
                                "gw",
                                List.of(new AddressSpec.Any(true, true)),
                                List.of(new AddressSpec.Any(true, true)),
                                500,
                                500,
                                ProposalParser.defaultIke(),
                                Optional.empty(),
                                new Identity.Any(),
                                true,
                                0,
                                new Lifetime(hours(4), hours(4) + minutes(24), minutes(24)),
                                Lifetime.UNLIMITED,
                                1,
                                ConnectionConfig.Unique.NO,
                                0,
                                ConnectionConfig.Fragmentation.YES,
                                ConnectionConfig.Childless.ALLOW,
                                connection.children(),
                                VirtualIps.NONE,
                                true));
        assertThat(connection.children())
                .containsExactly(
                        new ChildConfig(
                                "c",
                                ProposalParser.defaultEsp(),
                                List.of(new SelectorSpec.Dynamic(0, 0, 65535)),
                                List.of(new SelectorSpec.Dynamic(0, 0, 65535)),
                                ChildConfig.Mode.TUNNEL,
                                Set.of(),
                                Set.of(),
                                ChildConfig.DpdAction.CLEAR,
                                new Lifetime(hours(1), minutes(66), minutes(6)),
                                Lifetime.UNLIMITED,
                                Lifetime.UNLIMITED,
                                0,
                                0,
                                0,
                                0,
                                1024,
                                true,
                                true,
                                ChildConfig.CopyDscp.OUT));
    }

    @Test
    void shouldMapEveryKeyWhenAllAreWritten() throws Exception {
        ConnectionConfig connection =
                connection(
                        """
                        version = 2
                        local_addrs = 192.0.2.1, 2001:db8::1
                        remote_addrs = gw.example.org, 198.51.100.0/24, 203.0.113.1-203.0.113.9, %any6
                        local_port = 4500
                        remote_port = 4501
                        proposals = aes128-sha256-modp2048, aes256gcm16-prfsha384-ecp384
                        dscp = 101110
                        encap = yes
                        mobike = no
                        fragmentation = accept
                        childless = prefer
                        dpd_delay = 30s
                        keyingtries = 0
                        unique = replace
                        reauth_time = 1d
                        rekey_time = 2h
                        over_time = 10m
                        rand_time = 5m
                        local {
                            auth = psk
                            id = moon.example.org
                        }
                        remote-peer {
                            auth = psk
                            id = *@example.org
                        }
                        children {
                            c {
                                esp_proposals = aes256gcm16-esn-noesn
                                local_ts = 10.1.0.0/16[tcp/80], dynamic[udp/53]
                                remote_ts = 10.2.0.1-10.2.0.9
                                rekey_time = 30m
                                life_time = 40m
                                rand_time = 1m
                                rekey_bytes = 1g
                                life_bytes = 2G
                                rand_bytes = 10k
                                rekey_packets = 1000
                                mode = tunnel
                                dpd_action = restart
                                inactivity = 1h
                                reqid = 7
                                priority = 100
                                tfc_padding = mtu
                                replay_window = 16384
                                copy_df = no
                                copy_ecn = no
                                copy_dscp = in
                                start_action = trap|start
                                close_action = trap
                            }
                        }
                        """);
        assertThat(connection)
                .isEqualTo(
                        new ConnectionConfig(
                                "gw",
                                List.of(single("192.0.2.1"), single("2001:db8::1")),
                                List.of(
                                        new AddressSpec.Name("gw.example.org"),
                                        range("198.51.100.0", "198.51.100.255"),
                                        range("203.0.113.1", "203.0.113.9"),
                                        new AddressSpec.Any(false, true)),
                                4500,
                                4501,
                                ProposalParser.parseIkeList(
                                                "aes128-sha256-modp2048,aes256gcm16-prfsha384-ecp384")
                                        .orThrow(),
                                Optional.of(new Identity.Fqdn("moon.example.org")),
                                new Identity.Rfc822("*@example.org"),
                                true,
                                TimeUnit.SECONDS.toNanos(30),
                                new Lifetime(hours(2), hours(2) + minutes(10), minutes(5)),
                                new Lifetime(hours(24), hours(24) + minutes(10), minutes(5)),
                                0,
                                ConnectionConfig.Unique.REPLACE,
                                46,
                                ConnectionConfig.Fragmentation.ACCEPT,
                                ConnectionConfig.Childless.PREFER,
                                List.of(
                                        new ChildConfig(
                                                "c",
                                                ProposalParser.parseEspList("aes256gcm16-esn-noesn")
                                                        .orThrow(),
                                                List.of(
                                                        fixed("10.1.0.0/16[tcp/80]"),
                                                        new SelectorSpec.Dynamic(17, 53, 53)),
                                                List.of(fixed("10.2.0.1-10.2.0.9")),
                                                ChildConfig.Mode.TUNNEL,
                                                Set.of(Action.TRAP, Action.START),
                                                Set.of(Action.TRAP),
                                                ChildConfig.DpdAction.RESTART,
                                                new Lifetime(minutes(30), minutes(40), minutes(1)),
                                                new Lifetime(1L << 30, 2L << 30, 10 << 10),
                                                new Lifetime(1000, 1100, 100),
                                                hours(1),
                                                7,
                                                100,
                                                -1,
                                                16384,
                                                false,
                                                false,
                                                ChildConfig.CopyDscp.IN)),
                                VirtualIps.NONE,
                                false));
    }

    @Test
    void shouldReadDaemonSettingsWhenAllAreWritten() throws Exception {
        LoadResult result =
                load(
                        """
                        culvert {
                            listen = 192.0.2.1, 2001:db8::1
                            port = 1500
                            port_nat_t = 14500
                            receive_buffer = 1m
                            send_buffer = 512k
                            engine = auto
                            ipsec_mb_library = /opt/lib/libIPSec_MB.so.2
                            workers = 3
                            replay_window = 64
                            mss_clamp = 1360
                            keep_alive = 10
                            fragment_size = 0
                            install_routes = no
                            routing_table = 51
                            routing_table_prio = 152
                            fwmark = 0x10
                            key_log = /var/tmp/keys
                            lease_file = /var/tmp/leases
                            follow_redirects = no
                            session_resumption = yes
                            ticket_lifetime = 1m
                            return_routability = no
                            crash_secret = "sixteen bytes..."
                            dns = off
                            tun {
                                name = ipsec7
                                mtu = 1400
                                addrs = 10.1.0.1/24, 2001:db8:1::1
                            }
                            offload {
                                tun_uso = no
                                udp_gro = no
                            }
                            limits {
                                half_open = 10
                                half_open_per_source = 2
                                half_open_timeout = 5s
                                cookie_threshold = 0
                                ike_sas = 100
                                acquire_packets = 5
                                puzzle_threshold = 7
                                puzzle_difficulty = 8
                                puzzle_difficulty_max = 9
                                key_exchanges = 10
                                tickets = 9
                                fragments = 20
                                fragment_bytes = 8k
                                fragment_timeout = 4s
                            }
                            redirect {
                                to = gw2.example.org
                                at = auth
                                above = 50
                            }
                            retransmit {
                                timeout = 0.5s
                                base = 1.5
                                tries = 3
                                jitter = 20%
                                limit = 10s
                            }
                            vici {
                                socket = /run/x.vici
                            }
                            log {
                                default = warn
                                ike = trace
                                esp = silent
                                timestamps = no
                            }
                        }
                        connections {
                            gw {
                                local {
                                    auth = psk
                                }
                                remote {
                                    auth = psk
                                }
                                children {
                                    c { }
                                }
                            }
                        }
                        """
                                + SECRETS);
        assertThat(messages(result))
                .containsExactly(
                        "main.conf:18:5: warning: culvert.key_log: the keys of all traffic will be"
                                + " written to /var/tmp/keys; for debugging only");
        Configuration configuration = result.configuration().orElseThrow();
        assertThat(configuration.daemon())
                .isEqualTo(
                        new DaemonSettings(
                                new DaemonSettings.Listen(
                                        List.of(address("192.0.2.1"), address("2001:db8::1")),
                                        1500,
                                        14500,
                                        1 << 20,
                                        512 << 10),
                                new DaemonSettings.Tun(
                                        "ipsec7",
                                        OptionalInt.of(1400),
                                        List.of(
                                                new DaemonSettings.InterfaceAddress(
                                                        address("10.1.0.1"), 24),
                                                new DaemonSettings.InterfaceAddress(
                                                        address("2001:db8:1::1"), 128))),
                                new DaemonSettings.Routing(false, 51, 152, 16),
                                DaemonSettings.Dns.OFF,
                                new DaemonSettings.LeaseFile.At(Path.of("/var/tmp/leases")),
                                DaemonSettings.AeadEngine.AUTO,
                                Optional.of(Path.of("/opt/lib/libIPSec_MB.so.2")),
                                1,
                                3,
                                Set.of(Offload.TUN_TSO, Offload.TUN_GRO, Offload.UDP_GSO),
                                new DaemonSettings.MssClamp.Fixed(1360),
                                5,
                                new EngineSettings(
                                        1500,
                                        14500,
                                        new EngineSettings.Retransmit(
                                                500_000_000L, 1.5, 3, 10_000_000_000L, 0.2),
                                        10_000_000_000L,
                                        0,
                                        10,
                                        2,
                                        5_000_000_000L,
                                        100,
                                        new EngineSettings.Fragments(0, 20, 8192, 4_000_000_000L),
                                        new EngineSettings.Floods(7, 8, 9, 10),
                                        new EngineSettings.Redirects(
                                                false,
                                                Optional.of("gw2.example.org"),
                                                EngineSettings.Redirects.When.AUTH,
                                                50),
                                        new EngineSettings.Resumption(true, 60_000_000_000L, 9),
                                        false,
                                        true,
                                        Optional.of(
                                                SecretBytes.copyOf(
                                                        "sixteen bytes..."
                                                                .getBytes(
                                                                        StandardCharsets.UTF_8)))),
                                Optional.of(Path.of("/run/x.vici")),
                                new DaemonSettings.Log(
                                        LogLevel.WARN,
                                        Map.of(
                                                LogSubsystem.IKE,
                                                LogLevel.TRACE,
                                                LogSubsystem.ESP,
                                                LogLevel.SILENT),
                                        false),
                                Optional.of(Path.of("/var/tmp/keys"))));
        ConnectionConfig connection = configuration.engine().connections().getFirst();
        assertThat(connection.localPort()).isEqualTo(1500);
        assertThat(connection.children().getFirst().replayWindowPackets()).isEqualTo(64);
    }

    @Test
    void shouldUseDefaultSettingsWhenSectionIsMissing() throws Exception {
        assertThat(load("").configuration().orElseThrow().daemon())
                .isEqualTo(DaemonSettings.defaults());
        assertThat(
                        load("culvert {\n listen = %any\n tun { }\n}\n")
                                .configuration()
                                .orElseThrow()
                                .daemon())
                .isEqualTo(DaemonSettings.defaults());
    }

    @Test
    void shouldReadSecretsWhenWrittenInAnyForm() throws Exception {
        LoadResult result =
                load(
                        """
                        secrets {
                            ike-text {
                                secret = "a  secret\\n"
                            }
                            ike-hex {
                                secret = 0x00ffA1
                                id-1 = sun
                                id-2 = 192.0.2.1
                            }
                            ike-base64 {
                                secret = 0sAP+h
                                id = %any
                            }
                        }
                        """);
        assertThat(messages(result)).isEmpty();
        List<SharedSecret> secrets = result.configuration().orElseThrow().engine().secrets();
        assertThat(secrets.get(0).secret().toArray())
                .isEqualTo("a  secret\n".getBytes(StandardCharsets.UTF_8));
        assertThat(secrets.get(0).owners()).isEmpty();
        assertThat(secrets.get(1).secret().toArray())
                .isEqualTo(new byte[] {0, (byte) 0xff, (byte) 0xa1});
        assertThat(secrets.get(1).owners().stream().map(Identity::text))
                .containsExactly("sun", "192.0.2.1");
        assertThat(secrets.get(2).secret().toArray())
                .isEqualTo(new byte[] {0, (byte) 0xff, (byte) 0xa1});
    }

    @ParameterizedTest
    @CsvSource({"0xabc", "0xnothex", "0x", "0s", "0s!!!!", "0sA"})
    void shouldNotShowSecretWhenItCannotBeRead(String secret) throws Exception {
        LoadResult result = load("secrets {\n ike {\n secret = " + secret + "\n }\n}\n");
        assertThat(result.configuration()).isEmpty();
        assertThat(messages(result)).hasSize(1);
        assertThat(messages(result).getFirst())
                .startsWith("main.conf:3:11: error: secrets.ike.secret: expected ")
                .doesNotContain(secret.length() > 2 ? secret : "\0");
    }

    @Test
    void shouldNotShowSecretsWhenFileIsFullOfFaults() throws Exception {
        String text =
                """
                secrets {
                    ike-1 {
                        secrets = hushhush1
                        secret "hushhush2"
                        secret : hushhush3
                        secret : hush.hushhush8 {
                        }
                        secret =
                        hushhush9
                        hushhushA==
                        hushhushA==
                        hushhushB { }
                        secret = 0xhushhush4
                    }
                    eap-1 {
                        secret = hushhush5
                    }
                    secret = hushhush6
                }
                secret = hushhush7
                """;
        assertThat(messages(load(text)))
                .hasSizeGreaterThan(5)
                .noneMatch(m -> m.contains("hushhush"));
    }

    @Test
    void shouldWarnWhenFileWithSecretsIsOpenToAll() throws Exception {
        Path file = directory.resolve("main.conf");
        Files.writeString(file, SECRETS);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(messages(new ConfigLoader().load(file)))
                .containsExactly(
                        "main.conf:3:2: warning: this file has secrets and every user of the host"
                                + " may read it; run: chmod 600 "
                                + file);
    }

    @Test
    void shouldKeepOwnKeyWhenInheritingFromTemplate() throws Exception {
        LoadResult result =
                load(
                        """
                        defaults {
                            local {
                                auth = psk
                                id = moon
                            }
                            remote {
                                auth = psk
                            }
                            children {
                                c {
                                    local_ts = 10.1.0.0/16
                                }
                            }
                        }
                        connections {
                            gw : defaults {
                                local {
                                    id = mars
                                }
                            }
                        }
                        """
                                + SECRETS);
        assertThat(messages(result)).isEmpty();
        ConnectionConfig gw =
                result.configuration().orElseThrow().engine().connections().getFirst();
        assertThat(gw.localId()).contains(new Identity.Fqdn("mars"));
        assertThat(gw.children().getFirst().localSelectors()).containsExactly(fixed("10.1.0.0/16"));
    }

    @Test
    void shouldRefuseCryptoWorkersWhenThereAreSeveralAgents() throws IOException {
        assertThat(load("culvert {\n agents = 4\n workers = 0\n}\n").configuration().orElseThrow())
                .satisfies(both -> assertThat(both.daemon().agents()).isEqualTo(4));
        assertThat(load("culvert {\n agents = 1\n workers = 2\n}\n").configuration()).isPresent();
        assertThat(messages(load("culvert {\n agents = 2\n workers = 1\n}\n")))
                .containsExactly(
                        "main.conf:3:2: error: culvert.workers: several agents have no crypto"
                                + " workers: leave out either agents or workers");
        assertThat(messages(load("culvert {\n agents = 17\n}\n")).getFirst())
                .isEqualTo(
                        "main.conf:2:11: error: culvert.agents = \"17\": expected a whole number"
                                + " from 1 to 16");
    }

    private ConnectionConfig connection(String body) throws IOException {
        LoadResult result = load("connections {\ngw {\n" + body + "\n}\n}\n" + SECRETS);
        assertThat(messages(result)).isEmpty();
        return result.configuration().orElseThrow().engine().connections().getFirst();
    }

    private LoadResult load(String text) throws IOException {
        Path file = directory.resolve("main.conf");
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return new ConfigLoader().load(file);
    }

    private List<String> messages(LoadResult result) {
        return result.problems().stream()
                .map(p -> p.toString().replaceFirst("^" + directory + "/", ""))
                .toList();
    }

    private static AddressSpec single(String address) throws IOException {
        return new AddressSpec.Single(address(address));
    }

    private static AddressSpec range(String first, String last) throws IOException {
        return new AddressSpec.Range(address(first), address(last));
    }

    private static InetAddress address(String address) throws IOException {
        return InetAddress.getByName(address);
    }

    private static SelectorSpec fixed(String text) {
        return new SelectorSpec.Fixed(TrafficSelector.parse(text).orThrow());
    }

    private static long hours(int hours) {
        return TimeUnit.HOURS.toNanos(hours);
    }

    private static long minutes(int minutes) {
        return TimeUnit.MINUTES.toNanos(minutes);
    }
}
