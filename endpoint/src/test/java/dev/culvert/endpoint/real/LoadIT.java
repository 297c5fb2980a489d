package dev.culvert.endpoint.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.real.net.Alone;
import dev.culvert.endpoint.real.net.Await;
import dev.culvert.endpoint.real.net.Culvert;
import dev.culvert.endpoint.real.net.FullSpeed;
import dev.culvert.endpoint.real.net.Lab;
import dev.culvert.endpoint.real.net.RealNetwork;
import dev.culvert.endpoint.real.net.Tunnel;
import dev.culvert.endpoint.real.net.Tunnel.Child;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * SAs come and go while TCP fills the tunnel in both directions, with content that the receivers
 * check. What is lost may only be what was on its way to an SA that had just gone.
 */
@Alone
@RealNetwork
class LoadIT {

    private static final int SECONDS = 8;
    private static final int DELETIONS = 3;
    private static final Duration BETWEEN = Duration.ofMillis(700);
    private static final Duration SOON = Duration.ofSeconds(15);

    /** What more than the line takes runs into, whatever becomes of SAs. */
    private static final Set<String> FULL_LOAD = Set.of("send_blocked");

    /** What happens to packets on their way to an SA that has gone. */
    private static final Set<String> IN_FLIGHT =
            Set.of("unknown_spi", "no_sa", "no_policy", "acquire_queue_full", "acquire_expired");

    private Lab lab;
    private Culvert left;
    private Culvert right;
    private int workers;

    @Test
    void shouldLoseNothingButWhatIsInFlightWhenSasAreRekeyed(Lab freshLab) {
        bringUp(freshLab, Map.of("rekey_time", "1s", "rand_time", "0s", "life_time", "1m"));
        FullSpeed load = startLoad();
        Set<String> spis = new TreeSet<>();
        while (load.isRunning()) {
            left.sas().stream()
                    .flatMap(sa -> sa.children().stream())
                    .forEach(child -> spis.add(child.value("spi-in")));
            Await.pause(BETWEEN);
        }
        load.awaitContent();
        assertThat(spis).as("SAs of the child, one after the other").hasSizeGreaterThan(3);
        assertLostInFlight(100 * SECONDS);
    }

    @Test
    void shouldLoseNothingButWhatIsInFlightWhenWorkersHoldSasThatGo(Lab freshLab) {
        workers = 2;
        bringUp(freshLab, Map.of("rekey_time", "1s", "rand_time", "0s", "life_time", "1m"));
        FullSpeed load = startLoad();
        load.awaitContent();
        for (Culvert culvert : List.of(left, right)) {
            assertThat(culvert.counters()).containsKeys("in_worker_packets", "out_worker_packets");
            assertThat(culvert.log()).doesNotContain("Exception");
        }
        assertLostInFlight(100 * SECONDS);
    }

    @Test
    void shouldLoseNothingButWhatIsInFlightWhenSasAreDeletedAndSetUp(Lab freshLab) {
        bringUp(freshLab, Map.of("start_action", "trap"));
        FullSpeed load = startLoad();
        for (int i = 0; i < DELETIONS; i++) {
            Await.pause(BETWEEN);
            left.downChild("gw", "net").orThrow();
            Await.until("an SA comes for the load", SOON, () -> left.installedChildren() > 0);
        }
        load.awaitContent();
        // A window of TCP in each direction may be on its way, or wait, at each deletion.
        assertLostInFlight(5_000 * DELETIONS);
    }

    @Test
    void shouldNotLoseAnythingOfOthersWhenAnSaIsDeletedAndSetUp(Lab freshLab) {
        bringUp(freshLab, Map.of());
        FullSpeed load = startLoad();
        for (int i = 0; i < DELETIONS; i++) {
            left.up("gw", "two").orThrow();
            right.downChild("gw", "two").orThrow();
        }
        load.awaitContent();
        for (Culvert culvert : List.of(left, right)) {
            assertThat(nonZero(culvert.drops())).as("drops at %s", culvert).isEmpty();
        }
    }

    private void bringUp(Lab freshLab, Map<String, String> childOptions) {
        lab = freshLab;
        Tunnel tunnel =
                Tunnel.between("gw", lab.left(), lab.right())
                        .child(Child.of("net", lab.left().network(), lab.right().network()))
                        .child(Child.of("two", lab.left().network(2), lab.right().network(2)))
                        .esp("aes128gcm16-esn");
        Tunnel here = tunnel;
        for (Map.Entry<String, String> option : childOptions.entrySet()) {
            here = here.withChildren(option.getKey(), option.getValue());
        }
        left = lab.culvert(lab.left());
        right = lab.culvert(lab.right());
        if (workers > 0) {
            left.setting("workers", Integer.toString(workers));
            right.setting("workers", Integer.toString(workers));
        }
        left.start(here);
        right.start(tunnel.mirrored());
        left.up("gw", "net").orThrow();
    }

    private FullSpeed startLoad() {
        return lab.traffic().startFullSpeed(lab.left(), lab.right(), SECONDS);
    }

    private void assertLostInFlight(long most) {
        for (Culvert culvert : List.of(left, right)) {
            Map<String, Long> drops = nonZero(culvert.drops());
            assertThat(IN_FLIGHT).as("drops at %s: %s", culvert, drops).containsAll(drops.keySet());
            assertThat(drops.values().stream().mapToLong(Long::longValue).sum())
                    .as("drops at %s: %s", culvert, drops)
                    .isLessThan(most);
        }
    }

    private static Map<String, Long> nonZero(Map<String, Long> drops) {
        return drops.entrySet().stream()
                .filter(drop -> drop.getValue() > 0 && !FULL_LOAD.contains(drop.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
