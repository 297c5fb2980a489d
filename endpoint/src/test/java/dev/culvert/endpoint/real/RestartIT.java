package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.SaView;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SAs that end: deleted, replaced, or because the peer is no more. */
@RealNetwork
class RestartIT {

    private static final Duration SOON = Duration.ofSeconds(15);
    private static final Duration DPD = Duration.ofSeconds(40);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldDeleteAtBothEnds(boolean bySubject, Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        subject.start(tunnel);
        strongSwan.start(tunnel.mirrored());
        strongSwan.up("gw", "net").orThrow();
        lab.exchange(lab.left(), lab.right());

        (bySubject ? subject : strongSwan).down("gw").orThrow();

        subject.awaitIkeSas(0, SOON);
        strongSwan.awaitIkeSas(0, SOON);
        subject.up("gw", "net").orThrow();
        lab.exchange(lab.left(), lab.right());
    }

    @Test
    void shouldReplaceTheSaWhenThePeerComesBack(Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        subject.start(tunnel);
        strongSwan.start(tunnel.mirrored());
        strongSwan.up("gw", "net").orThrow();
        lab.exchange(lab.right(), lab.left());
        String before = subject.sa("gw").value("uniqueid");

        strongSwan.kill();
        strongSwan.start(tunnel.mirrored());
        strongSwan.up("gw", "net").orThrow();

        Await.until(
                "the old SA is gone",
                SOON,
                () ->
                        subject.sas().size() == 1
                                && !subject.sas().getFirst().value("uniqueid").equals(before));
        subject.awaitChildren(1, SOON);
        lab.exchange(lab.left(), lab.right());
    }

    @Test
    void shouldTellThePeerOfInitialContactWhenRestarted(Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        subject.start(tunnel.with("unique", "replace"));
        strongSwan.start(tunnel.mirrored());
        subject.up("gw", "net").orThrow();
        lab.exchange(lab.left(), lab.right());

        subject.kill();
        subject.start(tunnel.with("unique", "replace"));
        subject.up("gw", "net").orThrow();

        strongSwan.awaitIkeSas(1, SOON);
        strongSwan.awaitChildren(1, SOON);
        lab.exchange(lab.left(), lab.right());
    }

    @Test
    @RealNetwork
    void shouldNoticeThatThePeerDied(Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Culvert culvert =
                lab.culvert(lab.left())
                        .setting("retransmit.timeout", "0.5")
                        .setting("retransmit.tries", "3");
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        culvert.start(tunnel.with("dpd_delay", "1s"));
        strongSwan.start(tunnel.mirrored());
        culvert.up("gw", "net").orThrow();
        lab.exchange(lab.left(), lab.right());

        strongSwan.kill();

        culvert.awaitIkeSas(0, DPD);
        strongSwan.start(tunnel.mirrored());
        culvert.up("gw", "net").orThrow();
        lab.exchange(lab.left(), lab.right());
    }

    @Test
    void shouldSetUpAgainWhenDpdActionIsStart(Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Culvert culvert =
                lab.culvert(lab.left())
                        .setting("retransmit.timeout", "0.5")
                        .setting("retransmit.tries", "3");
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        culvert.start(tunnel.with("dpd_delay", "1s").withChildren("dpd_action", "start"));
        strongSwan.start(tunnel.mirrored());
        culvert.up("gw", "net").orThrow();

        strongSwan.kill();
        strongSwan.start(tunnel.mirrored());

        Await.until("strongSwan has a child again", DPD, () -> strongSwan.installedChildren() == 1);
        culvert.awaitChildren(1, SOON);
        lab.exchange(lab.left(), lab.right());
    }

