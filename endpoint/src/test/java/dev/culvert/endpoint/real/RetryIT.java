package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** IKE_SA_INIT requests that must be sent again: for another group, or with a cookie. */
@RealNetwork
class RetryIT {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int NOTIFY = 41;
    private static final int SECURITY_ASSOCIATION = 33;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldAgreeOnAnotherGroupThanTheFirst(boolean initiating, Lab lab) {
        // The initiator's key exchange payload is for its first group, which the responder lacks.
        String initiators = "aes128gcm16-prfsha256-ecp384-ecp256";
        String responders = "aes128gcm16-prfsha256-ecp256";
        Tunnel tunnel = tunnel(lab);
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        subject.start(tunnel.ike(initiating ? initiators : responders));
        strongSwan.start(tunnel.mirrored().ike(initiating ? responders : initiators));
        Capture capture = lab.capture("udp");

        (initiating ? subject : strongSwan).up("gw", "net").orThrow();

        lab.exchange(lab.left(), lab.right());
        assertThat(subject.sa("gw").value("dh-group")).isEqualTo("ECP_256");
        assertThat(firstPayloadsAtPort500(capture))
                .as("request, INVALID_KE_PAYLOAD, request, response")
                .containsExactly(
                        SECURITY_ASSOCIATION, NOTIFY, SECURITY_ASSOCIATION, SECURITY_ASSOCIATION);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldAgreeOnAnotherGroupForAChild(boolean initiating, Lab lab) {
        String initiators = "aes128gcm16-ecp384-ecp256";
        String responders = "aes128gcm16-ecp256";
        Tunnel tunnel =
                tunnel(lab).child(Child.of("pfs", lab.left().network(1), lab.right().network(1)));
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        subject.start(tunnel.esp(initiating ? initiators : responders));
        strongSwan.start(tunnel.mirrored().esp(initiating ? responders : initiators));
        Peer initiator = initiating ? subject : strongSwan;

        initiator.up("gw", "net").orThrow();
        initiator.up("gw", "pfs").orThrow();

        lab.exchange(lab.left(), lab.left().inner(1), lab.right().inner(1));
        assertThat(subject.sa("gw").child("pfs").value("dh-group")).isEqualTo("ECP_256");
    }

    @Test
    void shouldReturnTheCookieOfStrongSwan(Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Peer subject = lab.subject(lab.left());
        // strongSwan asks for a cookie from this many half-open SAs on.
        StrongSwan strongSwan =
                lab.strongSwan(lab.right())
                        .setting("cookie_threshold", "1")
                        .setting("cookie_threshold_ip", "1");
        subject.start(tunnel);
        strongSwan.start(tunnel.mirrored().addresses(lab.right().address(), "%any"));
        leaveHalfOpen(lab, subject, strongSwan, 3);
        Capture capture = lab.capture("udp");

        subject.up("gw", "net").orThrow();

        lab.exchange(lab.left(), lab.right());
        assertThat(firstPayloadsAtPort500(capture))
                .as("request, COOKIE, request with COOKIE first, response")
                .containsExactly(SECURITY_ASSOCIATION, NOTIFY, NOTIFY, SECURITY_ASSOCIATION);
    }

    @Test
    void shouldAskStrongSwanForACookie(Lab lab) {
        Tunnel tunnel = tunnel(lab);
        Culvert culvert = lab.culvert(lab.left()).setting("limits.cookie_threshold", "0");
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        culvert.start(tunnel);
        strongSwan.start(tunnel.mirrored());
        Capture capture = lab.capture("udp");

        strongSwan.up("gw", "net").orThrow();

        lab.exchange(lab.left(), lab.right());
        assertThat(firstPayloadsAtPort500(capture))
                .as("request, COOKIE, request with COOKIE first, response")
                .containsExactly(SECURITY_ASSOCIATION, NOTIFY, NOTIFY, SECURITY_ASSOCIATION);
    }

    /** Has strongSwan answer requests from addresses that stay silent then. */
    private static void leaveHalfOpen(Lab lab, Peer subject, StrongSwan strongSwan, int count) {
        Capture capture = lab.capture("udp port 500");
        subject.up("gw", "net").orThrow();
        subject.down("gw").orThrow();
        String request = HexFormat.of().formatHex(capture.stop().firstIkeRequest());
        String victim = strongSwan.site().address();
        String times = Integer.toString(count);
        lab.inject(SOON, "", "halfopen", victim, "1", times, "100", request);
    }

    /** The type of the first payload of each IKE message at port 500, in order. */
    private static List<Integer> firstPayloadsAtPort500(Capture capture) {
        return capture.stop().packets().stream()
                .filter(packet -> packet.isUdp() && packet.destinationPort() == 500)
                .map(packet -> Byte.toUnsignedInt(ByteBuffer.wrap(packet.udpPayload()).get(16)))
                .toList();
    }

    private static Tunnel tunnel(Lab lab) {
        return Tunnel.between("gw", lab.left(), lab.right())
                .child(Child.of("net", lab.left().network(), lab.right().network()));
    }
}
