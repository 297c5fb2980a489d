package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.CommandResult;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.SaView;
import dev.culvert.endpoint.real.net.Site;
import dev.culvert.endpoint.real.net.StrongSwan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Virtual addresses with strongSwan in both roles; the left site asks, the right one leases. */
@RealNetwork
class VirtualIpIT {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int CLIENTS = 200;

    @Test
    void shouldLeaseBothVersionsToStrongSwan(Lab lab) {
        Culvert culvert = lab.culvert(lab.right());
        StrongSwan strongSwan = lab.strongSwan(lab.left());
        culvert.startWithSections(server(lab, "10.3.0.0/24"));
        strongSwan.startWithText(client(lab, "left.example", ""));

        strongSwan.up("rw", "net").orThrow();

        lab.exchange(lab.left(), "10.3.0.1", lab.right().inner());
        lab.exchange(lab.left(), "fd00:3::1", lab.right().innerV6());
        lab.exchange(lab.right(), lab.right().inner(), "10.3.0.1");
        SaView sa = culvert.sa("rw");
        assertThat(sa.value("remote-vips")).contains("10.3.0.1", "fd00:3::1");
        assertThat(strongSwan.swanctl("--list-sas", "--raw").stdout())
                .contains("local-vips=[10.3.0.1 fd00:3::1]");
        // Without a plugin that takes name servers, strongSwan only says that they came.
        assertThat(strongSwan.log()).contains("INTERNAL_IP4_DNS").contains("INTERNAL_IP6_DNS");
        assertThat(culvert.swanctl("--list-pools", "--leases").orThrow().stdout())
                .containsPattern("four +10\\.3\\.0\\.0 +1 / 0 / 254")
                .containsPattern("10\\.3\\.0\\.1 +online +'left\\.example'");
        assertThat(culvert.cli("status").orThrow().stdout())
                .contains("peer's virtual address 10.3.0.1 fd00:3::1")
                .contains("pool four  10.3.0.0  254 addresses, 1 online, 0 offline")
                .contains("  10.3.0.1  online  'left.example'");

        strongSwan.down("rw").orThrow();
        culvert.awaitIkeSas(0, SOON);
        assertThat(culvert.swanctl("--list-pools").stdout())
                .containsPattern("four +10\\.3\\.0\\.0 +0 / 1 / 254");
        strongSwan.up("rw", "net").orThrow();
        assertThat(culvert.sa("rw").value("remote-vips")).contains("10.3.0.1");
    }

    @Test
    void shouldTakeAddressesAndNameServersFromStrongSwanAndGiveThemBack(Lab lab)
            throws IOException {
        Path programs = Files.createDirectories(lab.directory().resolve("bin"));
        Path told = lab.directory().resolve("told");
        program(programs.resolve("resolvectl"), "echo \"$@\" >> " + told);
        Path updown = lab.directory().resolve("updown");
        Path ran = lab.directory().resolve("ran");
        program(
                updown,
                "echo \"$PLUTO_VERB $PLUTO_MY_SOURCEIP $PLUTO_MY_CLIENT $PLUTO_PEER_CLIENT"
                        + " $PLUTO_DNS4_1\" >> "
                        + ran);
        Culvert culvert =
                lab.culvert(lab.left())
                        .setting("dns", "resolvectl")
                        .environment("PATH", programs + ":" + System.getenv("PATH"));
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        strongSwan.startWithText(server(lab, "10.3.0.0/24"));
        culvert.startWithSections(client(lab, "left.example", "updown = " + updown));
        String before = culvert.site().namespace().check("ip", "address").stdout();

        culvert.up("rw", "net").orThrow();

        lab.exchange(lab.left(), "10.3.0.1", lab.right().inner());
        lab.exchange(lab.left(), "fd00:3::1", lab.right().innerV6());
        assertThat(addresses(culvert)).contains("10.3.0.1/32").contains("fd00:3::1/128");
        assertThat(
                        culvert.site()
                                .namespace()
                                .check("ip", "route", "get", lab.right().inner())
                                .stdout())
                .contains("dev culvert0")
                .contains("src 10.3.0.1");
        assertThat(culvert.sa("rw").value("local-vips")).contains("10.3.0.1", "fd00:3::1");
        assertThat(culvert.cli("status").orThrow().stdout())
                .contains("virtual address 10.3.0.1 fd00:3::1");
        assertThat(lines(told, 3))
                .containsExactly(
                        "dns culvert0 10.2.0.53 fd00:2::53",
                        "domain culvert0 ~corp.example",
                        "default-route culvert0 no");

        culvert.down("rw").orThrow();
        assertThat(lines(told, 4)).last().isEqualTo("revert culvert0");
        assertThat(addresses(culvert)).doesNotContain("10.3.0.1").doesNotContain("fd00:3::1");
        assertThat(lines(ran, 4))
                .containsExactly(
                        "up-client 10.3.0.1 10.3.0.1/32 10.2.0.0/24 10.2.0.53",
                        "up-client-v6 10.3.0.1 fd00:3::1/128 fd00:2::/64 10.2.0.53",
                        "down-client 10.3.0.1 10.3.0.1/32 10.2.0.0/24 10.2.0.53",
                        "down-client-v6 10.3.0.1 fd00:3::1/128 fd00:2::/64 10.2.0.53");

        culvert.up("rw", "net").orThrow();
        assertThat(culvert.stop()).isZero();
        assertThat(lines(told, 8)).last().isEqualTo("revert culvert0");
        assertThat(lines(ran, 8)).last().asString().startsWith("down-client-v6 ");
        assertThat(before).doesNotContain("10.3.0.1");
    }