    @ParameterizedTest
    @ValueSource(strings = {"clear", "trap"})
    void shouldDoWithTheChildWhatDpdActionSays(String action, Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Culvert culvert =
                lab.culvert(lab.left())
                        .setting("retransmit.timeout", "0.5")
                        .setting("retransmit.tries", "2");
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        culvert.start(tunnel.with("dpd_delay", "1s").withChildren("dpd_action", action));
        strongSwan.start(tunnel.mirrored());
        culvert.up("gw", "net").orThrow();
        strongSwan.kill();
        culvert.awaitIkeSas(0, DPD);
        strongSwan.start(tunnel.mirrored());

        if (action.equals("trap")) {
            // The packets themselves set it up again.
            pingFromLeft(lab);
            culvert.awaitChildren(1, SOON);
            lab.exchange(lab.left(), lab.right());
        } else {
            assertThat(pingsInVainFromLeft(lab)).isZero();
            assertThat(culvert.sas()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "trap", "start"})
    void shouldDoWithTheChildWhatCloseActionSays(String action, Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Culvert culvert = lab.culvert(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        culvert.start(tunnel.withChildren("close_action", action));
        strongSwan.start(tunnel.mirrored());
        culvert.up("gw", "net").orThrow();
        String before = culvert.sa("gw").child("net").value("spi-in");

        strongSwan.downChild("gw", "net").orThrow();

        if (action.equals("start")) {
            Await.until(
                    () -> "another child: " + culvert.sas(),
                    SOON,
                    () ->
                            culvert.installedChildren() == 1
                                    && !culvert.sa("gw")
                                            .child("net")
                                            .value("spi-in")
                                            .equals(before));
        } else {
            culvert.awaitChildren(0, SOON);
        }
        if (action.equals("none")) {
            assertThat(pingsInVainFromLeft(lab)).isZero();
            assertThat(culvert.installedChildren()).isZero();
        } else {
            pingFromLeft(lab);
            culvert.awaitChildren(1, SOON);
            lab.exchange(lab.left(), lab.right());
        }
    }

    private static void pingFromLeft(Lab lab) {
        lab.traffic().ping(lab.left().namespace(), lab.left().inner(), lab.right().inner(), 3);
    }

    private static int pingsInVainFromLeft(Lab lab) {
        return lab.traffic()
                .pingInVain(lab.left().namespace(), lab.left().inner(), lab.right().inner(), 3);
    }

    @Test
    void shouldAnswerLivenessChecks(Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right()).setting("retransmit_timeout", "0.5");
        subject.start(tunnel);
        strongSwan.start(tunnel.mirrored().with("dpd_delay", "1s"));
        subject.up("gw", "net").orThrow();
        Capture capture = lab.capture("udp");

        Await.pause(Duration.ofSeconds(4));

        assertThat(capture.stop().packets().stream().filter(p -> p.isIke()).count())
                .as("requests and responses")
                .isBetween(4L, 12L);
        assertThat(strongSwan.sa("gw").isEstablished()).isTrue();
        lab.exchange(lab.left(), lab.right());
    }

    @ParameterizedTest
    @ValueSource(strings = {"replace", "keep", "never", "no"})
    void shouldTreatASecondSaAsThePolicySays(String unique, Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        subject.start(tunnel.with("unique", unique));
        // One peer that sets up two IKE SAs: two connections with the same identities. They differ
        // in
        // something, or strongSwan would use the IKE SA it has; and with "never" it sends no
        // INITIAL_CONTACT.
        Tunnel one = tunnel.mirrored().with("unique", "never");
        strongSwan.start(one, renamed(one.with("rekey_time", "5h"), "again"));
        strongSwan.up("gw", "net").orThrow();
        String first = subject.sa("gw").value("uniqueid");

        boolean secondUp = strongSwan.up("again", "net").succeeded();

        switch (unique) {
            case "replace" -> {
                assertThat(secondUp).isTrue();
                subject.awaitIkeSas(1, SOON);
                assertThat(subject.sa("gw").value("uniqueid")).isNotEqualTo(first);
            }
            case "keep" -> {
                // It may be a reauthentication, which would delete the first one.
                assertThat(secondUp).isTrue();
                subject.awaitIkeSas(1, SOON);
                strongSwan.awaitIkeSas(1, SOON);
                assertThat(subject.sa("gw").value("uniqueid")).isEqualTo(first);
            }
            default -> {
                assertThat(secondUp).isTrue();
                assertThat(subject.sas()).extracting(SaView::connection).hasSize(2);
            }
        }
        lab.exchange(lab.right(), lab.left());
    }

    @Test
    void shouldLeaveNothingBehindOnSigterm(Lab lab) {
        Tunnel tunnel =
                tunnel(lab).child(Child.of("six", lab.left().networkV6(), lab.right().networkV6()));
        String before = lab.left().namespace().routing();
        String linksBefore = lab.left().namespace().check("ip", "-brief", "link").stdout();
        Culvert culvert = lab.culvert(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        culvert.start(tunnel);
        strongSwan.start(tunnel.mirrored());
        culvert.up("gw", "net").orThrow();
        culvert.up("gw", "six").orThrow();
        lab.exchange(lab.left(), lab.right());
        assertThat(lab.left().namespace().routing()).isNotEqualTo(before);

        assertThat(culvert.stop()).isZero();

        strongSwan.awaitIkeSas(0, SOON);
        assertThat(lab.left().namespace().routing()).isEqualTo(before);
        assertThat(lab.left().namespace().check("ip", "-brief", "link").stdout())
                .isEqualTo(linksBefore);
        assertThat(culvert.log()).doesNotContain("Exception");
    }

    @Test
    void shouldCleanUpAfterItselfWhenItWasKilled(Lab lab) {
        Tunnel tunnel = tunnel(lab);
        String before = lab.left().namespace().routing();
        Culvert culvert = lab.culvert(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        culvert.start(tunnel);
        strongSwan.start(tunnel.mirrored());
        culvert.up("gw", "net").orThrow();

        culvert.kill();
        culvert.start(tunnel);
        culvert.up("gw", "net").orThrow();

        lab.exchange(lab.left(), lab.right());
        assertThat(culvert.stop()).isZero();
        assertThat(lab.left().namespace().routing()).isEqualTo(before);
    }

    private static Tunnel renamed(Tunnel tunnel, String name) {
        return new Tunnel(
                name,
                tunnel.localAddress(),
                tunnel.remoteAddress(),
                tunnel.localId(),
                tunnel.remoteId(),
                tunnel.secret(),
                tunnel.proposals(),
                tunnel.options(),
                tunnel.children());
    }

    private static Tunnel tunnel(Lab lab) {
        return Tunnel.between("gw", lab.left(), lab.right())
                .child(Child.of("net", lab.left().network(), lab.right().network()));
    }
}
