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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One datagram in ten is lost, in each direction. Delay and reordering are the simulator's matter.
 */
@RealNetwork
class LossIT {

    private static final int PERCENT = 10;
    private static final int ROUNDS = 3;
    private static final Duration DELETES_GIVEN_UP = Duration.ofSeconds(60);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldSetUpAndCarryTraffic(boolean initiating, Lab lab) {
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .child(Child.of("net", lab.left().network(), lab.right().network()))
                        .child(
                                Child.of("pfs", lab.left().network(1), lab.right().network(1))
                                        .esp("aes256gcm16-ecp256"));
        Peer subject = lab.subject(lab.left());
        StrongSwan strongSwan = lab.strongSwan(lab.right());
        subject.retransmitSoon();
        strongSwan.retransmitSoon();
        subject.start(tunnel);
        strongSwan.start(tunnel.mirrored());
        Peer initiator = initiating ? subject : strongSwan;
        lab.lose(PERCENT);

        List<String> failures = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (Child child : tunnel.children()) {
                CommandResult up = initiator.up("gw", child.name());
                if (!up.succeeded()) {
                    failures.add(up.toString());
                }
            }
            // Small: TCP with a tenth lost both ways is slow, whatever carries it.
            failures.addAll(transferFailures(lab, 0));
            failures.addAll(transferFailures(lab, 1));
            if (round < ROUNDS - 1) {
                initiator.down("gw");
            }
        }

        lab.loseNothing();
        assertThat(failures).isEmpty();
        lab.exchange(lab.left(), lab.right());
        // A delete whose answer was lost is repeated for a while to a peer that knows no more of
        // it.
        subject.awaitIkeSas(1, DELETES_GIVEN_UP);
        assertThat(subject.installedChildren()).isEqualTo(2);
    }

    private static List<String> transferFailures(Lab lab, int subnet) {
        CommandResult transfer =
                lab.traffic()
                        .transfer(
                                lab.left().namespace(),
                                lab.left().inner(subnet),
                                lab.right().inner(subnet),
                                10_000);
        return transfer.succeeded() ? List.of() : List.of(transfer.toString());
    }
}