    @Test
    void shouldRemoveWhatACrashLeftInResolvconf(Lab lab) throws IOException {
        Path programs = Files.createDirectories(lab.directory().resolve("bin"));
        Path told = lab.directory().resolve("told");
        program(
                programs.resolve("resolvconf"),
                "echo \"$@\" >> " + told + "; [ $1 = -d ] || cat >> " + told);
        Culvert culvert =
                lab.culvert(lab.left())
                        .setting("dns", "resolvconf")
                        .environment("PATH", programs + ":" + System.getenv("PATH"));
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        strongSwan.startWithText(server(lab, "10.3.0.0/24"));
        culvert.startWithSections(client(lab, "left.example", ""));

        culvert.up("rw", "net").orThrow();
        assertThat(lines(told, 5))
                .containsExactly(
                        "-d culvert0.culvert",
                        "-a culvert0.culvert",
                        "nameserver 10.2.0.53",
                        "nameserver fd00:2::53",
                        "search corp.example");
        culvert.kill();
        Await.until("the crash", SOON, () -> !culvert.isAlive());
        culvert.startWithSections(client(lab, "left.example", ""));
        assertThat(lines(told, 6)).last().isEqualTo("-d culvert0.culvert");
        assertThat(addresses(culvert)).doesNotContain("10.3.0.1");
    }

    @Test
    void shouldKnowLeasesAgainWhenTheDaemonWasRestarted(Lab lab) throws IOException {
        Path file = lab.directory().resolve("state/leases");
        Culvert culvert = lab.culvert(lab.right()).setting("lease_file", file.toString());
        StrongSwan strongSwan = lab.strongSwan(lab.left());
        culvert.startWithSections(server(lab, "10.3.0.0/24"));
        strongSwan.startWithText(
                "connections {\n"
                        + connection(lab.left(), lab.right(), "one", "one.example", "", false)
                        + connection(lab.left(), lab.right(), "two", "two.example", "", false)
                        + "}\n"
                        + SECRET);
        strongSwan.up("one", "net").orThrow();
        strongSwan.up("two", "net").orThrow();
        strongSwan.down("one").orThrow();
        strongSwan.down("two").orThrow();
        assertThat(culvert.stop()).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");

        culvert.startWithSections(server(lab, "10.3.0.0/24"));
        assertThat(culvert.log()).contains("2 leases of virtual addresses from " + file);
        strongSwan.up("two", "net").orThrow();
        assertThat(culvert.sa("rw").value("remote-vips")).contains("10.3.0.2");
        assertThat(culvert.swanctl("--list-pools").stdout())
                .containsPattern("four +10\\.3\\.0\\.0 +1 / 1 / 254");

        // What a crash leaves is at most as old as the interval of writing.
        Await.until("the lease in use", SOON, () -> read(file).size() == 4);
        culvert.kill();
        Await.until("the crash", SOON, () -> !culvert.isAlive());
        Files.writeString(file, Files.readString(file).replace("end 2", ""));
        culvert.startWithSections(server(lab, "10.3.0.0/24"));
        assertThat(culvert.log()).contains("cannot use the leases in " + file + ": line 4");
        assertThat(culvert.swanctl("--list-pools").stdout())
                .containsPattern("four +10\\.3\\.0\\.0 +0 / 0 / 254");
    }

