package dev.culvert.esp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.AddressRange;
import dev.culvert.esp.PolicyAction;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.Selector;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.sa.SelectorPair;
import dev.culvert.esp.testing.Packets;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The hash tables find what comparing one rule after the other finds. */
class PolicyIndexAgreementTest {

    private static final PolicyEntry NONE = new PolicyEntry.None();
    private static final int[] PROTOCOLS = {0, 0, 0, Packets.TCP, Packets.UDP, 47, Packets.ICMP};

    private final PolicyIndex linear = new LinearPolicyIndex(NONE);
    private final PolicyIndex tuples = new TuplePolicyIndex(NONE);
    private final InnerPacket packet = new InnerPacket();
    private long nextId;

    /** Addresses meet often, on round boundaries, next to them and around the signs. */
    private static InetAddress randomAddress(Random random, boolean ipv6) {
        final byte[] bytes = new byte[ipv6 ? 16 : 4];
        bytes[0] = (byte) (random.nextBoolean() ? 0x7F : 0x80);
        final int[] ends = {0, 1, 2, 127, 128, 129, 254, 255};
        if (ipv6) {
            bytes[7] = (byte) ends[random.nextInt(ends.length)];
            bytes[8] = (byte) ends[random.nextInt(ends.length)];
        }
        bytes[bytes.length - 2] = (byte) (random.nextInt(3) - 1);
        bytes[bytes.length - 1] = (byte) ends[random.nextInt(ends.length)];
        return address(bytes);
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static AddressRange randomRange(Random random, boolean ipv6) {
        final InetAddress one = randomAddress(random, ipv6);
        if (random.nextInt(3) == 0) {
            final int bits = ipv6 ? 128 : 32;
            return AddressRange.ofPrefix(one, bits - random.nextInt(random.nextInt(bits) + 1));
        }
        final InetAddress other = randomAddress(random, ipv6);
        final boolean ordered =
                new BigInteger(1, one.getAddress()).compareTo(new BigInteger(1, other.getAddress()))
                        <= 0;
        return ordered ? new AddressRange(one, other) : new AddressRange(other, one);
    }

    private static Selector randomSelector(Random random, boolean ipv6) {
        final AddressRange range = randomRange(random, ipv6);
        final int protocol = PROTOCOLS[random.nextInt(PROTOCOLS.length)];
        return switch (random.nextInt(6)) {
            case 0 -> new Selector(range, protocol, 65535, 0);
            case 1 -> {
                final int one = randomPort(random);
                final int other = randomPort(random);
                yield new Selector(range, protocol, Math.min(one, other), Math.max(one, other));
            }
            case 2 -> {
                final int port = randomPort(random);
                yield new Selector(range, protocol, port, port);
            }
            default -> new Selector(range, protocol, 0, 65535);
        };
    }

    private static int randomPort(Random random) {
        final int[] ports = {0, 1, 2, 7, 8, 9, 0x7FFF, 0x8000, 0x8001, 0xFFFE, 0xFFFF};
        return ports[random.nextInt(ports.length)];
    }

    private static SaSelectors randomSelectors(Random random) {
        final List<Selector> local = new ArrayList<>();
        final List<Selector> remote = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            local.add(randomSelector(random, random.nextInt(3) == 0));
            remote.add(randomSelector(random, random.nextInt(3) == 0));
        }
        return new SaSelectors(local, remote);
    }

    private PolicyEntry add(Random random) {
        final SaSelectors selectors = randomSelectors(random);
        // Few priorities, and often the same selectors again, so that every criterion decides.
        final int priority = random.nextInt(3) == 0 ? random.nextInt(3) - 1 : 100;
        final PolicyEntry entry =
                new PolicyEntry.Policy(nextId++, priority, selectors, PolicyAction.DROP);
        add(selectors, priority, random.nextBoolean(), entry);
        return entry;
    }

    private void add(SaSelectors selectors, int priority, boolean isSa, PolicyEntry entry) {
        for (final SelectorPair pair : SelectorPair.of(selectors)) {
            linear.add(pair, priority, isSa, entry);
            tuples.add(pair, priority, isSa, entry);
        }
    }

    private void addAgain(Random random, PolicyEntry like) {
        if (like instanceof PolicyEntry.Policy policy) {
            add(
                    policy.selectors(),
                    policy.priority(),
                    random.nextBoolean(),
                    new PolicyEntry.Policy(
                            nextId++, policy.priority(), policy.selectors(), PolicyAction.PASS));
        }
    }

