package dev.culvert.esp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.esp.DataplaneCommand.InstallInboundSa;
import dev.culvert.esp.DataplaneCommand.InstallOutboundSa;
import dev.culvert.esp.DataplaneCommand.InstallPolicy;
import dev.culvert.esp.DataplaneCommand.RemoveInboundSa;
import dev.culvert.esp.DataplaneCommand.RemoveOutboundSa;
import dev.culvert.esp.DataplaneCommand.RemovePolicy;
import dev.culvert.esp.DataplaneCommand.UpdatePath;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import dev.culvert.esp.testing.SignalledTun;
import dev.culvert.esp.testing.Suites;
import dev.culvert.tun.UdpOptions;
import dev.culvert.tun.UdpSocketGroup;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both dataplanes with their threads, over real sockets on the loopback interface. */
@Timeout(60)
class DataplaneTest {

    private static final EspSuite SUITE = EspSuite.aead(Encryption.AES_GCM_16_128);
    private static final int LEFT_SPI = 0x1111_0001;
    private static final int RIGHT_SPI = 0x2222_0002;

    /** One end. */
    private static final class End implements AutoCloseable {
        private final SignalledTun tun;
        private final List<SignalledTun> tuns = new ArrayList<>();
        private final UdpSocketGroup ports;
        private final Dataplane dataplane;
        private final List<Throwable> faults = Collections.synchronizedList(new ArrayList<>());
        private volatile CountDownLatch wake = new CountDownLatch(1);

        End(int workers) throws Exception {
            this(1, workers);
        }

        End(int agents, int workers) throws Exception {
            ports =
                    UdpSocketGroup.open(
                            UdpOptions.boundTo(Packets.address("127.0.0.1"), 0), agents);
            tun = new SignalledTun();
            tuns.add(tun);
            final DataplaneConfig.Builder builder =
                    DataplaneConfig.builder(tun, List.of(ports.sockets().getFirst()), faults::add)
                            .batchPackets(8)
                            .workers(workers)
                            .controlWake(() -> wake.countDown());
            for (int i = 1; i < agents; i++) {
                tuns.add(new SignalledTun());
                builder.agent(tuns.get(i), List.of(ports.sockets().get(i)));
            }
            dataplane = new Dataplane(builder.build());
            dataplane.start();
        }

        InetSocketAddress address() {
            return ports.sockets().getFirst().localAddress();
        }

        DataplaneEvent nextEvent() throws InterruptedException {
            final List<DataplaneEvent> events = new ArrayList<>();
            while (dataplane.pollEvents(events::add, 1) == 0) {
                assertThat(wake.await(20, TimeUnit.SECONDS)).isTrue();
                wake = new CountDownLatch(1);
            }
            return events.getFirst();
        }

        @Override
        public void close() {
            dataplane.close();
            ports.close();
            tuns.forEach(SignalledTun::close);
            assertThat(faults).isEmpty();
        }
    }

    private End left;
    private End right;

    @BeforeEach
    void open() throws Exception {
        left = new End(0);
        right = new End(0);
    }

    @AfterEach
    void close() {
        left.close();
        right.close();
    }

    private static InstallOutboundSa outbound(int spi, boolean fromLeft, End from, End to) {
        return outbound(1, spi, selectors(fromLeft), from, to);
    }

    private static InstallOutboundSa outbound(
            long childId, int spi, SaSelectors selectors, End from, End to) {
        return new InstallOutboundSa(
                childId,
                spi,
                SUITE,
                EspKeys.split(SUITE, Suites.keyMaterial(SUITE, spi)),
                true,
                1,
                100,
                selectors,
                new SaPath(from.address(), to.address()),
                1500,
                TunnelOptions.DEFAULT,
                Lifetime.UNLIMITED);
    }

    private static InstallInboundSa inbound(int spi, boolean atLeft, End from, End to) {
        return inbound(1, spi, selectors(atLeft), from, to);
    }

    private static InstallInboundSa inbound(
            long childId, int spi, SaSelectors selectors, End from, End to) {
        return new InstallInboundSa(
                childId,
                spi,
                SUITE,
                EspKeys.split(SUITE, Suites.keyMaterial(SUITE, spi)),
                true,
                1024,
                selectors,
                new SaPath(to.address(), from.address()),
                true,
                TunnelOptions.DEFAULT,
                Lifetime.UNLIMITED);
    }

    private static SaSelectors selectors(boolean fromLeft) {
        final List<Selector> one = Sas.selectors("10.1.0.0/16", "fd01::/16");
        final List<Selector> other = Sas.selectors("10.2.0.0/16", "fd02::/16");
        return fromLeft ? new SaSelectors(one, other) : new SaSelectors(other, one);
    }

