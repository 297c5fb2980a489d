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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Negotiations that must fail, each with a reason that an administrator finds in the log and, as
 * the initiator, in the answer to {@code up}; and that leave nothing behind but what is theirs.
 */
@RealNetwork
class RefusalIT {

    private static final Duration SOON = Duration.ofSeconds(5);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRefuseAWrongKey(boolean initiating, Lab lab) {
        Tunnel ours = tunnel(lab);
        Tunnel theirs = ours.mirrored().secret("another key");

        String reason = fail(lab, initiating, ours, theirs);

        assertThat(reason).contains("AUTHENTICATION_FAILED");
        if (!initiating) {
            // Only the responder knows why.
            assertThat(reason.toLowerCase(java.util.Locale.ROOT))
                    .containsAnyOf("pre-shared key", "psk");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRefuseAnUnknownIdentity(boolean initiating, Lab lab) {
        Tunnel ours = tunnel(lab);
        Tunnel theirs = ours.ids("left.example", "other.example").mirrored();

        String reason = fail(lab, initiating, ours, theirs);

        assertThat(reason).containsAnyOf("AUTHENTICATION_FAILED", "identity");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRefuseWithoutACommonIkeProposal(boolean initiating, Lab lab) {
        Tunnel ours = tunnel(lab).ike("aes128gcm16-prfsha256-ecp256");
        Tunnel theirs = ours.mirrored().ike("aes256-sha512-ecp256");

        String reason = fail(lab, initiating, ours, theirs);

        if (initiating) {
            assertThat(reason).contains("NO_PROPOSAL_CHOSEN");
        } else {
            assertThat(reason).contains("no IKE proposal");
            assertThat(reason).as("both offers").contains("AES_CBC", "AES_GCM_16");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRefuseWithoutACommonEspProposal(boolean initiating, Lab lab) {
        Tunnel ours = tunnel(lab).esp("aes128gcm16");
        Tunnel theirs = ours.mirrored().esp("aes256-sha512");

        String reason = fail(lab, initiating, ours, theirs);

        assertThat(reason).contains("NO_PROPOSAL_CHOSEN");
        if (!initiating) {
            assertThat(reason).as("both offers").contains("AES_CBC", "AES_GCM_16");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRefuseSelectorsThatDoNotMeet(boolean initiating, Lab lab) {
        Tunnel ours = tunnel(lab);
        Tunnel theirs =
                ours.children(
                                ours.children().stream()
                                        .map(child -> child.selectors("10.1.7.0/24", "10.2.7.0/24"))
                                        .toList())
                        .mirrored();

        String reason = fail(lab, initiating, ours, theirs);

        assertThat(reason).contains("TS_UNACCEPTABLE");
        if (!initiating) {
            assertThat(reason).as("both sides' selectors").contains("10.1.7.0", "10.1.0.0");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCarryOnWhenOnlyALaterChildIsRefused(boolean initiating, Lab lab) {
        Tunnel ours =
                tunnel(lab).child(Child.of("bad", lab.left().network(1), lab.right().network(1)));
        Tunnel theirs =
                ours.children(
                                ours.children().stream()
                                        .map(child ->
                                                child.name().equals("bad")
                                                        ? child.esp("aes256-sha512")
                                                        : child)
                                        .toList())
                        .mirrored();
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        subject.start(ours);
        strongSwan.start(theirs);
        Peer initiator = initiating ? subject : strongSwan;
        initiator.up("gw", "net").orThrow();

        CommandResult refused = initiator.up("gw", "bad");

        assertThat(refused.succeeded()).as(refused.toString()).isFalse();
        assertThat(subject.log()).contains("NO_PROPOSAL_CHOSEN");
        subject.awaitChildren(1, SOON);
        lab.exchange(lab.left(), lab.right());
    }

    /** Runs the negotiation, which must fail, and returns what the subject says about it. */
    private static String fail(Lab lab, boolean initiating, Tunnel ours, Tunnel theirs) {
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        subject.start(ours);
        strongSwan.start(theirs);

        CommandResult result = (initiating ? subject : strongSwan).up("gw", "net");

        assertThat(result.succeeded()).as(result.toString()).isFalse();
        subject.awaitChildren(0, SOON);
        strongSwan.awaitChildren(0, SOON);
        return initiating ? result.output() + subject.log() : subject.log();
    }

    private static Tunnel tunnel(Lab lab) {
        return Tunnel.between("gw", lab.left(), lab.right())
                .child(Child.of("net", lab.left().network(), lab.right().network()));
    }
}
