package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.CommandResult;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.StrongSwan;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * IKE SAs without a first child (RFC 6023), with strongSwan in both roles; it does not know {@code
 * prefer}.
 */
@RealNetwork
class ChildlessIT {

    private static final Duration SOON = Duration.ofSeconds(10);

    @ParameterizedTest(name = "{0} initiates with {1}, {2} at the responder: {3}")
    @CsvSource({
        "subject, prefer, allow, childless",
        "subject, force, allow, childless",
        "subject, force, force, childless",
        "subject, prefer, never, with a child",
        "subject, allow, allow, with a child",
        "subject, allow, force, not at all",
        "subject, force, never, not at all",
        "strongSwan, force, allow, childless",
        "strongSwan, force, force, childless",
        "strongSwan, allow, never, with a child",
        "strongSwan, allow, force, not at all",
        "strongSwan, force, never, not at all"
    })
    void shouldAgreeOnWhetherTheFirstChildComesLater(
            String initiator, String there, String here, String expected, Lab lab) {
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .child(Child.of("net", lab.left().network(), lab.right().network()));
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        boolean bySubject = initiator.equals("subject");
        subject.start(tunnel.with("childless", bySubject ? there : here));
        strongSwan.start(tunnel.mirrored().with("childless", bySubject ? here : there));

        CommandResult up = (bySubject ? subject : strongSwan).up("gw", "net");

        if (expected.equals("not at all")) {
            assertThat(up.succeeded()).as(up.output()).isFalse();
            assertThat(subject.installedChildren()).isZero();
            assertThat(strongSwan.installedChildren()).isZero();
            return;
        }
        up.orThrow();
        subject.awaitChildren(1, SOON);
        lab.exchange(lab.left(), lab.right());
        lab.exchange(lab.right(), lab.left());
        String exchange = "CREATE_CHILD_SA request 2 [ SA No";
        assertThat(strongSwan.log().contains(exchange)).isEqualTo(expected.equals("childless"));
    }

    @Test
    void shouldKeepAnIkeSaThatHasNoChild(Lab lab) {
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .child(Child.of("net", lab.left().network(), lab.right().network()));
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        subject.start(tunnel);
        strongSwan.start(tunnel.mirrored().with("childless", "force"));

        strongSwan.swanctl("--initiate", "--ike", "gw", "--timeout", "10").orThrow();

        subject.awaitIkeSas(1, SOON);
        assertThat(subject.sa("gw").isEstablished()).isTrue();
        assertThat(subject.sa("gw").children()).isEmpty();
        subject.up("gw", "net").orThrow();
        subject.awaitIkeSas(1, SOON);
        lab.exchange(lab.left(), lab.right());
    }
}
