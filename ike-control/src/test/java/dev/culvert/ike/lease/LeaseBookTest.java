package dev.culvert.ike.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.wire.IpAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LeaseBookTest {
    private final LeaseBook book = new LeaseBook();

    @Test
    void shouldGiveTheSameAddressAgainWhenAnIdentityComesBack() {
        book.configure(List.of(pool("p", "10.3.0.1", "10.3.0.9")));
        assertThat(lease(1, "a")).contains("10.3.0.1");
        assertThat(lease(2, "b")).contains("10.3.0.2");
        book.release(1);
        assertThat(counts()).isEqualTo("1 1");
        assertThat(lease(3, "c")).contains("10.3.0.3");
        assertThat(lease(4, "a")).contains("10.3.0.1");
        assertThat(counts()).isEqualTo("3 0");
    }

    @Test
    void shouldTakeTheAddressOfWhoeverIsAwayForLongestOnlyWhenNoneIsLeft() {
        book.configure(List.of(pool("p", "10.3.0.1", "10.3.0.2")));
        lease(1, "a");
        lease(2, "b");
        assertThat(lease(3, "c")).isEmpty();
        book.release(2);
        book.release(1);
        assertThat(lease(3, "c")).contains("10.3.0.2");
        assertThat(lease(4, "b")).contains("10.3.0.1");
        assertThat(lease(5, "a")).isEmpty();
    }

    @Test
    void shouldGiveTheSameAddressAgainWhenLeasesWereSavedAndRestored() {
        List<PoolConfig> pools = List.of(pool("p", "10.3.0.1", "10.3.0.3"));
        book.configure(pools);
        lease(1, "a");
        lease(2, "b");
        lease(3, "c");
        book.release(3);
        book.release(2);

        LeaseBook next = new LeaseBook();
        next.restore(book.saved());
        next.configure(pools);
        assertThat(next.saved()).isEqualTo(book.saved()).hasSize(3);
        assertThat(lease(next, 1, "b")).contains("10.3.0.2");
        // Nobody had an address for longer than c, since a still used its own.
        assertThat(lease(next, 2, "new")).contains("10.3.0.3");
        assertThat(lease(next, 3, "a")).contains("10.3.0.1");
        assertThat(lease(next, 4, "c")).isEmpty();
    }

    @Test
    void shouldLeaveOutWhatNoLongerFitsWhenLeasesAreRestored() {
        SavedLease one = new SavedLease("p", ip("10.3.0.1"), id("a"));
        SavedLease twice = new SavedLease("p", ip("10.3.0.1"), id("b"));
        SavedLease outside = new SavedLease("p", ip("10.3.0.9"), id("c"));
        SavedLease elsewhere = new SavedLease("gone", ip("10.3.0.2"), id("d"));
        book.restore(List.of(one, twice, outside, elsewhere));
        book.configure(List.of(pool("p", "10.3.0.1", "10.3.0.3")));
        assertThat(book.saved()).containsExactly(one);
        long version = book.version();
        assertThat(lease(1, "a")).contains("10.3.0.1");
        assertThat(book.version()).isNotEqualTo(version);
        book.configure(List.of(pool("gone", "10.3.0.1", "10.3.0.3")));
        book.release(1);
        assertThat(book.saved()).isEmpty();
    }

    @Test
    void shouldUseTheNextPoolWhenTheFirstIsExhausted() {
        book.configure(
                List.of(
                        pool("small", "10.3.0.1", "10.3.0.1"),
                        pool("six", "2001:db8::1", "2001:db8::5"),
                        pool("large", "10.4.0.1", "10.4.0.9")));
        List<String> names = List.of("small", "six", "missing", "large");
        assertThat(lease(1, "a", "0.0.0.0", names)).contains("10.3.0.1");
        assertThat(lease(1, "a", "::", names)).contains("2001:db8::1");
        assertThat(lease(2, "b", "0.0.0.0", names)).contains("10.4.0.1");
        assertThat(lease(3, "c", "0.0.0.0", List.of("six"))).isEmpty();
        book.release(1);
        assertThat(lease(4, "b", "0.0.0.0", names)).contains("10.4.0.2");
        assertThat(lease(5, "a", "0.0.0.0", names)).contains("10.3.0.1");
    }

    @Test
    void shouldGiveTheAddressThatIsAskedForWhenItIsFree() {
        book.configure(List.of(pool("p", "10.3.0.1", "10.3.0.9")));
        assertThat(lease(1, "a", "10.3.0.5", List.of("p"))).contains("10.3.0.5");
        assertThat(lease(2, "b", "10.3.0.5", List.of("p"))).contains("10.3.0.1");
        assertThat(lease(3, "c", "192.0.2.1", List.of("p"))).contains("10.3.0.2");
    }

    @Test
    void shouldShareAnAddressOnlyWhenTheSameClientAsksForItByName() {
        book.configure(List.of(pool("p", "10.3.0.1", "10.3.0.9")));
        lease(1, "a");
        Predecessors reauthenticates = new Predecessors(List.of(), List.of(1));
        assertThat(lease(2, "a", "10.3.0.1", reauthenticates)).contains("10.3.0.1");
        book.release(1);
        assertThat(counts()).isEqualTo("1 0");
        assertThat(lease(3, "a", "10.3.0.1", Predecessors.NONE)).contains("10.3.0.2");
        assertThat(lease(4, "b", "10.3.0.1", new Predecessors(List.of(), List.of(2))))
                .contains("10.3.0.3");
        assertThat(lease(5, "a", "0.0.0.0", new Predecessors(List.of(), List.of(2))))
                .contains("10.3.0.4");
        List.of(2, 3, 4, 5).forEach(book::release);
        assertThat(counts()).isEqualTo("0 4");
    }

    @Test
    void shouldGoOnWithTheAddressOfTheIkeSaThatIsReplaced() {
        book.configure(List.of(pool("p", "10.3.0.1", "10.3.0.9")));
        lease(1, "a");
        lease(2, "a");
        book.release(1);
        // The identity has another address, too, that it had before.
        assertThat(lease(3, "a", "0.0.0.0", new Predecessors(List.of(2), List.of())))
                .contains("10.3.0.2");
        assertThat(lease(3, "a", "0.0.0.0", new Predecessors(List.of(2), List.of())))
                .contains("10.3.0.1");
        book.release(2);
        assertThat(counts()).isEqualTo("2 0");
        // One of another identity is no predecessor, and nothing is given to two.
        assertThat(lease(4, "b", "0.0.0.0", new Predecessors(List.of(3), List.of())))
                .contains("10.3.0.3");
    }

    @Test
    void shouldGiveWhatIsAskedForOrWasHadLastWhenAnIdentityHadSeveral() {
        book.configure(List.of(pool("p", "10.3.0.1", "10.3.0.9")));
        List.of(1, 2, 3).forEach(owner -> lease(owner, "a"));
        List.of(1, 3, 2).forEach(book::release);
        assertThat(lease(4, "a", "10.3.0.1", Predecessors.NONE)).contains("10.3.0.1");
        assertThat(lease(5, "a")).contains("10.3.0.2");
        assertThat(lease(6, "a")).contains("10.3.0.3");
        // In use is more than away: a reauthentication gets what it has now.
        book.release(6);
        assertThat(lease(7, "a", "10.3.0.2", new Predecessors(List.of(), List.of(5))))
                .contains("10.3.0.2");
    }

    @Test
    void shouldKeepLeasesWhenThePoolGrows() {
        book.configure(List.of(pool("p", "10.3.0.1", "10.3.0.2")));
        lease(1, "a");
        lease(2, "b");
        book.configure(List.of(pool("p", "10.3.0.1", "10.3.0.4")));
        assertThat(lease(3, "c")).contains("10.3.0.3");
        book.release(1);
        assertThat(lease(4, "a")).contains("10.3.0.1");
    }

    @Test
    void shouldKeepWhatIsInUseWhenThePoolShrinksOrGoes() {
        book.configure(List.of(pool("p", "10.3.0.1", "10.3.0.9")));
        lease(1, "a");
        lease(2, "b");
        book.release(1);
        book.configure(List.of(pool("p", "10.3.0.5", "10.3.0.9")));
        assertThat(counts()).isEqualTo("1 0");
        assertThat(lease(3, "a")).contains("10.3.0.5");
        book.configure(List.of());
        assertThat(lease(4, "c")).isEmpty();
        assertThat(counts()).isEqualTo("2 0");
        book.release(2);
        book.release(3);
        assertThat(book.snapshot()).isEmpty();
        assertThat(book.size()).isZero();
    }

    @Test
    void shouldNeverLeaseAnAddressTwiceWhenClientsComeAndGoByChance() {
        SplittableRandom random = new SplittableRandom(11);
        book.configure(List.of(pool("p", "10.3.0.1", "10.3.0.20")));
        Map<Integer, String> held = new HashMap<>();
        int owner = 0;
        for (int i = 0; i < 20_000; i++) {
            if (random.nextInt(5) < 3) {
                Optional<String> got = lease(++owner, "c" + random.nextInt(60));
                assertThat(got.isPresent()).isEqualTo(held.size() < 20);
                if (got.isPresent()) {
                    held.put(owner, got.get());
                }
            } else if (!held.isEmpty()) {
                int gone = held.keySet().stream().toList().get(random.nextInt(held.size()));
                held.remove(gone);
                book.release(gone);
            }
            Set<String> distinct = new HashSet<>(held.values());
            assertThat(distinct).hasSameSizeAs(held.keySet());
            EngineSnapshot.Pool pool = book.snapshot().getFirst();
            assertThat(pool.online()).isEqualTo(held.size());
            assertThat(pool.online() + pool.offline()).isEqualTo(pool.leases().size());
            assertThat(pool.leases().size()).isLessThanOrEqualTo(20);
        }
    }

    private Optional<String> lease(int owner, String id) {
        return lease(owner, id, "0.0.0.0", List.of("p"));
    }

    private Optional<String> lease(int owner, String id, String wanted, List<String> pools) {
        return book.lease(owner, id(id), Predecessors.NONE, ip(wanted), pools)
                .map(IpAddress::toString);
    }

    private Optional<String> lease(int owner, String id, String wanted, Predecessors predecessors) {
        return book.lease(owner, id(id), predecessors, ip(wanted), List.of("p"))
                .map(IpAddress::toString);
    }

    private static Optional<String> lease(LeaseBook book, int owner, String id) {
        return book.lease(owner, id(id), Predecessors.NONE, IpAddress.ANY_V4, List.of("p"))
                .map(IpAddress::toString);
    }

    private String counts() {
        EngineSnapshot.Pool pool = book.snapshot().getFirst();
        return pool.online() + " " + pool.offline();
    }

    private static PoolConfig pool(String name, String first, String last) {
        return new PoolConfig(name, ip(first), ip(first), ip(last), List.of());
    }

    private static Identity id(String text) {
        return Identity.parse(text).orThrow();
    }

    private static IpAddress ip(String text) {
        return IpAddress.parse(text).orElseThrow();
    }
}