    private void installBothWays() {
        CompletableFuture.allOf(
                        right.dataplane.submit(inbound(LEFT_SPI, false, left, right)),
                        left.dataplane.submit(inbound(RIGHT_SPI, true, right, left)),
                        left.dataplane.submit(outbound(LEFT_SPI, true, left, right)),
                        right.dataplane.submit(outbound(RIGHT_SPI, false, right, left)))
                .join();
    }

    @Test
    void shouldCarryBothWaysWhenInstalled() throws Exception {
        installBothWays();
        for (int i = 0; i < 300; i++) {
            final byte[] there = Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(i * 4));
            final byte[] back = Packets.udp("fd02::1", 1, "fd01::1", 2, Packets.data(i * 3));
            left.tun.give(there);
            right.tun.give(back);
            assertThat(right.tun.written().poll(20, TimeUnit.SECONDS)).isEqualTo(there);
            assertThat(left.tun.written().poll(20, TimeUnit.SECONDS)).isEqualTo(back);
        }
        assertThat(left.dataplane.saStatuses()).hasSize(2);
        assertThat(
                        left.dataplane
                                .saStatus(Direction.OUTBOUND, 1, LEFT_SPI)
                                .orElseThrow()
                                .counters()
                                .packets())
                .isEqualTo(300);
        assertThat(left.dataplane.inboundCounters().droppedTotal()).isZero();
        assertThat(left.dataplane.outboundCounters().droppedTotal()).isZero();
    }

    @Test
    void shouldKeepOrderWhenWorkersSealAndOpen() throws Exception {
        close();
        left = new End(2);
        right = new End(3);
        installBothWays();
        for (int round = 0; round < 10; round++) {
            final List<byte[]> packets = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                packets.add(Packets.udp("10.1.0.1", i, "10.2.0.1", 2, Packets.data(1200)));
            }
            packets.forEach(left.tun::give);
            for (final byte[] packet : packets) {
                assertThat(right.tun.written().poll(20, TimeUnit.SECONDS)).isEqualTo(packet);
            }
        }
        assertThat(left.dataplane.outboundCounters().get(Counter.WORKER_PACKETS)).isPositive();
        assertThat(left.dataplane.outboundCounters().droppedTotal()).isZero();
        assertThat(right.dataplane.inboundCounters().droppedTotal()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 1", "2, 2", "4, 3"})
    void shouldCarryChildrenBothWaysWhenThereAreSeveralAgents(int agentsLeft, int agentsRight)
            throws Exception {
        close();
        left = new End(agentsLeft, 0);
        right = new End(agentsRight, 0);
        final int children = 5;
        for (int child = 0; child < children; child++) {
            final List<Selector> one = Sas.selectors("10.1." + child + ".0/24");
            final List<Selector> other = Sas.selectors("10.2." + child + ".0/24");
            final SaSelectors atLeft = new SaSelectors(one, other);
            final SaSelectors atRight = new SaSelectors(other, one);
            CompletableFuture.allOf(
                            left.dataplane.submit(
                                    inbound(child, RIGHT_SPI + child, atLeft, right, left)),
                            right.dataplane.submit(
                                    inbound(child, LEFT_SPI + child, atRight, left, right)),
                            left.dataplane.submit(
                                    outbound(child, LEFT_SPI + child, atLeft, left, right)),
                            right.dataplane.submit(
                                    outbound(child, RIGHT_SPI + child, atRight, right, left)))
                    .join();
        }
        final int rounds = 40;
        for (int i = 0; i < rounds; i++) {
            for (int child = 0; child < children; child++) {
                final String here = "10.1." + child + ".1";
                final String there = "10.2." + child + ".1";
                final byte[] request = Packets.udp(here, i, there, 2, Packets.data(i * 30));
                final byte[] answer = Packets.udp(there, 2, here, i, Packets.data(i * 20));
                // Each packet comes to some queue; what was opened leaves by the SA's own.
                left.tuns.get(i % agentsLeft).give(request);
                assertThat(owner(right, LEFT_SPI + child).written().poll(20, TimeUnit.SECONDS))
                        .isEqualTo(request);
                right.tuns.get((i + child) % agentsRight).give(answer);
                assertThat(owner(left, RIGHT_SPI + child).written().poll(20, TimeUnit.SECONDS))
                        .isEqualTo(answer);
            }
        }
        for (final End end : List.of(left, right)) {
            assertThat(end.dataplane.saStatuses()).hasSize(2 * children);
            final AgentCounters in = end.dataplane.inboundCounters();
            final AgentCounters out = end.dataplane.outboundCounters();
            assertThat(in.get(Counter.DATAGRAMS)).isEqualTo((long) rounds * children);
            assertThat(out.get(Counter.TUN_PACKETS)).isEqualTo((long) rounds * children);
            assertThat(in.get(Counter.HANDED_OVER)).as("the kernel knows them").isZero();
            if (end.tuns.size() > 1) {
                assertThat(out.get(Counter.HANDED_OVER)).isPositive();
            }
            assertThat(in.droppedTotal()).isZero();
            assertThat(out.droppedTotal()).isZero();
        }
        removeAll(children);
    }

    private static SignalledTun owner(End end, int spi) {
        return end.tuns.get(Integer.remainderUnsigned(spi, end.tuns.size()));
    }

    private void removeAll(int children) {
        for (int child = 0; child < children; child++) {
            CompletableFuture.allOf(
                            left.dataplane.submit(new RemoveOutboundSa(child, LEFT_SPI + child)),
                            left.dataplane.submit(new RemoveInboundSa(RIGHT_SPI + child)))
                    .join();
        }
        assertThat(left.dataplane.saStatuses()).isEmpty();
        left.tuns.getLast().give(Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, new byte[0]));
        await(() -> left.dataplane.outboundCounters().dropped(DropReason.NO_POLICY) == 1);
    }

    private static void await(BooleanSupplier condition) {
        final long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - startNs).isLessThan(TimeUnit.SECONDS.toNanos(20));
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldRefuseSharesAndWorkersForSeveralAgents() throws Exception {
        assertThatThrownBy(() ->
                        left.dataplane.submit(
                                new DataplaneCommand.ShareOutboundSa(
                                        1,
                                        LEFT_SPI,
                                        0,
                                        1,
                                        selectors(true),
                                        new SaPath(left.address(), right.address()))))
                .isInstanceOf(IllegalArgumentException.class);
        final DataplaneConfig.Builder both =
                DataplaneConfig.builder(left.tun, List.of(), error -> {})
                        .agent(left.tun, List.of())
                        .workers(1);
        assertThatThrownBy(both::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected one of them only");
    }

    @Test
    void shouldRaiseAcquireAndSendHeldPacketWhenTrapped() throws Exception {
        right.dataplane.submit(inbound(LEFT_SPI, false, left, right)).join();
        left.dataplane.submit(new InstallPolicy(5, 100, selectors(true), PolicyAction.TRAP)).join();
        final byte[] packet = Packets.echo("10.1.0.1", "10.2.0.1", 56);
        left.tun.give(packet);
        assertThat(left.nextEvent())
                .isEqualTo(
                        new DataplaneEvent.Acquire(
                                5,
                                Packets.address("10.1.0.1"),
                                Packets.address("10.2.0.1"),
                                1,
                                0x0800,
                                0x0800));
        left.dataplane.submit(outbound(LEFT_SPI, true, left, right)).join();
        assertThat(right.tun.written().poll(20, TimeUnit.SECONDS)).isEqualTo(packet);
    }

    @Test
    void shouldExchangeIkeMessagesWhenSentFromTheControlThread() throws Exception {
        final byte[] message = Packets.data(777);
        assertThat(left.dataplane.sendIke(left.address(), right.address(), message, 46)).isTrue();
        assertThat(left.dataplane.sendKeepalive(left.address(), right.address())).isTrue();
        assertThat(right.nextEvent())
                .isInstanceOfSatisfying(
                        DataplaneEvent.IkeDatagram.class,
                        ike -> {
                            assertThat(ike.message()).isEqualTo(message);
                            assertThat(ike.remote()).isEqualTo(left.address());
                            assertThat(ike.local()).isEqualTo(right.address());
                        });
        final InetSocketAddress elsewhere =
                new InetSocketAddress(Packets.address("127.0.0.1"), right.address().getPort());
        assertThat(left.dataplane.sendIke(elsewhere, right.address(), message, 46))
                .as("not our port")
                .isFalse();
        assertThat(left.dataplane.ikeSendFailures()).isEqualTo(1);
    }

    @Test
    void shouldApplyInOrderWhenThereAreMoreCommandsThanTheRingHolds() {
        final List<CompletableFuture<Void>> applied = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            applied.add(
                    left.dataplane.submit(
                            new InstallPolicy(i, 1, selectors(true), PolicyAction.DROP)));
            applied.add(left.dataplane.submit(new RemovePolicy(i)));
        }
        CompletableFuture.allOf(applied.toArray(new CompletableFuture<?>[0])).join();
        left.dataplane.submit(inbound(RIGHT_SPI, true, right, left)).join();
        left.dataplane
                .submit(new UpdatePath(1, new SaPath(left.address(), right.address())))
                .join();
    }

    @Test
    void shouldFailWhenSubmittedAfterClose() {
        left.dataplane.close();
        left.dataplane.close();
        assertThatThrownBy(() -> left.dataplane.submit(new RemovePolicy(1)).join())
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        final InstallOutboundSa refused = outbound(LEFT_SPI, true, left, right);
        assertThat(left.dataplane.submit(refused)).isCompletedExceptionally();
        assertThat(refused.keys().isDestroyed()).isTrue();
    }
}
