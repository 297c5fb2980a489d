package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static dev.culvert.ike.testkit.sim.SimPair.moonChild;
import static dev.culvert.ike.testkit.sim.SimPair.moonConnection;
import static dev.culvert.ike.testkit.sim.SimPair.sunChild;
import static dev.culvert.ike.testkit.sim.SimPair.sunConnection;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;

/**
 * What tests of exchanges that cross have in common. In their traces moon is on the left; {@code
 * --x} is a message that gets lost, {@code --...} one that is held back until {@code ...-->}. Each
 * runs with several seeds, because the nonces decide who wins.
 */
abstract class CollisionPair {
    SimPair pair = new SimPair(1, Weather.FAIR);
    SimHost moon = pair.moon();
    SimHost sun = pair.sun();
    SimNetwork network = pair.network();

    final void up(long seed, String esp) {
        pair = new SimPair(seed, Weather.FAIR);
        moon = pair.moon();
        sun = pair.sun();
        network = pair.network();
        sun.configure(
                sunConnection()
                        .child(sunChild("web").proposals(esp).build())
                        .child(
                                new Child("mail")
                                        .ts("10.4.0.0/16", "10.3.0.0/16")
                                        .proposals(esp)
                                        .build())
                        .with(secret("x")));
        moon.configure(
                moonConnection()
                        .child(moonChild("web").proposals(esp).build())
                        .child(
                                new Child("mail")
                                        .ts("10.3.0.0/16", "10.4.0.0/16")
                                        .proposals(esp)
                                        .build())
                        .with(secret("x")));
        pair.up("web");
    }

    final void up(long seed) {
        up(seed, seed % 2 == 0 ? "aes128gcm16" : "aes128gcm16-x25519");
    }

    final Predicate<SimPacket> from(SimHost host, String kind) {
        return packet ->
                packet.source().getAddress().equals(host.address())
                        && packet.kind().startsWith(kind);
    }

    /** Lets what is under way end, and checks that each side has exactly these children. */
    final void settle(String... children) {
        network.run(40 * SECOND);
        network.checkConverged(moon, sun);
        for (SimHost host : List.of(moon, sun)) {
            assertThat(host.childrenUp()).containsExactlyInAnyOrder(children);
            assertThat(host.dataplane().pairs()).hasSize(children.length);
            assertThat(host.snapshot().ikeSas()).hasSize(1);
            assertThat(host.snapshot().ikeSas().getFirst().tasksQueued()).isEmpty();
            assertThat(host.snapshot().ikeSas().getFirst().tasksActive()).isEmpty();
        }
    }

    /** Sends both ways all the time, and checks that nothing met an SA that was not there. */
    final void runUnderTraffic(long durationNs) {
        long endNs = network.nowNs() + durationNs;
        while (network.nowNs() < endNs) {
            for (SimHost host : List.of(moon, sun)) {
                host.dataplane().sendingChildren().forEach(host.dataplane()::send);
            }
            network.run(SECOND / 500);
        }
    }

    @AfterEach
    void noAlarms() {
        for (SimHost host : List.of(moon, sun)) {
            assertThat(host.alerts(AlertType.INTERNAL_ERROR)).isEmpty();
            assertThat(host.alerts(AlertType.RETRANSMIT_SEND_TIMEOUT)).isEmpty();
        }
    }
}
