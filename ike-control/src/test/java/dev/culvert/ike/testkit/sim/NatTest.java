package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.ip;
import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimConfigs.settings;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.EngineEvent.PathStep;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * NATs in between: detection, ports, keep-alives, and mappings that change (RFC 7296 section 2.23).
 */
class NatTest {
    private final SimNetwork network = new SimNetwork(1, Weather.FAIR);
    private final SimNat moonNat = new SimNat(ip("203.0.113.1"));
    private final SimNat sunNat = new SimNat(ip("203.0.113.2"));
    private final SimHost moon =
            network.addHostBehind(moonNat, "moon", ip("192.168.1.1"), settings());

    private boolean mobike;

    private SimHost openSun(boolean encap) {
        SimHost sun = network.addHost("sun", ip("198.51.100.2"), settings());
        sun.configure(
                new Connection()
                        .local("198.51.100.2")
                        .remote(new AddressSpec.Any(true, true))
                        .ids("sun.example", "moon.example")
                        .encap(encap)
                        .mobike(mobike)
                        .child(new Child("web").ts("10.2.0.0/16", "10.1.0.0/16").build())
                        .with(secret("x")));
        return sun;
    }

    private void up(String sunAddress, SimHost sun, boolean encap, int dpdSeconds) {
        moon.configure(
                new Connection()
                        .local("192.168.1.1")
                        .remote(sunAddress)
                        .ids("moon.example", "sun.example")
                        .encap(encap)
                        .dpdSeconds(dpdSeconds)
                        .child(new Child("web").ts("10.1.0.0/16", "10.2.0.0/16").build())
                        .with(secret("x")));
        long command = moon.initiate("net", "web");
        network.await("up", () -> moon.isDone(command), 10 * SECOND);
        assertThat(moon.errorOf(command)).isEmpty();
        network.run(SECOND);
        network.checkConverged(moon, sun);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNoticeTheNatWhenTheInitiatorIsBehindOne(boolean encap) {
        SimHost sun = openSun(encap);
        up("198.51.100.2", sun, encap, 0);
        EngineSnapshot.IkeSa ofMoon = moon.established().getFirst();
        assertThat(ofMoon.natLocal()).isTrue();
        assertThat(ofMoon.natRemote()).isEqualTo(encap);
        EngineSnapshot.IkeSa ofSun = sun.established().getFirst();
        assertThat(ofSun.natRemote()).isTrue();
        assertThat(ofSun.natLocal()).isFalse();
        assertThat(ofSun.remote().getAddress()).isEqualTo(ip("203.0.113.1"));
        assertThat(sun.dataplane().installed().getFirst().peerMayMove()).isTrue();
        assertThat(moon.dataplane().installed().getFirst().peerMayMove()).isFalse();
    }

    @Test
    void shouldSendKeepalivesOnlyWhenBehindTheNatAndSilent() {
        SimHost sun = openSun(true);
        up("198.51.100.2", sun, true, 0);
        network.capture();
        network.run(100 * SECOND);
        assertThat(network.captured())
                .hasSizeBetween(4, 5)
                .allMatch(packet ->
                        packet.payload().length == 1 && packet.payload()[0] == (byte) 0xff)
                .allMatch(packet -> packet.destination().getPort() == 4500);
        network.capture();
        for (int i = 0; i < 20; i++) {
            moon.dataplane().send("web");
            network.run(5 * SECOND);
        }
        assertThat(network.captured()).noneMatch(packet -> packet.payload().length == 1);
    }

    @Test
    void shouldWorkWhenBothAreBehindNats() {
        SimHost sun = network.addHostBehind(sunNat, "sun", ip("192.168.2.2"), settings());
        sunNat.forward(500, new InetSocketAddress(ip("192.168.2.2"), 500));
        sunNat.forward(4500, new InetSocketAddress(ip("192.168.2.2"), 4500));
        sun.configure(
                new Connection()
                        .local("192.168.2.2")
                        .remote(new AddressSpec.Any(true, true))
                        .ids("sun.example", "moon.example")
                        .child(new Child("web").ts("10.2.0.0/16", "10.1.0.0/16").build())
                        .with(secret("x")));
        up("203.0.113.2", sun, true, 0);
        assertThat(moon.established().getFirst().natLocal()).isTrue();
        assertThat(sun.established().getFirst().natLocal()).isTrue();
        assertThat(sun.established().getFirst().natRemote()).isTrue();
    }

    @Test
    void shouldFollowThePeerWhenItsPacketsComeFromANewPort() {
        SimHost sun = openSun(true);
        up("198.51.100.2", sun, true, 0);
        InetSocketAddress before = sun.established().getFirst().remote();
        moonNat.rebind();
        moon.dataplane().send("web");
        network.run(SECOND);
        InetSocketAddress after = sun.established().getFirst().remote();
        assertThat(after).isNotEqualTo(before);
        assertThat(sun.dataplane().remoteOf("web")).contains(after);
        network.checkConverged(moon, sun);
    }

    @Test
    void shouldFollowThePeerWhenItsIkeMessagesComeFromANewPort() {
        SimHost sun = openSun(true);
        up("198.51.100.2", sun, true, 30);
        moonNat.rebind();
        network.run(40 * SECOND);
        assertThat(sun.counter("ike_address_updates")).isEqualTo(1);
        network.checkConverged(moon, sun);
    }

    @Test
    void shouldNotMoveWhenAForgedOrRepeatedMessageComesFromElsewhere() {
        SimHost sun = openSun(true);
        up("198.51.100.2", sun, true, 30);
        network.capture();
        network.run(40 * SECOND);
        InetSocketAddress before = sun.established().getFirst().remote();
        InetSocketAddress attacker = new InetSocketAddress(ip("203.0.113.66"), 4500);
        for (SimPacket packet : network.captured()) {
            network.inject(packet.withSource(attacker));
            byte[] forged = packet.payload().clone();
            forged[forged.length - 1] ^= 1;
            network.inject(packet.withSource(attacker).withPayload(forged));
        }
        network.run(SECOND);
        assertThat(sun.established().getFirst().remote()).isEqualTo(before);
        assertThat(sun.counter("ike_address_updates")).isZero();
    }

    @Test
    void shouldFollowThePeerWithMobikeWhenItsPacketsComeFromANewPort() {
        mobike = true;
        SimHost sun = openSun(true);
        up("198.51.100.2", sun, true, 0);
        moonNat.rebind();
        moon.dataplane().send("web");
        network.run(SECOND);
        assertThat(sun.dataplane().remoteOf("web")).contains(sun.established().getFirst().remote());
        network.checkConverged(moon, sun);
    }

    @Test
    void shouldTellThePeerWhenAnAnswerShowsAnotherMapping() {
        mobike = true;
        SimHost sun = openSun(true);
        up("198.51.100.2", sun, true, 10);
        network.run(15 * SECOND);
        long updates = moon.pathChanges(PathStep.UPDATE);
        InetSocketAddress before = sun.established().getFirst().remote();
        moonNat.rebind();
        network.run(25 * SECOND);
        assertThat(moon.pathChanges(PathStep.UPDATE)).isEqualTo(updates + 1);
        assertThat(moon.pathChanges(PathStep.MAPPING)).isEqualTo(1);
        assertThat(sun.established().getFirst().remote()).isNotEqualTo(before);
        network.checkConverged(moon, sun);
    }

    @Test
    void shouldStartOnTheNatTraversalPortWhenThePeerListensElsewhere() {
        SimHost sun = openSun(true);
        moon.configure(
                new Connection()
                        .local("192.168.1.1")
                        .remote("198.51.100.2")
                        .remotePort(4500)
                        .ids("moon.example", "sun.example")
                        .child(new Child("web").ts("10.1.0.0/16", "10.2.0.0/16").build())
                        .with(secret("x")));
        network.capture();
        moon.initiate("net", "web");
        network.run(SECOND);
        assertThat(moon.childrenUp()).containsExactly("web");
        assertThat(network.captured().getFirst().destination().getPort()).isEqualTo(4500);
        assertThat(moon.established().getFirst().local().getPort()).isEqualTo(4500);
        network.checkConverged(moon, sun);
    }
}
