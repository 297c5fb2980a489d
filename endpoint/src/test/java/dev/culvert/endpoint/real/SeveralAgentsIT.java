package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Alone;
import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Background;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.Json;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.Peer;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.Site;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Several child SAs over two agents, with a TUN device of two queues and two sockets on each port.
 */
@Alone
@RealNetwork
class SeveralAgentsIT {

    private static final int CHILDREN = 4;
    private static final long TRANSFER_BYTES = 1 << 20;
    private static final int ROUNDS = 6;
    private static final Duration BETWEEN = Duration.ofMillis(700);
    private static final Duration END = Duration.ofSeconds(30);

    /** What happens to packets on their way to an SA that has gone; TCP sends them again. */
    private static final Set<String> IN_FLIGHT = Set.of("unknown_spi", "send_blocked");

    @Test
    void shouldLoseNothingOfTcpWhenChildrenOfBothAgentsAreRekeyedUnderLoad(Lab lab) {
        Culvert left = lab.culvert(lab.left()).setting("agents", "2");
        Culvert right = lab.culvert(lab.right()).setting("agents", "2");
        Tunnel tunnel = tunnel(lab);
        bringUp(
                tunnel.withChildren("rekey_time", "1s")
                        .withChildren("rand_time", "0s")
                        .withChildren("life_time", "1m"),
                left,
                right);
        List<Background> load = new ArrayList<>();
        for (int child = 0; child < CHILDREN; child++) {
            load.add(steady(lab, lab.left(), lab.right(), child));
            load.add(steady(lab, lab.right(), lab.left(), child));
        }

        Set<Long> owners = new TreeSet<>();
        Set<String> spis = new TreeSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            Await.pause(BETWEEN);
            left.sas().stream()
                    .flatMap(sa -> sa.children().stream())
                    .forEach(child -> spis.add(child.value("spi-in")));
        }
        spis.forEach(spi -> owners.add(Long.parseLong(spi, 16) % 2));
        load.forEach(transfers -> transfers.signal("TERM"));
        for (Background transfers : load) {
            assertThat(transfers.awaitExit(END)).as(transfers.log()).hasValue(0);
            assertThat(transfers.log()).contains("steady");
        }

        assertThat(owners).as("agents that had an SA").containsExactly(0L, 1L);
        assertThat(spis).as("SAs of the children").hasSizeGreaterThan(2 * CHILDREN);
        for (Culvert culvert : List.of(left, right)) {
            Map<String, Long> drops =
                    culvert.drops().entrySet().stream()
                            .filter(drop -> drop.getValue() > 0)
                            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
            assertThat(IN_FLIGHT).as("drops at %s: %s", culvert, drops).containsAll(drops.keySet());
            assertThat(culvert.log()).doesNotContain("Exception");
        }
        Json agents = left.statusJson().at("agents");
        assertThat(agents.number("count")).isEqualTo(2);
        assertThat(agents.at("steered").value()).isEqualTo("true");
        Map<String, Long> counters = left.counters();
        assertThat(counters.getOrDefault("out_handed_over", 0L))
                .as("of %s: only the first packets of a flow come to the wrong queue", counters)
                .isLessThan(counters.get("out_tun_packets") / 2);
    }

    @Test
    void shouldCarryChildrenOfTwoAgentsToStrongSwan(Lab lab) {
        Culvert left = lab.culvert(lab.left()).setting("agents", "2");
        Tunnel tunnel = tunnel(lab);
        bringUp(tunnel, left, lab.strongSwan(lab.right()));
        List<Background> load = new ArrayList<>();
        for (int child = 0; child < CHILDREN; child++) {
            load.add(
                    lab.traffic()
                            .startTransfer(
                                    lab.left().namespace(),
                                    lab.left().inner(child),
                                    lab.right().inner(child),
                                    4 * TRANSFER_BYTES));
        }
        for (Background transfer : load) {
            assertThat(transfer.awaitExit(END)).as(transfer.log()).hasValue(0);
        }
        for (int child = 0; child < CHILDREN; child++) {
            lab.exchange(lab.right(), lab.right().inner(child), lab.left().inner(child));
        }
        assertThat(left.drops()).allSatisfy((reason, count) -> assertThat(count).isZero());
        assertThat(left.cli("status").orThrow().stdout()).contains("2 agents");
    }

    private static Tunnel tunnel(Lab lab) {
        Tunnel tunnel = Tunnel.between("gw", lab.left(), lab.right());
        for (int child = 0; child < CHILDREN; child++) {
            tunnel =
                    tunnel.child(
                            Child.of(
                                    "net" + child,
                                    lab.left().network(child),
                                    lab.right().network(child)));
        }
        return tunnel;
    }

    private static void bringUp(Tunnel tunnel, Culvert left, Peer right) {
        left.start(tunnel);
        right.start(tunnel.mirrored());
        for (Child child : tunnel.children()) {
            left.up("gw", child.name()).orThrow();
        }
    }

    private static Background steady(Lab lab, Site from, Site to, int child) {
        return lab.traffic()
                .startSteady(from.namespace(), from.inner(child), to.inner(child), TRANSFER_BYTES);
    }
}
