package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Background;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.SaView;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Reauthentication with a virtual address, in both roles: the left site asks for the address, the
 * right one leases it, and what flows through the tunnel goes on.
 */
@RealNetwork
class ReauthIT {

    private static final Duration SOON = Duration.ofSeconds(15);
    private static final int SECONDS = 8;
    private static final int PINGS = SECONDS * 20;
    private static final String VIRTUAL = "10.9.0.1";
    private static final String POOL = "pools {\n  four {\n    addrs = 10.9.0.0/24\n  }\n}\n";

    @Test
    void shouldLoseNothingWhenCulvertReauthenticates(Lab lab) {
        Culvert culvert = lab.culvert(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        strongSwan.startWithText(text(server(lab)) + POOL);
        culvert.startWithSections(text(hasty(client(lab))));
        culvert.up("gw", "net").orThrow();

        // strongSwan sends on the new child before its response can have been read; culvert cannot
        // open such a packet yet.
        long lost = lostWhileReauthenticating(lab, culvert, strongSwan);
        assertThat(lost).isLessThanOrEqualTo(culvert.drops("unknown_spi")).isLessThanOrEqualTo(3);
    }

    @Test
    void shouldLoseNothingWhenStrongSwanMakesBeforeItBreaks(Lab lab) {
        Culvert culvert = lab.culvert(lab.right());
        StrongSwan strongSwan = lab.strongSwan(lab.left()).setting("make_before_break", "yes");
        culvert.startWithSections(text(server(lab)) + POOL);
        strongSwan.startWithText(text(hasty(client(lab))));
        strongSwan.up("gw", "net").orThrow();

        assertThat(lostWhileReauthenticating(lab, strongSwan, culvert)).isZero();
    }

    @Test
    void shouldKeepTheAddressWhenStrongSwanBreaksBeforeItMakes(Lab lab) {
        Culvert culvert = lab.culvert(lab.right());
        StrongSwan strongSwan = lab.strongSwan(lab.left()).setting("make_before_break", "no");
        culvert.startWithSections(text(server(lab)) + POOL);
        strongSwan.startWithText(text(hasty(client(lab))));
        strongSwan.up("gw", "net").orThrow();

        // Nothing can get through in between, but a TCP connection goes on.
        assertThat(lostWhileReauthenticating(lab, strongSwan, culvert)).isLessThan(PINGS / 4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReauthenticateWhenTheResponderLimitsTheAuthentication(
            boolean culvertInitiates, Lab lab) {
        // The responder says so with AUTH_LIFETIME (RFC 4478); the initiator's own times are long.
        Peer initiator =
                culvertInitiates
                        ? lab.culvert(lab.left())
                        : lab.strongSwan(lab.left()).setting("make_before_break", "yes");
        Peer responder = culvertInitiates ? lab.strongSwan(lab.right()) : lab.culvert(lab.right());
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .child(Child.of("net", lab.left().network(), lab.right().network()));
        responder.start(
                tunnel.mirrored()
                        .with("reauth_time", "5s")
                        .with("over_time", "3s")
                        .with("rand_time", "0s"));
        initiator.start(tunnel.with("over_time", "1s"));
        initiator.up("gw", "net").orThrow();
        String first = initiator.sa("gw").value("uniqueid");

        awaitAnother(initiator, first);

        awaitOneOfEach(initiator);
        awaitOneOfEach(responder);
        lab.exchange(lab.left(), lab.right());
    }

    @ParameterizedTest
    @ValueSource(strings = {"replace", "keep", "never", "no"})
    void shouldReauthenticateWhateverTheResponderSaysOfSecondSas(String unique, Lab lab) {
        Culvert left = lab.culvert(lab.left());
        Culvert right = lab.culvert(lab.right());
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .child(Child.of("net", lab.left().network(), lab.right().network()));
        right.start(tunnel.mirrored().with("unique", unique));
        left.start(tunnel);
        left.up("gw", "net").orThrow();
        String first = left.sa("gw").value("uniqueid");
        Background pings =
                lab.traffic()
                        .startPings(
                                lab.left().namespace(),
                                lab.left().inner(),
                                lab.right().inner(),
                                60);

        left.swanctl("--rekey", "--ike", "gw", "--reauth").orThrow();

        awaitAnother(left, first);
        awaitOneOfEach(left);
        awaitOneOfEach(right);
        assertThat(lost(pings)).isZero();
        assertThat(right.log()).doesNotContain("refused a second IKE SA");
    }

    /** Runs a TCP connection and echo requests, and returns how many of these got no answer. */
    private static long lostWhileReauthenticating(Lab lab, Peer client, Peer server) {
        String first = client.sa("gw").value("uniqueid");
        assertThat(server.sa("gw").value("remote-vips")).contains(VIRTUAL);
        Background transfer =
                lab.traffic()
                        .startSlow(
                                lab.left().namespace(),
                                VIRTUAL,
                                lab.right().inner(),
                                4 << 20,
                                SECONDS);
        Background pings =
                lab.traffic()
                        .startPings(lab.left().namespace(), VIRTUAL, lab.right().inner(), PINGS);

        String second = awaitAnother(client, first);
        awaitAnother(client, second);

        assertThat(transfer.awaitExit(Duration.ofSeconds(60))).as(() -> transfer.log()).hasValue(0);
        long lost = lost(pings);
        // They may be at it again.
        awaitOneWith(client, "local-vips");
        awaitOneWith(server, "remote-vips");
        return lost;
    }

    private static long lost(Background pings) {
        assertThat(pings.awaitExit(Duration.ofSeconds(60))).as(() -> pings.log()).hasValue(0);
        String last = pings.log().strip().lines().reduce("", (_, line) -> line);
        String[] words = last.split("[ ,]+", -1);
        return Long.parseLong(words[0]) - Long.parseLong(words[2]);
    }

    /** Waits until there is an IKE SA that is not this one, and returns its number. */
    private static String awaitAnother(Peer peer, String uniqueId) {
        Await.until(
                () -> "another IKE SA than #" + uniqueId + " at " + peer + ": " + peer.sas(),
                SOON,
                () -> established(peer).stream().anyMatch(id -> !id.equals(uniqueId)));
        return established(peer).stream()
                .filter(id -> !id.equals(uniqueId))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> established(Peer peer) {
        return peer.sas().stream()
                .filter(SaView::isEstablished)
                .map(sa -> sa.value("uniqueid"))
                .toList();
    }

    private static void awaitOneWith(Peer peer, String addresses) {
        Await.until(
                () -> "one IKE SA with a child and " + VIRTUAL + " at " + peer + ": " + peer.sas(),
                SOON,
                () -> {
                    List<SaView> sas = peer.sas();
                    return sas.size() == 1
                            && sas.getFirst().isEstablished()
                            && sas.getFirst().children().size() == 1
                            && sas.getFirst().value(addresses).contains(VIRTUAL);
                });
    }

    private static void awaitOneOfEach(Peer peer) {
        peer.awaitIkeSas(1, SOON);
        peer.awaitChildren(1, SOON);
    }

    private static Tunnel client(Lab lab) {
        return Tunnel.between("gw", lab.left(), lab.right())
                .with("vips", "0.0.0.0")
                .child(Child.of("net", "dynamic", lab.right().network()));
    }

    private static Tunnel server(Lab lab) {
        return Tunnel.between("gw", lab.right(), lab.left())
                .with("pools", "four")
                .child(Child.of("net", lab.right().network(), "dynamic"));
    }

    private static Tunnel hasty(Tunnel tunnel) {
        return tunnel.with("reauth_time", "3s").with("over_time", "60s").with("rand_time", "0s");
    }

    private static String text(Tunnel tunnel) {
        return Tunnel.file(List.of(tunnel));
    }
}
