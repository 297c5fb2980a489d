package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand.InstallPolicy;
import dev.culvert.esp.DataplaneCommand.RemoveOutboundSa;
import dev.culvert.esp.DataplaneCommand.RemovePolicy;
import dev.culvert.esp.DataplaneCommand.UpdatePath;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.Direction;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.Lifetime;
import dev.culvert.esp.PolicyAction;
import dev.culvert.esp.SaPath;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.policy.AcquireLimits;
import dev.culvert.esp.testing.AgentRig;
import dev.culvert.esp.testing.FakePort.Datagram;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import dev.culvert.esp.testing.Suites;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Policies, waiting packets, limits and sockets that misbehave. */
class OutboundTest {

    private static final int EAGAIN = 11;
    private static final int EPERM = 1;

    private final Sas sas = new Sas();
    private AgentRig left = Sas.leftRig();

    private static byte[] inner(int dataBytes) {
        return Packets.udp("10.1.0.1", 1000, "10.2.0.1", 2000, Packets.data(dataBytes));
    }

    private InstallPolicy policy(PolicyAction action) {
        return new InstallPolicy(77, sas.priority, new SaSelectors(sas.left, sas.right), action);
    }

    @Test
    void shouldCountMalformedWhenTunGivesNoIpPacket() {
        left.apply(sas.outbound());
        assertThat(left.send(new byte[] {0x45, 0, 0})).isEmpty();
        assertThat(left.send(new byte[60])).isEmpty();
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.INNER_MALFORMED, 2L));
    }

    @Test
    void shouldCountTtlWhenItIsZero() {
        left.apply(sas.outbound());
        final byte[] packet =
                Packets.ip(
                        Packets.address("fd01::1"),
                        Packets.address("fd02::1"),
                        Packets.UDP,
                        0,
                        0,
                        false,
                        new byte[8]);
        assertThat(left.send(packet)).isEmpty();
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.INNER_TTL_ZERO, 1L));
    }

    @Test
    void shouldCountNoPolicyWhenNothingMatches() {
        left.apply(sas.outbound());
        assertThat(left.send(Packets.udp("10.1.0.1", 1, "10.9.0.1", 2, new byte[4]))).isEmpty();
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.NO_POLICY, 1L));
    }

    @Test
    void shouldDropWhenPolicySaysSo() {
        left.apply(policy(PolicyAction.DROP));
        assertThat(left.send(inner(1))).isEmpty();
        left.apply(policy(PolicyAction.PROTECT));
        assertThat(left.send(inner(1))).isEmpty();
        left.apply(policy(PolicyAction.PASS));
        assertThat(left.send(inner(1))).isEmpty();
        left.apply(new RemovePolicy(77));
        assertThat(left.send(inner(1))).isEmpty();
        assertThat(left.drops())
                .containsExactly(
                        Map.entry(DropReason.NO_POLICY, 1L),
                        Map.entry(DropReason.POLICY_DROP, 1L),
                        Map.entry(DropReason.NO_SA, 1L),
                        Map.entry(DropReason.CLEAR_UNAVAILABLE, 1L));
    }

    @Test
    void shouldPassInClearWhenPolicySaysSoAndThereIsAPort() {
        final List<byte[]> clear = new ArrayList<>();
        left =
                new AgentRig(
                        Sas.LEFT,
                        Sas.LEFT6,
                        builder ->
                                builder.clearPort((buffer, offset, length) -> {
                                    final byte[] copy = new byte[length];
                                    buffer.getBytes(offset, copy);
                                    return clear.add(copy);
                                }));
        left.apply(policy(PolicyAction.PASS));
        assertThat(left.send(inner(9))).isEmpty();
        assertThat(clear).containsExactly(inner(9));
        assertThat(left.outCount(Counter.PASSED_CLEAR)).isEqualTo(1);
        assertThat(left.drops()).isEmpty();
    }

    @Test
    void shouldHoldAndSendInOrderWhenTrapped() {
        left.apply(policy(PolicyAction.TRAP));
        for (int i = 0; i < 10; i++) {
            assertThat(left.send(inner(i))).isEmpty();
        }
        assertThat(left.events())
                .singleElement()
                .isEqualTo(
                        new DataplaneEvent.Acquire(
                                77,
                                Packets.address("10.1.0.1"),
                                Packets.address("10.2.0.1"),
                                Packets.UDP,
                                1000,
                                2000));
        left.apply(sas.outbound());
        final List<Datagram> sent = left.ipv4.take();
        assertThat(sent).hasSize(10);
        for (int i = 0; i < 10; i++) {
            final byte[] expected = inner(i);
            assertThat(sas.bouncy().open(i + 1L, sent.get(i).bytes()))
                    .hasValueSatisfying(opened -> assertThat(opened).startsWith(expected));
        }
        assertThat(left.send(inner(1))).as("goes straight through now").hasSize(1);
        assertThat(left.drops()).isEmpty();
        assertThat(left.outCount(Counter.TRAPPED)).isEqualTo(10);
    }

    @Test
    void shouldKeepWaitingWhenSaIsForOtherTraffic() {
        left.apply(policy(PolicyAction.TRAP));
        left.send(inner(5));
        sas.right = Sas.selectors("10.2.99.0/24");
        left.apply(sas.outbound());
        assertThat(left.ipv4.take()).isEmpty();
        assertThat(left.drops()).isEmpty();
        left.advanceNs(AcquireLimits.DEFAULT.holdNs());
        left.run();
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.ACQUIRE_EXPIRED, 1L));
    }

    @Test
    void shouldExpireWhenNoSaComes() {
        left.apply(policy(PolicyAction.TRAP));
        left.send(inner(1));
        left.send(inner(2));
        left.advanceNs(AcquireLimits.DEFAULT.holdNs() - 1);
        left.run();
        assertThat(left.drops()).isEmpty();
        left.advanceNs(200_000_000);
        left.run();
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.ACQUIRE_EXPIRED, 2L));
        assertThat(left.events()).contains(new DataplaneEvent.AcquireExpired(77, 2));
        left.apply(sas.outbound());
        assertThat(left.ipv4.take()).isEmpty();
    }

    @Test
    void shouldAskAgainWhenPacketsKeepComing() {
        left.apply(policy(PolicyAction.TRAP));
        for (int second = 0; second < 5; second++) {
            for (int i = 0; i < 5; i++) {
                left.send(inner(1));
            }
            left.advanceNs(1_000_000_000);
        }
        assertThat(left.outCount(Counter.ACQUIRES)).isEqualTo(5);
    }

    @Test
    void shouldAskAtOnceWhenTheSaWasAnsweredAndIsGoneAgain() {
        left.apply(policy(PolicyAction.TRAP));
        left.send(inner(1));
        left.apply(sas.outbound());
        left.apply(new RemoveOutboundSa(1, Sas.SPI));
        left.send(inner(2));
        assertThat(left.outCount(Counter.ACQUIRES)).isEqualTo(2);
    }

    @Test
    void shouldNotAskAgainAtOnceWhenSaIsForOtherTraffic() {
        left.apply(policy(PolicyAction.TRAP));
        left.send(inner(5));
        sas.right = Sas.selectors("10.2.99.0/24");
        left.apply(sas.outbound());
        left.send(inner(5));
        assertThat(left.outCount(Counter.ACQUIRES)).isEqualTo(1);
    }

    @Test
    void shouldDropWhenTooMuchWaits() {
        left =
                new AgentRig(
                        Sas.LEFT,
                        Sas.LEFT6,
                        builder ->
                                builder.acquireLimits(
                                        new AcquireLimits(4, 1000, 1200, 1_000_000_000, 1)));
        left.apply(policy(PolicyAction.TRAP));
        for (int i = 0; i < 6; i++) {
            left.send(inner(10));
        }
        assertThat(left.drops()).as("packets").containsEntry(DropReason.ACQUIRE_QUEUE_FULL, 2L);
        left.apply(new RemovePolicy(77));
        assertThat(left.drops()).containsEntry(DropReason.ACQUIRE_EXPIRED, 4L);
        left.apply(policy(PolicyAction.TRAP));
        left.send(inner(600));
        left.send(inner(600));
        assertThat(left.drops()).as("bytes").containsEntry(DropReason.ACQUIRE_QUEUE_FULL, 3L);
        left.apply(
                new InstallPolicy(
                        78,
                        1,
                        new SaSelectors(Sas.selectors("10.8.0.0/16"), Sas.selectors("10.9.0.0/16")),
                        PolicyAction.TRAP));
        left.send(Packets.udp("10.8.0.1", 1, "10.9.0.1", 1, new byte[600]));
        assertThat(left.drops()).as("in all").containsEntry(DropReason.ACQUIRE_QUEUE_FULL, 4L);
    }

    @Test
    void shouldUseTheNewestWhenSaIsRekeyed() {
        left.apply(sas.outbound());
        final Sas rekeyed = new Sas();
        rekeyed.spi = Sas.SPI + 1;
        left.apply(rekeyed.outbound());
        assertThat(spiOf(left.send(inner(1)))).isEqualTo(rekeyed.spi);
        left.apply(new RemoveOutboundSa(1, Sas.SPI));
        assertThat(spiOf(left.send(inner(1)))).isEqualTo(rekeyed.spi);
        left.apply(new RemoveOutboundSa(1, rekeyed.spi));
        assertThat(left.send(inner(1))).isEmpty();
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.NO_POLICY, 1L));
        assertThat(left.registry.all()).isEmpty();
    }

    @Test
    void shouldPreferSaWhenPolicyIsEquallySpecific() {
        left.apply(sas.outbound());
        left.apply(policy(PolicyAction.TRAP));
        assertThat(left.send(inner(1))).hasSize(1);
        left.apply(new RemoveOutboundSa(1, Sas.SPI));
        assertThat(left.send(inner(1))).isEmpty();
        assertThat(left.outCount(Counter.TRAPPED)).isEqualTo(1);
    }

    @Test
    void shouldRefuseWhenSaIsThereAlready() {
        left.apply(sas.outbound());
        assertThatThrownBy(() -> left.apply(sas.outbound()))
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("remove it first");
    }

    @Test
    void shouldRefuseWhenNoPortHasTheLocalAddress() {
        assertThatThrownBy(() ->
                        left.apply(
                                new UpdatePath(
                                        1,
                                        new SaPath(
                                                new InetSocketAddress(
                                                        Packets.address(Sas.LEFT), 4999),
                                                sas.rightAddress()))))
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("4999");
    }

    @Test
    void shouldDestroyKeysWhenInstalled() {
        final var command = sas.outbound();
        left.apply(command);
        assertThat(command.keys().isDestroyed()).isTrue();
    }

    @Test
    void shouldSendToNewAddressWhenPathIsUpdated() {
        left.apply(sas.outbound());
        final InetSocketAddress moved =
                new InetSocketAddress(Packets.address("198.51.100.7"), 40000);
        left.apply(new UpdatePath(1, new SaPath(sas.leftAddress(), moved)));
        assertThat(left.send(inner(1)).getFirst().to()).isEqualTo(moved);
        sas.outerIpv6 = true;
        left.apply(new UpdatePath(1, new SaPath(sas.leftAddress(), sas.rightAddress())));
        assertThat(left.send(inner(1)).getFirst().to()).isEqualTo(sas.rightAddress());
    }

    @Test
    void shouldStopWhenSequenceNumbersAreUsedUp() {
        sas.firstSequence = 0xFFFF_FFFEL;
        left.apply(sas.outbound());
        assertThat(left.send(inner(1))).hasSize(1);
        final List<Datagram> last = left.send(inner(1));
        assertThat(ByteBuffer.wrap(last.getFirst().bytes()).getInt(4)).isEqualTo(-1);
        assertThat(left.events())
                .containsExactly(
                        new DataplaneEvent.SoftLimit(1, Sas.SPI, Direction.OUTBOUND),
                        new DataplaneEvent.HardLimit(1, Sas.SPI, Direction.OUTBOUND));
        for (int i = 0; i < 3; i++) {
            assertThat(left.send(inner(1))).isEmpty();
        }
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.HARD_LIMIT, 3L));
        assertThat(left.events()).as("once").isEmpty();
    }

    @Test
    void shouldRaiseLimitsWhenVolumeIsUsedUp() {
        sas.lifetime = new Lifetime(0, 0, 3, 5);
        left.apply(sas.outbound());
        for (int i = 1; i <= 2; i++) {
            left.send(inner(1));
        }
        assertThat(left.events()).isEmpty();
        left.send(inner(1));
        assertThat(left.events())
                .containsExactly(new DataplaneEvent.SoftLimit(1, Sas.SPI, Direction.OUTBOUND));
        left.send(inner(1));
        assertThat(left.send(inner(1))).hasSize(1);
        assertThat(left.events())
                .containsExactly(new DataplaneEvent.HardLimit(1, Sas.SPI, Direction.OUTBOUND));
        assertThat(left.send(inner(1))).isEmpty();
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.HARD_LIMIT, 1L));
    }

    @Test
    void shouldRaiseLimitsWhenBytesAreUsedUp() {
        sas.lifetime = new Lifetime(200, 400, 0, 0);
        left.apply(sas.outbound());
        for (int i = 0; i < 4; i++) {
            left.send(inner(72));
        }
        assertThat(left.events())
                .containsExactly(
                        new DataplaneEvent.SoftLimit(1, Sas.SPI, Direction.OUTBOUND),
                        new DataplaneEvent.HardLimit(1, Sas.SPI, Direction.OUTBOUND));
    }

    @Test
    void shouldWaitAndSendWhenSocketIsFullForAMoment() {
        left.apply(sas.outbound());
        left.ipv4.failNextSend(EAGAIN);
        assertThat(left.send(inner(1))).hasSize(1);
        assertThat(left.outCount(Counter.SEND_WAITS)).isEqualTo(1);
        assertThat(left.drops()).isEmpty();
    }

    @Test
    void shouldDropWhenSocketStaysFull() {
        left.apply(sas.outbound());
        left.ipv4.stayFull(true);
        assertThat(left.send(inner(1))).isEmpty();
        left.ipv4.stayFull(false);
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.SEND_BLOCKED, 1L));
        final List<Datagram> next = left.send(inner(1));
        assertThat(ByteBuffer.wrap(next.getFirst().bytes()).getInt(4))
                .as("the number of the lost packet is not used again")
                .isEqualTo(2);
    }

    @Test
    void shouldDropOneWhenSocketRefusesOne() {
        left.apply(sas.outbound());
        left.ipv4.failNextSend(EPERM);
        left.tun.give(inner(1));
        assertThat(left.send(inner(2))).hasSize(1);
        assertThat(left.drops()).containsExactly(Map.entry(DropReason.SEND_FAILED, 1L));
    }

    @Test
    void shouldNeverReuseASequenceNumberWhenSuitesDiffer() {
        sas.suite = EspSuite.aead(Encryption.CHACHA20_POLY1305);
        sas.keyMaterial = Suites.keyMaterial(sas.suite, 2);
        left.apply(sas.outbound());
        for (int i = 1; i <= 300; i++) {
            if (i % 3 == 0) {
                left.ipv4.failNextSend(EPERM);
            }
            for (final Datagram datagram : left.send(inner(i))) {
                assertThat(ByteBuffer.wrap(datagram.bytes()).getInt(4)).isEqualTo(i);
                assertThat(ByteBuffer.wrap(datagram.bytes()).getLong(8)).isEqualTo(i);
            }
        }
    }

    private static int spiOf(List<Datagram> sent) {
        assertThat(sent).hasSize(1);
        return ByteBuffer.wrap(sent.getFirst().bytes()).getInt();
    }
}
