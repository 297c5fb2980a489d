package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Capture;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Session resumption (RFC 5723) between two daemons; strongSwan does not know it. The network is
 * cut until the client gives the IKE SA up.
 */
@RealNetwork
class ResumeIT {

    private static final Duration SOON = Duration.ofSeconds(15);
    private static final Duration LOST = Duration.ofSeconds(60);
    private static final int IKE_SA_INIT = 34;
    private static final int IKE_SESSION_RESUME = 38;

    @Test
    void shouldComeBackWithoutAKeyExchange(Lab lab) {
        Culvert left = culvert(lab.culvert(lab.left()));
        Culvert right = culvert(lab.culvert(lab.right()));
        start(lab, left, right);
        lose(lab, left);
        Capture capture = lab.capture("udp");

        lab.loseNothing();

        left.awaitChildren(1, SOON);
        lab.exchange(lab.left(), lab.right());
        lab.exchange(lab.right(), lab.left());
        assertThat(firstMessages(capture)).contains(IKE_SESSION_RESUME).doesNotContain(IKE_SA_INIT);
        for (Culvert culvert : List.of(left, right)) {
            assertThat(number(culvert, "ike_ike_sas_resumed")).isOne();
        }
        // The one that was lost is not kept beside it.
        right.awaitIkeSas(1, SOON);
        // And again, with the ticket that the resumed one brought.
        lose(lab, left);
        lab.loseNothing();
        left.awaitChildren(1, SOON);
        assertThat(number(left, "ike_ike_sas_resumed")).isEqualTo(2);
        lab.exchange(lab.left(), lab.right());
    }

    @Test
    void shouldExchangeKeysWhenTheGatewayHasStartedAgain(Lab lab) {
        Culvert left = culvert(lab.culvert(lab.left()));
        Culvert right = culvert(lab.culvert(lab.right()));
        Tunnel tunnel = start(lab, left, right);
        Capture capture = lab.capture("udp");

        right.kill();
        // It is back before the client gives up, and asks with its ticket.
        right.start(tunnel.mirrored());

        right.awaitChildren(1, LOST);
        left.awaitChildren(1, SOON);
        assertThat(firstMessages(capture)).contains(IKE_SESSION_RESUME, IKE_SA_INIT);
        // On a busy machine it asks more than once before it has the answer.
        assertThat(number(right, "ike_tickets_refused")).isPositive();
        assertThat(number(right, "ike_ike_sas_resumed")).isZero();
        lab.exchange(lab.left(), lab.right());
    }

    private static Culvert culvert(Culvert culvert) {
        return culvert.setting("session_resumption", "yes")
                .setting("retransmit.timeout", "0.5")
                .setting("retransmit.tries", "3");
    }

    private static Tunnel start(Lab lab, Culvert left, Culvert right) {
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .child(Child.of("net", lab.left().network(), lab.right().network()));
        right.start(tunnel.mirrored());
        left.start(
                tunnel.with("dpd_delay", "1s")
                        .with("keyingtries", "0")
                        .withChildren("dpd_action", "restart"));
        left.up("gw", "net").orThrow();
        lab.exchange(lab.left(), lab.right());
        return tunnel;
    }

    private static void lose(Lab lab, Culvert left) {
        int lost = left.log().split("no longer answers", -1).length;
        lab.cut();
        Await.until(
                "the client has given the IKE SA up",
                LOST,
                () -> left.log().split("no longer answers", -1).length > lost);
    }

    private static long number(Culvert culvert, String counter) {
        return culvert.statusJson().at("ike_counters").number(counter);
    }

    /** The exchange types of all messages with message ID 0 in clear. */
    private static List<Integer> firstMessages(Capture capture) {
        return capture.stop().packets().stream()
                .filter(packet -> packet.isIke())
                .map(packet -> packet.udpPayload())
                .map(ResumeIT::withoutMarker)
                .filter(message -> message.length > 28 && message[20] == 0 && message[23] == 0)
                .map(message -> Byte.toUnsignedInt(message[18]))
                .toList();
    }

    private static byte[] withoutMarker(byte[] payload) {
        boolean marked =
                payload.length > 4 && (payload[0] | payload[1] | payload[2] | payload[3]) == 0;
        return marked ? Arrays.copyOfRange(payload, 4, payload.length) : payload;
    }
}