    private void remove(PolicyEntry entry) {
        linear.remove(entry);
        tuples.remove(entry);
    }

    private void wrapRandomPacket(Random random) {
        final boolean ipv6 = random.nextInt(3) == 0;
        final int[] protocols = {Packets.TCP, Packets.UDP, 47, ipv6 ? 58 : Packets.ICMP};
        final byte[] transport = new byte[8];
        ByteBuffer.wrap(transport)
                .putShort((short) randomPort(random))
                .putShort((short) randomPort(random));
        final byte[] bytes =
                Packets.ip(
                        randomAddress(random, ipv6),
                        randomAddress(random, ipv6),
                        protocols[random.nextInt(protocols.length)],
                        0,
                        64,
                        false,
                        transport);
        if (!ipv6 && random.nextInt(4) == 0) {
            // A later fragment: no ports.
            bytes[7] = 5;
        }
        assertThat(packet.wrap(new UnsafeBuffer(bytes), 0, bytes.length)).isTrue();
    }

    private int compareLookups(Random random, int lookups, String what) {
        int found = 0;
        for (int i = 0; i < lookups; i++) {
            wrapRandomPacket(random);
            final PolicyEntry expected = linear.find(packet);
            assertThat(tuples.find(packet)).as(what).isSameAs(expected);
            found += expected instanceof PolicyEntry.None ? 0 : 1;
        }
        return found;
    }

    @Test
    void shouldFindTheSameWhenRulesComeAndGo() {
        int found = 0;
        for (long seed = 1; seed <= 40; seed++) {
            final Random random = new Random(seed);
            final List<PolicyEntry> present = new ArrayList<>();
            for (int round = 0; round < 6; round++) {
                for (int i = 0; i < 30; i++) {
                    present.add(add(random));
                    if (random.nextInt(3) == 0) {
                        addAgain(random, present.get(random.nextInt(present.size())));
                    }
                }
                for (int i = 0; i < 20; i++) {
                    remove(present.remove(random.nextInt(present.size())));
                }
                found += compareLookups(random, 100, "seed " + seed);
            }
            present.forEach(this::remove);
            found += compareLookups(random, 20, "seed " + seed + ", after removals");
        }
        assertThat(found).as("enough lookups that found something").isBetween(3_000, 24_000);
    }

    @Test
    void shouldBeEmptyWhenAllRulesAreGone() {
        final Random random = new Random(1);
        final List<PolicyEntry> present = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            present.add(add(random));
        }
        assertThat(compareLookups(random, 1_000, "full")).isPositive();
        present.forEach(this::remove);
        assertThat(compareLookups(random, 1_000, "empty")).isZero();
    }

    @Test
    void shouldFindEachChildWhenThereAreThousands() throws Exception {
        final int children = 10_000;
        final List<PolicyEntry> entries = new ArrayList<>();
        for (int i = 0; i < children; i++) {
            final SaSelectors selectors =
                    new SaSelectors(
                            List.of(Selector.of(prefix(new byte[] {10, 0, 0, 0}, 8))),
                            List.of(Selector.of(prefix(remote(i, 0), 24))));
            final PolicyEntry entry = new PolicyEntry.Policy(i, 100, selectors, PolicyAction.TRAP);
            entries.add(entry);
            for (final SelectorPair pair : SelectorPair.of(selectors)) {
                tuples.add(pair, 100, true, entry);
            }
        }
        final InetAddress source = InetAddress.getByAddress(new byte[] {10, 1, 2, 3});
        for (int i = 0; i < children; i++) {
            final byte[] bytes =
                    Packets.ip(
                            source,
                            InetAddress.getByAddress(remote(i, i & 0xFF)),
                            Packets.UDP,
                            0,
                            64,
                            false,
                            new byte[8]);
            assertThat(packet.wrap(new UnsafeBuffer(bytes), 0, bytes.length)).isTrue();
            assertThat(tuples.find(packet)).isSameAs(entries.get(i));
            tuples.remove(entries.get(i));
            assertThat(tuples.find(packet)).isSameAs(NONE);
        }
    }

    private static byte[] remote(int child, int host) {
        return new byte[] {(byte) 172, (byte) (child >>> 8), (byte) child, (byte) host};
    }

    private static AddressRange prefix(byte[] bytes, int length) {
        return AddressRange.ofPrefix(address(bytes), length);
    }
}
