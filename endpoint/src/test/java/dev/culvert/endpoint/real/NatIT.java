package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Namespace;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.SaView;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Address translation in front of one side or both, and a translation that changes. */
class NatIT {

    private static final Duration SOON = Duration.ofSeconds(20);

    /** The left site is behind a NAT, the right one is not. */
    @Nested
    @RealNetwork(nat = Lab.Nat.LEFT)
    class OneNat {
        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void shouldCarryTraffic(boolean subjectBehindNat, Lab lab) {
            Tunnel left = tunnel(lab);
            Tunnel right = left.mirrored().addresses(lab.right().address(), "%any");
            Peer subject = lab.subject(subjectBehindNat ? lab.left() : lab.right());
            StrongSwan strongSwan = lab.strongSwan(subjectBehindNat ? lab.right() : lab.left());
            subject.start(subjectBehindNat ? left : right);
            strongSwan.start(subjectBehindNat ? right : left);
            Peer initiator = subjectBehindNat ? subject : strongSwan;
            Peer responder = subjectBehindNat ? strongSwan : subject;

            initiator.up("gw", "net").orThrow();

            lab.exchange(lab.left(), lab.right());
            lab.exchange(lab.right(), lab.left());
            SaView sa = responder.sa("gw");
            assertThat(sa.value("remote-host")).isEqualTo(lab.left().publicAddress());
            assertThat(sa.value("nat-remote")).isEqualTo("yes");
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void shouldFollowThePeerWhenItsMappingChanges(boolean subjectBehindNat, Lab lab) {
            // strongSwan's user-space ESP does not look where packets come from: only IKE tells it.
            Tunnel left = subjectBehindNat ? tunnel(lab).with("dpd_delay", "2s") : tunnel(lab);
            Tunnel right = left.mirrored().addresses(lab.right().address(), "%any");
            Peer subject = lab.subject(subjectBehindNat ? lab.left() : lab.right());
            StrongSwan strongSwan = lab.strongSwan(subjectBehindNat ? lab.right() : lab.left());
            // With MOBIKE, the initiator would have to tell its new address.
            subject.start((subjectBehindNat ? left : right).with("mobike", "no"));
            strongSwan.start((subjectBehindNat ? right : left).with("mobike", "no"));
            (subjectBehindNat ? subject : strongSwan).up("gw", "net").orThrow();
            lab.exchange(lab.left(), lab.right());
            Peer responder = subjectBehindNat ? strongSwan : subject;
            assertThat(responder.sa("gw").value("remote-port")).isEqualTo("4500");

            forgetMappings(lab.natOf(lab.left()), "30000-30999");

            Await.until(
                    "packets from the new mapping, and the responder knows its port",
                    SOON,
                    () -> {
                        ping(lab);
                        String port = responder.sa("gw").value("remote-port");
                        return Integer.parseInt(port) >= 30000;
                    });
            lab.exchange(lab.left(), lab.right());
            lab.exchange(lab.right(), lab.left());
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void shouldTellThePeerWithMobikeWhenItsMappingChanges(boolean subjectBehindNat, Lab lab) {
            // Signs of life show the initiator that the peer sees another address of it.
            Tunnel left = tunnel(lab).with("dpd_delay", "1s");
            Tunnel right = tunnel(lab).mirrored().addresses(lab.right().address(), "%any");
            Peer subject = lab.subject(subjectBehindNat ? lab.left() : lab.right());
            StrongSwan strongSwan = lab.strongSwan(subjectBehindNat ? lab.right() : lab.left());
            subject.start((subjectBehindNat ? left : right).with("mobike", "yes"));
            strongSwan.start((subjectBehindNat ? right : left).with("mobike", "yes"));
            (subjectBehindNat ? subject : strongSwan).up("gw", "net").orThrow();
            lab.exchange(lab.left(), lab.right());
            Peer responder = subjectBehindNat ? strongSwan : subject;
            // strongSwan compares one sign of life with the one before.
            Await.pause(Duration.ofSeconds(3));

            forgetMappings(lab.natOf(lab.left()), "30000-30999");

            Await.until(
                    "the responder knows the new port",
                    SOON,
                    () -> Integer.parseInt(responder.sa("gw").value("remote-port")) >= 30000);
            lab.exchange(lab.left(), lab.right());
            lab.exchange(lab.right(), lab.left());
        }
    }

    /** Both sites are behind a NAT; the right one forwards ports 500 and 4500. */
    @Nested
    @RealNetwork(nat = Lab.Nat.BOTH)
    class TwoNats {
        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void shouldCarryTraffic(boolean initiating, Lab lab) {
            // The subject is left as initiator, and right as responder.
            Tunnel left = tunnel(lab);
            Tunnel right = left.mirrored().addresses(lab.right().address(), "%any");
            Peer subject = lab.subject(initiating ? lab.left() : lab.right());
            StrongSwan strongSwan = lab.strongSwan(initiating ? lab.right() : lab.left());
            subject.start(initiating ? left : right);
            strongSwan.start(initiating ? right : left);

            (initiating ? subject : strongSwan).up("gw", "net").orThrow();

            lab.exchange(lab.left(), lab.right());
            lab.exchange(lab.right(), lab.left());
            assertThat(subject.sa("gw").value("nat-local")).isEqualTo("yes");
            assertThat(subject.sa("gw").value("nat-remote")).isEqualTo("yes");
        }

        @Test
        void shouldKeepTheMappingOpen(Lab lab) {
            Namespace nat = lab.natOf(lab.left());
            nat.sysctl("net.netfilter.nf_conntrack_udp_timeout", 3);
            nat.sysctl("net.netfilter.nf_conntrack_udp_timeout_stream", 3);
            Tunnel left = tunnel(lab);
            Peer subject = lab.culvert(lab.left()).setting("keep_alive", "1s");
            StrongSwan strongSwan = lab.strongSwan(lab.right());
            subject.start(left);
            strongSwan.start(left.mirrored().addresses(lab.right().address(), "%any"));
            subject.up("gw", "net").orThrow();
            lab.exchange(lab.left(), lab.right());

            Await.pause(Duration.ofSeconds(6));

            // From outside to inside: only an open mapping lets it through.
            lab.exchange(lab.right(), lab.left());
        }
    }

    private static void ping(Lab lab) {
        lab.traffic().ping(lab.left().namespace(), lab.left().inner(), lab.right().inner(), 1);
    }

    /** Lets the translator forget what it knew, and choose other ports from now on. */
    private static void forgetMappings(Namespace nat, String ports) {
        nat.nft(
                """
                flush chain ip cvnat out
                add rule ip cvnat out oifname "wan" meta l4proto udp masquerade to :%s
                """
                        .formatted(ports));
        // Masquerading drops the mappings of an address that goes away.
        nat.check("ip", "address", "delete", "192.0.2.2/24", "dev", "wan");
        nat.address("wan", "192.0.2.2/24");
        nat.route("default", "192.0.2.1");
    }

    private static Tunnel tunnel(Lab lab) {
        return Tunnel.between("gw", lab.left(), lab.right())
                .child(Child.of("net", lab.left().network(), lab.right().network()));
    }
}