    @Test
    void shouldServeTwoHundredClientsUntilNoAddressIsLeft(Lab lab) {
        Culvert culvert =
                lab.culvert(lab.right())
                        .setting("log.default", "info")
                        .setting("limits.half_open_per_source", "500");
        StrongSwan strongSwan = lab.strongSwan(lab.left());
        // One address less than clients.
        culvert.startWithSections(server(lab, "10.3.1.1-10.3.1." + (CLIENTS - 1)));
        StringBuilder connections = new StringBuilder("connections {\n");
        for (int i = 1; i <= CLIENTS; i++) {
            connections.append(
                    connection(lab.left(), lab.right(), "c" + i, "c" + i + ".example", "", false));
        }
        strongSwan.startWithText(connections + "}\n" + SECRET);

        for (int i = 1; i < CLIENTS; i++) {
            strongSwan.up("c" + i, "net").orThrow();
        }
        assertThat(online(culvert)).isEqualTo(CLIENTS - 1);
        assertThat(
                        culvert.sas().stream()
                                .map(sa -> sa.value("remote-vips"))
                                .collect(Collectors.toSet()))
                .hasSize(CLIENTS - 1);
        CommandResult refused = strongSwan.up("c" + CLIENTS, "net");
        assertThat(refused.output()).contains("INTERNAL_ADDRESS_FAILURE");
        assertThat(culvert.log()).contains("no address is left for c" + CLIENTS + ".example");
        strongSwan.down("c" + CLIENTS);

        Set<String> own = own(strongSwan);
        for (String address : List.of("10.3.1.1", "10.3.1.100", "10.3.1." + (CLIENTS - 1))) {
            assertThat(own).contains(address);
            assertThat(lab.traffic().ping(lab.left().namespace(), address, lab.right().inner(), 3))
                    .as("answers to %s", address)
                    .isEqualTo(3);
        }

        strongSwan.down("c7").orThrow();
        Await.until(() -> "c7 is gone", SOON, () -> online(culvert) == CLIENTS - 2);
        strongSwan.up("c" + CLIENTS, "net").orThrow();
        assertThat(online(culvert)).isEqualTo(CLIENTS - 1);
        assertThat(culvert.swanctl("--list-pools", "--leases").stdout())
                .containsPattern("10\\.3\\.1\\.7 +online +'c" + CLIENTS + "\\.example'");
        assertThat(strongSwan.up("c7", "net").output()).contains("INTERNAL_ADDRESS_FAILURE");
    }

    private static int online(Culvert culvert) {
        return Pattern.compile("four +\\S+ +([0-9]+) /")
                .matcher(culvert.swanctl("--list-pools").orThrow().stdout())
                .results()
                .mapToInt(m -> Integer.parseInt(m.group(1)))
                .sum();
    }

    private static Set<String> own(StrongSwan strongSwan) {
        return Pattern.compile("inet (10\\.3\\.[0-9.]+)/")
                .matcher(strongSwan.site().namespace().check("ip", "address").stdout())
                .results()
                .map(m -> m.group(1))
                .collect(Collectors.toSet());
    }

    private static String addresses(Culvert culvert) {
        return culvert.site()
                .namespace()
                .check("ip", "address", "show", "dev", culvert.tunDevice())
                .stdout();
    }

    private static final String SECRET =
            """
            secrets {
              ike {
                secret = "a secret of the test"
              }
            }
            """;

    private static String server(Lab lab, String addresses) {
        Site own = lab.right();
        return """
        connections {
          rw {
            version = 2
            encap = yes
            mobike = no
            local_addrs = %s
            pools = four, six
            local {
              auth = psk
              id = right.example
            }
            remote {
              auth = psk
            }
            children {
              net {
                local_ts = %s, %s
                esp_proposals = aes128gcm16
              }
            }
          }
        }
        pools {
          four {
            addrs = %s
            dns = 10.2.0.53
            25 = corp.example
            subnet = 10.2.0.0/16
          }
          six {
            addrs = fd00:3::/120
            dns = fd00:2::53
          }
        }
        """
                        .formatted(own.address(), own.network(), own.networkV6(), addresses)
                + SECRET;
    }

    private static String client(Lab lab, String id, String ofChild) {
        return "connections {\n"
                + connection(lab.left(), lab.right(), "rw", id, ofChild, true)
                + "}\n"
                + SECRET;
    }

    private static String connection(
            Site own, Site peer, String name, String id, String ofChild, boolean both) {
        return """
        %s {
          version = 2
          encap = yes
          mobike = no
          local_addrs = %s
          remote_addrs = %s
          vips = 0.0.0.0%s
          local {
            auth = psk
            id = %s
          }
          remote {
            auth = psk
            id = right.example
          }
          children {
            net {
              remote_ts = %s%s
              esp_proposals = aes128gcm16
              %s
            }
          }
        }
        """
                .formatted(
                        name,
                        own.address(),
                        peer.address(),
                        both ? ", ::" : "",
                        id,
                        peer.network(),
                        both ? ", " + peer.networkV6() : "",
                        ofChild);
    }

    private static void program(Path file, String body) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** The lines of a file, once it has that many. */
    private static List<String> lines(Path file, int count) {
        Await.until(
                () -> count + " lines in " + file,
                SOON,
                () -> Files.exists(file) && read(file).size() >= count);
        return read(file);
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
