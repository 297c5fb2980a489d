package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import dev.culvert.esp.crypto.CipherEngines;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What seals packets, and offloads: every pair of them, against another Culvert and strongSwan. */
@RealNetwork
class EnginesIT {

    private static final long TRANSFER_BYTES = 4 << 20;

    /** ESP proposals by subnet; the native engine has the first three, the JDK all. */
    private static final List<String> PROPOSALS =
            List.of("aes128gcm16", "aes256gcm16", "chacha20poly1305", "aes128-sha256");

    @ParameterizedTest
    @CsvSource({"jdk, true", "jdk, false", "native, true", "native, false"})
    void shouldCarryTrafficToAnotherCulvert(String engine, boolean offloads, Lab lab) {
        Culvert left = culvert(lab, engine).offloads(offloads);
        Culvert right = lab.culvert(lab.right());

        shouldCarryTraffic(lab, left, right);

        assertThat(left.log()).doesNotContain("Exception");
        assertThat(left.drops()).allSatisfy((reason, count) -> assertThat(count).isZero());
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdk", "native"})
    void shouldCarryTrafficToStrongSwan(String engine, Lab lab) {
        shouldCarryTraffic(lab, culvert(lab, engine), lab.strongSwan(lab.right()));
    }

    @ParameterizedTest
    @CsvSource({"jdk, true", "native, true", "native, false"})
    void shouldCarryTrafficToAnotherCulvertWhenWorkersSealAndOpen(
            String engine, boolean offloads, Lab lab) {
        Culvert left = culvert(lab, engine).offloads(offloads).setting("workers", "2");
        Culvert right = lab.culvert(lab.right()).offloads(offloads).setting("workers", "1");

        shouldCarryTraffic(lab, left, right);
        lab.traffic()
                .transfer(
                        lab.right().namespace(),
                        lab.right().inner(0),
                        lab.left().inner(0),
                        TRANSFER_BYTES)
                .orThrow();

        for (Culvert culvert : List.of(left, right)) {
            assertThat(culvert.log()).doesNotContain("Exception");
            assertThat(culvert.drops()).allSatisfy((reason, count) -> assertThat(count).isZero());
            assertThat(culvert.counters()).containsKeys("in_worker_packets", "out_worker_packets");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdk", "native"})
    void shouldCarryTrafficToStrongSwanWhenWorkersSealAndOpen(String engine, Lab lab) {
        Culvert left = culvert(lab, engine).setting("workers", "2");
        shouldCarryTraffic(lab, left, lab.strongSwan(lab.right()));
        assertThat(left.counters()).containsKey("out_worker_packets");
    }

    private static Culvert culvert(Lab lab, String engine) {
        if (engine.equals("native")) {
            needNativeEngine();
        }
        return lab.culvert(lab.left()).setting("engine", engine);
    }

    private static void needNativeEngine() {
        if (CipherEngines.select(CipherEngines.Choice.NATIVE, Optional.empty())
                instanceof CipherEngines.Selection.Unavailable(String reason)) {
            if ("true".equals(System.getenv("CI"))) {
                fail("CI tests the native engine, too: " + reason);
            }
            abort("SKIPPED: " + reason);
        }
    }

    private static void shouldCarryTraffic(Lab lab, Culvert left, Peer right) {
        Tunnel tunnel = Tunnel.between("gw", lab.left(), lab.right());
        for (int subnet = 0; subnet < PROPOSALS.size(); subnet++) {
            tunnel =
                    tunnel.child(
                            Child.of(
                                            "net" + subnet,
                                            lab.left().network(subnet),
                                            lab.right().network(subnet))
                                    .esp(PROPOSALS.get(subnet)));
        }
        left.start(tunnel);
        right.start(tunnel.mirrored());
        for (int subnet = 0; subnet < PROPOSALS.size(); subnet++) {
            left.up("gw", "net" + subnet).orThrow();
            String here = lab.left().inner(subnet);
            String there = lab.right().inner(subnet);
            lab.traffic().transfer(lab.left().namespace(), here, there, TRANSFER_BYTES).orThrow();
            lab.traffic().udpEcho(lab.left().namespace(), here, there, 5).orThrow();
            lab.traffic().udpEcho(lab.right().namespace(), there, here, 1350).orThrow();
        }
    }
}
