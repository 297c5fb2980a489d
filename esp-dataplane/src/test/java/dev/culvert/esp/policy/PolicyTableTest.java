package dev.culvert.esp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.AddressRange;
import dev.culvert.esp.DataplaneCommand.InstallPolicy;
import dev.culvert.esp.PolicyAction;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.Selector;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.sa.SelectorSet;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class PolicyTableTest {

    private final InnerPacket packet = new InnerPacket();

    /** The definition of a match, on BigIntegers and without any preparation. */
    private static boolean matches(
            Selector selector, boolean local, Facts facts, boolean outbound) {
        final InetAddress address = local == outbound ? facts.source : facts.destination;
        final int port = local == outbound ? facts.sourcePort : facts.destinationPort;
        final byte[] bytes = address.getAddress();
        if (bytes.length != selector.addresses().from().getAddress().length) {
            return false;
        }
        final BigInteger value = new BigInteger(1, bytes);
        final boolean inRange =
                value.compareTo(new BigInteger(1, selector.addresses().from().getAddress())) >= 0
                        && value.compareTo(
                                        new BigInteger(1, selector.addresses().to().getAddress()))
                                <= 0;
        final boolean protocol = selector.protocol() == 0 || selector.protocol() == facts.protocol;
        final boolean anyPort = selector.portFrom() == 0 && selector.portTo() == 65535;
        final boolean ports =
                anyPort
                        || (facts.portsVisible
                                ? port >= selector.portFrom() && port <= selector.portTo()
                                : selector.portFrom() > selector.portTo());
        return inRange && protocol && ports;
    }

    private static boolean matches(SaSelectors selectors, Facts facts, boolean outbound) {
        return selectors.local().stream().anyMatch(s -> matches(s, true, facts, outbound))
                && selectors.remote().stream().anyMatch(s -> matches(s, false, facts, outbound));
    }

    private record Facts(
            InetAddress source,
            InetAddress destination,
            int protocol,
            int sourcePort,
            int destinationPort,
            boolean portsVisible) {

        byte[] packet() {
            final byte[] transport = new byte[8];
            if (protocol == Packets.ICMP || protocol == Packets.ICMPV6) {
                ByteBuffer.wrap(transport).putShort((short) sourcePort);
            } else {
                ByteBuffer.wrap(transport)
                        .putShort((short) sourcePort)
                        .putShort((short) destinationPort);
            }
            final byte[] packet =
                    Packets.ip(source, destination, protocol, 0, 64, false, transport);
            if (!portsVisible && hasPorts(protocol) && source.getAddress().length == 4) {
                // A later fragment.
                packet[7] = 5;
            }
            return packet;
        }
    }

    private static boolean hasPorts(int protocol) {
        return protocol != 47;
    }

    private static Facts randomFacts(Random random) {
        final boolean ipv6 = random.nextInt(3) == 0;
        final int protocol =
                switch (random.nextInt(4)) {
                    case 0 -> Packets.TCP;
                    case 1 -> Packets.UDP;
                    case 2 -> 47;
                    default -> ipv6 ? Packets.ICMPV6 : Packets.ICMP;
                };
        final int port = random.nextInt(20);
        final boolean icmp = protocol == Packets.ICMP || protocol == Packets.ICMPV6;
        final boolean visible = hasPorts(protocol) && (ipv6 || random.nextInt(5) != 0);
        return new Facts(
                randomAddress(random, ipv6),
                randomAddress(random, ipv6),
                protocol,
                visible ? port : 0,
                visible ? (icmp ? port : random.nextInt(20)) : 0,
                visible);
    }

    /** Few enough that ranges and addresses meet often, and around the signs of bytes and longs. */
    private static InetAddress randomAddress(Random random, boolean ipv6) {
        final byte[] bytes = new byte[ipv6 ? 16 : 4];
        bytes[0] = (byte) (random.nextBoolean() ? 0x7F : 0x80);
        if (ipv6) {
            bytes[7] = (byte) (random.nextInt(3) - 1);
            bytes[8] = (byte) (random.nextBoolean() ? 0x7F : 0x80);
        }
        bytes[bytes.length - 1] = (byte) random.nextInt(256);
        return address(bytes);
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Selector randomSelector(Random random, boolean ipv6) {
        InetAddress from = randomAddress(random, ipv6);
        InetAddress to = randomAddress(random, ipv6);
        if (new BigInteger(1, from.getAddress()).compareTo(new BigInteger(1, to.getAddress()))
                > 0) {
            final InetAddress swapped = from;
            from = to;
            to = swapped;
        }
        final int[] protocols = {0, 0, Packets.TCP, Packets.UDP, 47, ipv6 ? 58 : 1};
        final int protocol = protocols[random.nextInt(protocols.length)];
        final int low = random.nextInt(20);
        return switch (random.nextInt(5)) {
            case 0 -> new Selector(new AddressRange(from, to), protocol, 65535, 0);
            case 1 ->
                    new Selector(
                            new AddressRange(from, to), protocol, low, low + random.nextInt(10));
            default -> new Selector(new AddressRange(from, to), protocol, 0, 65535);
        };
    }

    private static SaSelectors randomSelectors(Random random) {
        final List<Selector> local = new ArrayList<>();
        final List<Selector> remote = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            local.add(randomSelector(random, random.nextInt(3) == 0));
        }
        for (int i = 0; i <= random.nextInt(3); i++) {
            remote.add(randomSelector(random, random.nextInt(3) == 0));
        }
        return new SaSelectors(local, remote);
    }

    private void wrap(Facts facts) {
        final byte[] bytes = facts.packet();
        assertThat(packet.wrap(new UnsafeBuffer(bytes), 0, bytes.length)).isTrue();
        assertThat(packet.hasPorts()).isEqualTo(facts.portsVisible);
    }

    @Test
    void shouldFindTheFirstByPriorityWhenManyMatch() {
        int found = 0;
        for (long seed = 1; seed <= 100; seed++) {
            final Random random = new Random(seed);
            final PolicyTable table = new PolicyTable();
            final List<InstallPolicy> policies = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                // Distinct priorities: the first match is the only right answer.
                final InstallPolicy policy =
                        new InstallPolicy(
                                i,
                                random.nextInt(1000) * 40 + i,
                                randomSelectors(random),
                                PolicyAction.DROP);
                table.add(policy);
                policies.add(policy);
            }
            for (int i = 0; i < 10; i++) {
                final InstallPolicy gone = policies.remove(random.nextInt(policies.size()));
                table.remove(gone.policyId());
            }
            for (int i = 0; i < 200; i++) {
                final Facts facts = randomFacts(random);
                wrap(facts);
                final Optional<Long> expected =
                        policies.stream()
                                .filter(policy -> matches(policy.selectors(), facts, true))
                                .min((a, b) -> Integer.compare(a.priority(), b.priority()))
                                .map(InstallPolicy::policyId);
                final PolicyEntry entry = table.lookup(packet);
                final Optional<Long> actual =
                        entry instanceof PolicyEntry.Policy policy
                                ? Optional.of(policy.policyId())
                                : Optional.empty();
                assertThat(actual).as("seed %s, %s", seed, facts).isEqualTo(expected);
                found += actual.isPresent() ? 1 : 0;
            }
        }
        assertThat(found).as("enough lookups that found something").isBetween(3_000, 18_000);
    }

    @Test
    void shouldCheckInboundLikeTheDefinitionWhenSelectorsAreRandom() {
        int matched = 0;
        for (long seed = 1; seed <= 40_000; seed++) {
            final Random random = new Random(seed);
            final SaSelectors selectors = randomSelectors(random);
            final Facts facts = randomFacts(random);
            wrap(facts);
            final boolean expected = matches(selectors, facts, false);
            assertThat(SelectorSet.of(selectors).matchesInbound(packet))
                    .as("seed %s, %s, %s", seed, facts, selectors)
                    .isEqualTo(expected);
            matched += expected ? 1 : 0;
        }
        assertThat(matched).isBetween(400, 20_000);
    }

    @Test
    void shouldPreferTheMoreSpecificWhenPrioritiesAreEqual() {
        final PolicyTable table = new PolicyTable();
        add(
                table,
                1,
                Sas.selector("0.0.0.0/0", 0, 0, 65535),
                Sas.selector("0.0.0.0/0", 0, 0, 65535));
        add(
                table,
                2,
                Sas.selector("10.0.0.0/8", 0, 0, 65535),
                Sas.selector("10.2.0.0/16", 0, 0, 65535));
        add(
                table,
                3,
                Sas.selector("10.0.0.0/8", 17, 0, 65535),
                Sas.selector("10.2.0.0/16", 0, 0, 65535));
        add(
                table,
                4,
                Sas.selector("10.0.0.0/8", 17, 0, 65535),
                Sas.selector("10.2.0.0/16", 17, 53, 53));
        add(
                table,
                5,
                Sas.selector("10.0.0.0/8", 0, 0, 65535),
                Sas.selector("10.2.0.9/32", 0, 0, 65535));
        assertThat(lookup(table, Packets.udp("10.1.0.1", 9, "10.2.0.1", 53, new byte[1])))
                .isEqualTo(4);
        assertThat(lookup(table, Packets.udp("10.1.0.1", 9, "10.2.0.1", 54, new byte[1])))
                .isEqualTo(3);
        assertThat(lookup(table, Packets.echo("10.1.0.1", "10.2.0.1", 1))).isEqualTo(2);
        assertThat(lookup(table, Packets.udp("10.1.0.1", 9, "10.2.0.9", 53, new byte[1])))
                .isEqualTo(5);
        assertThat(lookup(table, Packets.udp("10.1.0.1", 9, "10.3.0.1", 53, new byte[1])))
                .isEqualTo(1);
        table.remove(4);
        assertThat(lookup(table, Packets.udp("10.1.0.1", 9, "10.2.0.1", 53, new byte[1])))
                .isEqualTo(3);
    }

    @Test
    void shouldPreferTheNewestWhenEqual() {
        final PolicyTable table = new PolicyTable();
        final Selector any = Sas.selector("10.0.0.0/8", 0, 0, 65535);
        add(table, 1, any, any);
        add(table, 2, any, any);
        assertThat(lookup(table, Packets.echo("10.1.0.1", "10.2.0.1", 1))).isEqualTo(2);
        add(table, 1, any, any);
        assertThat(lookup(table, Packets.echo("10.1.0.1", "10.2.0.1", 1))).isEqualTo(1);
    }

    @Test
    void shouldMatchIcmpTypeAndCodeWhenEitherSideRestrictsThem() {
        final PolicyTable table = new PolicyTable();
        add(
                table,
                1,
                Sas.selector("10.1.0.0/16", 1, 0x0800, 0x08FF),
                Sas.selector("10.2.0.0/16", 1, 0, 65535));
        assertThat(lookup(table, Packets.echo("10.1.0.1", "10.2.0.1", 1))).isEqualTo(1);
        final byte[] reply = Packets.echo("10.1.0.1", "10.2.0.1", 1);
        reply[20] = 0;
        assertThat(lookup(table, reply)).isEqualTo(-1);
    }

    private static void add(PolicyTable table, long id, Selector local, Selector remote) {
        table.add(
                new InstallPolicy(
                        id,
                        100,
                        new SaSelectors(List.of(local), List.of(remote)),
                        PolicyAction.DROP));
    }

    private long lookup(PolicyTable table, byte[] bytes) {
        assertThat(packet.wrap(new UnsafeBuffer(bytes), 0, bytes.length)).isTrue();
        return table.lookup(packet) instanceof PolicyEntry.Policy policy ? policy.policyId() : -1;
    }
}
