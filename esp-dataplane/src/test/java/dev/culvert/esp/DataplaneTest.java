package dev.culvert.esp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.esp.DataplaneCommand.InstallInboundSa;
import dev.culvert.esp.DataplaneCommand.InstallOutboundSa;
import dev.culvert.esp.DataplaneCommand.InstallPolicy;
import dev.culvert.esp.DataplaneCommand.RemovePolicy;
import dev.culvert.esp.DataplaneCommand.UpdatePath;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import dev.culvert.esp.testing.SignalledTun;
import dev.culvert.esp.testing.Suites;
import dev.culvert.tun.UdpOptions;
import dev.culvert.tun.UdpSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Both dataplanes with their threads, over real sockets on the loopback interface. */
@Timeout(60)
class DataplaneTest {

    private static final EspSuite SUITE = EspSuite.aead(Encryption.AES_GCM_16_128);
    private static final int LEFT_SPI = 0x1111_0001;
    private static final int RIGHT_SPI = 0x2222_0002;

    /** One end. */
    private static final class End implements AutoCloseable {
        private final SignalledTun tun;
        private final UdpSocket port;
        private final Dataplane dataplane;
        private final List<Throwable> faults = Collections.synchronizedList(new ArrayList<>());
        private volatile CountDownLatch wake = new CountDownLatch(1);

        End(int workers) throws Exception {
            tun = new SignalledTun();
            port = UdpSocket.open(UdpOptions.boundTo(Packets.address("127.0.0.1"), 0));
            dataplane =
                    new Dataplane(
                            DataplaneConfig.builder(tun, List.of(port), faults::add)
                                    .batchPackets(8)
                                    .workers(workers)
                                    .controlWake(() -> wake.countDown())
                                    .build());
            dataplane.start();
        }

        InetSocketAddress address() {
            return port.localAddress();
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
            port.close();
            tun.close();
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
        return new InstallOutboundSa(
                1,
                spi,
                SUITE,
                EspKeys.split(SUITE, Suites.keyMaterial(SUITE, spi)),
                true,
                1,
                100,
                selectors(fromLeft),
                new SaPath(from.address(), to.address()),
                1500,
                TunnelOptions.DEFAULT,
                Lifetime.UNLIMITED);
    }

    private static InstallInboundSa inbound(int spi, boolean atLeft, End from, End to) {
        return new InstallInboundSa(
                1,
                spi,
                SUITE,
                EspKeys.split(SUITE, Suites.keyMaterial(SUITE, spi)),
                true,
                1024,
                selectors(atLeft),
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
