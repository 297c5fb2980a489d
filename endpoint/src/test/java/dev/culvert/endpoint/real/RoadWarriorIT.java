package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.RealNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The examples for road warriors, as they are in the distribution: only the name is replaced. */
class RoadWarriorIT {
    private static final Path EXAMPLES = Path.of("src/dist/examples");
    private static final Duration SOON = Duration.ofSeconds(20);

    @Test
    @RealNetwork(nat = Lab.Nat.LEFT)
    void shouldConnectALaptopBehindANatAndBringItBackWhenTheGatewayWasAway(Lab lab)
            throws IOException {
        Path told = lab.directory().resolve("told");
        Path programs = Files.createDirectories(lab.directory().resolve("bin"));
        program(programs.resolve("resolvconf"), "echo \"$@\" >> " + told + "; cat >> " + told);
        Culvert gateway = lab.culvert(lab.right());
        Culvert laptop =
                lab.culvert(lab.left()).environment("PATH", programs + ":" + System.getenv("PATH"));
        String gatewayFile = Files.readString(EXAMPLES.resolve("road-warrior-gateway.conf"));
        gateway.startWithText(gatewayFile);
        laptop.startWithText(
                Files.readString(EXAMPLES.resolve("road-warrior-client.conf"))
                        .replace(
                                "remote_addrs = vpn.example.org",
                                "remote_addrs = " + lab.right().address()));

        awaitTunnel(gateway, laptop);
        lab.exchange(lab.left(), "10.3.0.1", lab.right().inner());
        lab.exchange(lab.right(), lab.right().inner(), "10.3.0.1");
        assertThat(gateway.cli("status").orThrow().stdout())
                .contains("peer's virtual address 10.3.0.1")
                .contains("  10.3.0.1  online  'laptop.example.org'");
        assertThat(laptop.log())
                .contains("virtual address 10.3.0.1, name servers 10.2.0.53 for corp.example.org");
        Await.until(
                "the name server",
                SOON,
                () -> Files.exists(told) && text(told).contains("nameserver 10.2.0.53"));

        assertThat(gateway.stop()).isZero();
        gateway.startWithText(gatewayFile);
        assertThat(gateway.log()).contains("1 leases of virtual addresses from");
        awaitTunnel(gateway, laptop);
        lab.exchange(lab.left(), "10.3.0.1", lab.right().inner());
    }

    private static void awaitTunnel(Culvert gateway, Culvert laptop) {
        Await.until(
                "the tunnel, at both ends",
                SOON,
                () ->
                        gateway.cli("status").stdout().contains("10.3.0.1  online")
                                && laptop.cli("status").stdout().contains("net  INSTALLED"));
    }

    private static void program(Path file, String body) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
