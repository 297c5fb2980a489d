package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.SaView;
import dev.culvert.endpoint.real.net.Site;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several children of one connection, and what their selectors let through. */
@RealNetwork
class ChildrenIT {

    private static final Duration SOON = Duration.ofSeconds(5);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCarryTrafficOfSeveralChildren(boolean initiating, Lab lab) {
        Site left = lab.left();
        Site right = lab.right();
        Tunnel tunnel =
                Tunnel.between("gw", left, right)
                        .child(Child.of("first", left.network(0), right.network(0)))
                        .child(Child.of("plain", left.network(1), right.network(1)))
                        .child(
                                Child.of("pfs", left.network(2), right.network(2))
                                        .esp("aes256gcm16-ecp384"))
                        .child(
                                Child.of("pfs25519", left.networkV6(), right.networkV6())
                                        .esp("chacha20poly1305-curve25519"));
        Peer subject = lab.subject(left);
        StrongSwan strongSwan = lab.strongSwan(right);
        subject.start(tunnel);
        strongSwan.start(tunnel.mirrored());
        Peer initiator = initiating ? subject : strongSwan;
        Peer responder = initiating ? strongSwan : subject;

        for (Child child : tunnel.children()) {
            initiator.up("gw", child.name()).orThrow();
        }

        Site from = initiator.site();
        Site to = responder.site();
        lab.exchange(from, from.inner(0), to.inner(0));
        lab.exchange(from, from.inner(1), to.inner(1));
        lab.exchange(from, from.inner(2), to.inner(2));
        lab.exchange(from, from.innerV6(), to.innerV6());
        for (Peer peer : new Peer[] {subject, strongSwan}) {
            assertThat(peer.sa("gw").children()).hasSize(4);
            assertThat(peer.sa("gw").child("pfs").value("dh-group")).isEqualTo("ECP_384");
            assertThat(peer.sa("gw").child("pfs25519").value("dh-group")).isEqualTo("CURVE_25519");
            assertThat(peer.sa("gw").child("plain").value("dh-group")).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldKeepOtherChildrenWhenOneIsDeleted(boolean bySubject, Lab lab) {
        Site left = lab.left();
        Site right = lab.right();
        Tunnel tunnel =
                Tunnel.between("gw", left, right)
                        .child(Child.of("first", left.network(0), right.network(0)))
                        .child(Child.of("second", left.network(1), right.network(1)));
        Peer subject = lab.subject(left);
        StrongSwan strongSwan = lab.strongSwan(right);
        subject.start(tunnel);
        strongSwan.start(tunnel.mirrored());
        subject.up("gw", "first").orThrow();
        subject.up("gw", "second").orThrow();

        (bySubject ? subject : strongSwan).downChild("gw", "first").orThrow();

        subject.awaitChildren(1, SOON);
        strongSwan.awaitChildren(1, SOON);
        lab.exchange(left, left.inner(1), right.inner(1));
        assertThat(lab.traffic().pingInVain(left.namespace(), left.inner(0), right.inner(0), 1))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNarrowWhatThePeerProposes(boolean initiating, Lab lab) {
        Site left = lab.left();
        Site right = lab.right();
        // The subject allows less than strongSwan on its side, and more on the other.
        Tunnel wide =
                Tunnel.between("gw", left, right)
                        .child(Child.of("net", "10.1.0.0/24", "10.2.0.0/16"));
        Tunnel theirs =
                Tunnel.between("gw", left, right)
                        .child(Child.of("net", "10.1.0.0/16", "10.2.0.0/24"))
                        .mirrored();
        Peer subject = lab.subject(left);
        StrongSwan strongSwan = lab.strongSwan(right);
        subject.start(wide);
        strongSwan.start(theirs);

        (initiating ? subject : strongSwan).up("gw", "net").orThrow();

        lab.exchange(left, right);
        SaView.ChildView ours = subject.sa("gw").child("net");
        assertThat(ours.value("local-ts")).isEqualTo("10.1.0.0/24");
        assertThat(ours.value("remote-ts")).isEqualTo("10.2.0.0/24");
        SaView.ChildView mirror = strongSwan.sa("gw").child("net");
        assertThat(mirror.value("local-ts")).isEqualTo("10.2.0.0/24");
        assertThat(mirror.value("remote-ts")).isEqualTo("10.1.0.0/24");
        assertThat(lab.traffic().pingInVain(left.namespace(), left.inner(0), right.inner(1), 1))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCarryOnlyWhatRangesAllow(boolean initiating, Lab lab) {
        Site left = lab.left();
        Site right = lab.right();
        Tunnel tunnel =
                Tunnel.between("gw", left, right)
                        .child(Child.of("net", "10.1.0.1-10.1.3.9", "10.2.2.0-10.2.5.255"));
        Peer subject = lab.subject(left);
        StrongSwan strongSwan = lab.strongSwan(right);
        subject.start(tunnel);
        strongSwan.start(tunnel.mirrored());

        (initiating ? subject : strongSwan).up("gw", "net").orThrow();

        lab.exchange(left, left.inner(3), right.inner(5));
        lab.exchange(right, right.inner(2), left.inner(0));
        assertThat(lab.traffic().pingInVain(left.namespace(), left.inner(4), right.inner(5), 1))
                .isZero();
        assertThat(lab.traffic().pingInVain(left.namespace(), left.inner(3), right.inner(1), 1))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCarryOnlyProtocolsAndPortsOfTheSelectors(boolean initiating, Lab lab) {
        Site left = lab.left();
        Site right = lab.right();
        Tunnel tunnel =
                Tunnel.between("gw", left, right)
                        .child(Child.of("tcp", "10.1.0.0/24[tcp]", "10.2.0.0/24[tcp/5201]"));
        Peer subject = lab.subject(left);
        StrongSwan strongSwan = lab.strongSwan(right);
        subject.start(tunnel);
        strongSwan.start(tunnel.mirrored());

        (initiating ? subject : strongSwan).up("gw", "tcp").orThrow();

        lab.traffic().transfer(left.namespace(), left.inner(), right.inner(), 1 << 20).orThrow();
        assertThat(lab.traffic().pingInVain(left.namespace(), left.inner(), right.inner(), 1))
                .isZero();
        assertThat(
                        lab.traffic()
                                .udpEcho(left.namespace(), left.inner(), right.inner(), 100)
                                .succeeded())
                .isFalse();
    }

    @Test
    void shouldServeSeveralSelectorsOfOneChild(Lab lab) {
        Site left = lab.left();
        Site right = lab.right();
        Tunnel tunnel =
                Tunnel.between("gw", left, right)
                        .child(
                                Child.of(
                                        "net",
                                        "10.1.0.0/24, 10.1.2.0/24",
                                        "10.2.1.0/24, 10.2.3.0/24, fd00:2::/64"));
        Tunnel withV6 =
                tunnel.children(
                        tunnel.children().stream()
                                .map(child ->
                                        child.selectors(
                                                child.localTs() + ", fd00:1::/64",
                                                child.remoteTs()))
                                .toList());
        Peer subject = lab.subject(left);
        StrongSwan strongSwan = lab.strongSwan(right);
        subject.start(withV6);
        strongSwan.start(withV6.mirrored());

        subject.up("gw", "net").orThrow();

        lab.exchange(left, left.inner(0), right.inner(3));
        lab.exchange(left, left.inner(2), right.inner(1));
        lab.exchange(left, left.innerV6(), right.innerV6());
        assertThat(lab.traffic().pingInVain(left.namespace(), left.inner(1), right.inner(1), 1))
                .isZero();
    }
}
