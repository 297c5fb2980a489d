package dev.culvert.endpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrossChecksTest {
    private static final String FOR_ALL = "ike {\nsecret = x\n}\n";

    @TempDir Path directory;

    @Test
    void shouldReportWhenNoSecretIsForTheConnection() throws IOException {
        assertThat(check(connection("gw", "moon", "sun", ""), "ike {\nid = mars\nsecret = x\n}\n"))
                .containsExactly(
                        "2: error: connections.gw: no pre-shared key is for 'sun' or 'moon'; add a"
                                + " section ike-gw with id = sun and secret = \"…\" to secrets { … }");
    }

    @Test
    void shouldAcceptWhenSecretIsForEitherSideOrAll() throws IOException {
        for (String id : List.of("id = sun\n", "id-b = moon\n", "", "id = %any\n")) {
            assertThat(
                            check(
                                    connection("gw", "moon", "sun", ""),
                                    "ike {\n" + id + "secret = x\n}\n"))
                    .as(id)
                    .isEmpty();
        }
        assertThat(
                        check(
                                connection("gw", "moon", "*.example.org", ""),
                                "ike {\nid = a.example.org\nsecret = x\n}\n"))
                .isEmpty();
        assertThat(
                        check(
                                connection("gw", "moon", "a.example.org", ""),
                                "ike {\nid = *.example.org\nsecret = x\n}\n"))
                .isEmpty();
    }

    @Test
    void shouldNotAskForSecretWhenConnectionOnlyPassesPackets() throws IOException {
        assertThat(
                        check(
                                """
                                lan {
                                children {
                                lan {
                                remote_ts = 10.0.0.0/8
                                mode = pass
                                start_action = trap
                                }
                                }
                                }
                                """,
                                ""))
                .isEmpty();
    }

    @Test
    void shouldReportWhenChildrenHaveSameSelectors() throws IOException {
        assertThat(
                        check(
                                connection(
                                        "gw",
                                        "moon",
                                        "sun",
                                        """
                                        a {
                                        remote_ts = 10.1.0.0/16, 10.2.0.0/16
                                        }
                                        b {
                                        remote_ts = 10.2.0.0/16, 10.1.0.0/16
                                        }
                                        d {
                                        remote_ts = 10.2.0.0/16
                                        }
                                        """),
                                FOR_ALL))
                .hasSize(1)
                .first()
                .asString()
                .contains("connections.gw.children.b: it has the same local_ts and remote_ts")
                .contains("child \"a\"");
    }

    @Test
    void shouldReportWhenThereIsNobodyToStartWith() throws IOException {
        assertThat(
                        check(
                                connection("gw", "moon", "sun", "a {\nstart_action = start\n}\n"),
                                FOR_ALL))
                .containsExactly(
                        "15: error: connections.gw.children.a.start_action: the connection has no"
                                + " remote_addrs to start with; add an address or a host name of"
                                + " the peer");
    }

    @Test
    void shouldReportWhenPassingChildIsStarted() throws IOException {
        assertThat(
                        check(
                                connection(
                                        "gw",
                                        "moon",
                                        "sun",
                                        """
                                        a {
                                        mode = pass
                                        remote_ts = 10.1.0.0/16
                                        start_action = start
                                        }
                                        b {
                                        mode = drop
                                        }
                                        """),
                                FOR_ALL))
                .containsExactly(
                        "17: error: connections.gw.children.a.start_action: a child that passes or"
                                + " drops packets has nothing to start; write start_action = trap"
                                + " to have its policy installed",
                        "19: warning: connections.gw.children.b: its policy is not installed"
                                + " without start_action = trap");
    }

    @Test
    void shouldWarnWhenConnectionsCannotBeToldApart() throws IOException {
        assertThat(
                        check(
                                connection("a", "moon", "sun", "")
                                        + connection("b", "moon", "sun", "")
                                        + connection("d", "moon", "mars", ""),
                                FOR_ALL))
                .hasSize(1)
                .first()
                .asString()
                .contains("connections.b: a peer that connects cannot be told apart from one of")
                .contains("same remote id");
    }

    @Test
    void shouldWarnWhenSecretsAreForSameIdentities() throws IOException {
        assertThat(
                        check(
                                connection("gw", "moon", "sun", ""),
                                """
                                ike-1 {
                                id = sun
                                secret = x
                                }
                                ike-2 {
                                id = sun
                                secret = y
                                }
                                """))
                .hasSize(1)
                .first()
                .asString()
                .contains("secrets.ike-2: it is for the same identities as \"ike-1\"");
    }

    private static String connection(String name, String local, String remote, String children) {
        return name
                + " {\nlocal {\nauth = psk\nid = "
                + local
                + "\n}\nremote {\nauth = psk\nid = "
                + remote
                + "\n}\nchildren {\nc {\nremote_ts = 10.9.0.0/16 }\n"
                + children
                + "}\n}\n";
    }

    /** Lines and messages of the problems. */
    private List<String> check(String connections, String secrets) throws IOException {
        Path file = directory.resolve("test.conf");
        Files.writeString(
                file, "connections {\n" + connections + "}\nsecrets {\n" + secrets + "}\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return new ConfigLoader()
                .load(file).problems().stream()
                        .map(p ->
                                p.position().line()
                                        + ": "
                                        + (p.isError() ? "error" : "warning")
                                        + ": "
                                        + p.message())
                        .toList();
    }
}
