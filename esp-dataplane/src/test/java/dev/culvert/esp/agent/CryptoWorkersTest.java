package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand.RemoveInboundSa;
import dev.culvert.esp.DataplaneCommand.RemoveOutboundSa;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.Direction;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.Lifetime;
import dev.culvert.esp.Offload;
import dev.culvert.esp.Offloads;
import dev.culvert.esp.SaCounters;
import dev.culvert.esp.testing.AgentRig;
import dev.culvert.esp.testing.FakePort.Datagram;
import dev.culvert.esp.testing.GatedCiphers;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import dev.culvert.esp.testing.SuperPackets;
import dev.culvert.esp.testing.SuperPackets.Shape;
import dev.culvert.esp.testing.TrafficMix;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers that are held up, overtake each other and fail: nobody outside may notice. */
@Timeout(60)
class CryptoWorkersTest {

    private static final int STREAM = SuperPackets.ACK | SuperPackets.PSH;
    private static final int SLICE_BYTES = 1348;

    private final Sas sas = new Sas();
    private final GatedCiphers ciphers = new GatedCiphers();
    private final List<AgentRig> rigs = new ArrayList<>();

    private AgentRig rig(int workers, String ipv4, String ipv6, Set<Offload> offloads) {
        final AgentRig rig =
                new AgentRig(
                        ipv4,
                        ipv6,
                        builder ->
                                builder.workers(workers)
                                        .batchPackets(64)
                                        .cipherProviders(ciphers)
                                        .offloads(new Offloads(offloads)));
        rigs.add(rig);
        return rig;
    }

    private AgentRig left(int workers) {
        return rig(workers, Sas.LEFT, Sas.LEFT6, Set.of(Offload.values()));
    }

    /** Without joining: which packets come together depends on when workers are done. */
    private AgentRig right(int workers) {
        return rig(workers, Sas.RIGHT, Sas.RIGHT6, Set.of(Offload.UDP_GRO));
    }

    @AfterEach
    void close() {
        ciphers.openGates();
        rigs.forEach(AgentRig::close);
    }

    private static void give(AgentRig rig, Shape shape) {
        rig.tun.giveSuper(shape.superPacket(), shape.gsoType(), SLICE_BYTES);
    }

    private static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }

    private static List<Long> sequences(List<Datagram> datagrams) {
        return datagrams.stream()
                .map(datagram -> ByteBuffer.wrap(datagram.bytes()).getInt(4) & 0xFFFF_FFFFL)
                .toList();
    }

    private static List<Long> numbers(long from, int count) {
        final List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(from + i);
        }
        return numbers;
    }

    @Test
    void shouldSendInOrderWhenALaterWorkerIsFirst() {
        final AgentRig left = left(2);
        left.apply(sas.outbound());
        ciphers.closeGate(1);
        for (int i = 0; i < 3; i++) {
            give(left, SuperPackets.tcp(false, STREAM, 60_000));
        }
        left.doWork();
        until(() -> ciphers.sealed(2) == 45);
        left.doWork();
        assertThat(left.ipv4.take()).as("the first job is held up").isEmpty();

        ciphers.openGates();
        left.run();
        assertThat(sequences(left.ipv4.take())).isEqualTo(numbers(1, 135));
        assertThat(ciphers.sealed(1)).isEqualTo(90);
        assertThat(left.outCount(Counter.WORKER_PACKETS)).isEqualTo(135);
        assertThat(left.drops()).isEmpty();
    }

    @Test
    void shouldSealItselfWhenNoWorkerHasRoom() {
        final AgentRig left = left(1);
        left.apply(sas.outbound());
        ciphers.closeGate(1);
        // Two or three fit the worker and its ring.
        for (int i = 0; i < 4; i++) {
            give(left, SuperPackets.tcp(false, STREAM, 60_000));
        }
        final Thread opener = openLater(() -> ciphers.sealed(0) >= 45);
        left.run();
        join(opener);
        assertThat(sequences(left.ipv4.take())).isEqualTo(numbers(1, 180));
        assertThat(ciphers.sealed(0)).isBetween(45, 90);
        assertThat(left.drops()).isEmpty();
    }

    @Test
    void shouldForgetTheKeysOnlyAfterAllIsSealedWhenTheSaIsRemoved() {
        final AgentRig left = left(2);
        left.apply(sas.outbound());
        ciphers.closeGate(1);
        ciphers.closeGate(2);
        give(left, SuperPackets.tcp(false, STREAM, 60_000));
        give(left, SuperPackets.tcp(false, STREAM, 60_000));
        left.doWork();
        assertThat(left.jobsUnderWay()).isEqualTo(2);

        final Thread agent = Thread.currentThread();
        final Thread opener = openLater(() -> isBlocked(agent));
        left.apply(new RemoveOutboundSa(sas.childId, sas.spi));
        join(opener);
        assertThat(sequences(left.ipv4.take())).isEqualTo(numbers(1, 90));
        assertThat(ciphers.destroyed()).isEqualTo(3);
        assertThat(ciphers.usedAfterDestroy()).isZero();
        assertThat(left.send(Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, new byte[9]))).isEmpty();
        assertThat(left.drops()).containsOnlyKeys(DropReason.NO_POLICY);
    }

    @Test
    void shouldUseNoNumberTwiceWhenTheyRunOut() {
        sas.firstSequence = 0xFFFF_FFFFL - 99;
        final AgentRig left = left(2);
        left.apply(sas.outbound());
        for (int i = 0; i < 4; i++) {
            give(left, SuperPackets.tcp(false, STREAM, 60_000));
        }
        left.run();
        assertThat(sequences(left.ipv4.take())).isEqualTo(numbers(0xFFFF_FFFFL - 99, 100));
        assertThat(left.drops()).isEqualTo(Map.of(DropReason.HARD_LIMIT, 80L));
        assertThat(left.events())
                .containsExactly(
                        new DataplaneEvent.SoftLimit(1, Sas.SPI, Direction.OUTBOUND),
                        new DataplaneEvent.HardLimit(1, Sas.SPI, Direction.OUTBOUND));
    }

    @Test
    void shouldCountDropsWhenAWorkerFails() {
        final AgentRig left = left(1);
        left.apply(sas.outbound());
        ciphers.failAt(20);
        give(left, SuperPackets.tcp(false, STREAM, 60_000));
        left.run();
        assertThat(sequences(left.ipv4.take())).isEqualTo(numbers(1, 19));
        assertThat(left.drops()).isEqualTo(Map.of(DropReason.INTERNAL_FAULT, 26L));
        assertThat(left.faults).hasSize(1);

        ciphers.refuse(50);
        give(left, SuperPackets.tcp(false, STREAM, 60_000));
        left.run();
        final List<Long> expected = new ArrayList<>(numbers(46, 45));
        expected.remove(50L);
        assertThat(sequences(left.ipv4.take())).isEqualTo(expected);
        assertThat(left.drops()).containsEntry(DropReason.SEAL_FAILED, 1L);
    }

    /** AES-GCM gives the same bytes for the same number: all that leaves must be the same. */
    @Test
    void shouldSendTheSameAsWithoutWorkers() {
        final SplittableRandom random = new SplittableRandom(4711);
        for (int round = 0; round < 12; round++) {
            sas.lifetime =
                    switch (round % 4) {
                        case 0 -> Lifetime.UNLIMITED;
                        case 1 -> new Lifetime(0, 100 + random.nextInt(400_000), 0, 0);
                        case 2 -> new Lifetime(0, 0, 50, 100 + random.nextInt(500));
                        default -> new Lifetime(90_000, 100_000, 0, 0);
                    };
            sas.pathMtuBytes = random.nextBoolean() ? 1500 : 900;
            ciphers.delayUpTo(random.nextInt(40_000));
            final AgentRig alone = left(0);
            final AgentRig helped = left(1 + round % 3);
            final TrafficMix mix = new TrafficMix(round, 1300, true);
            alone.apply(sas.outbound());
            helped.apply(sas.outbound());
            final List<Runnable> steps = steps(random, mix, alone, helped);
            steps.forEach(Runnable::run);
            alone.run();
            helped.run();

            assertThat(bytes(helped.ipv4.take()))
                    .containsExactlyElementsOf(bytes(alone.ipv4.take()));
            assertThat(helped.drops()).isEqualTo(alone.drops());
            assertThat(helped.events()).isEqualTo(alone.events());
            assertThat(helped.tun.take()).hasSameSizeAs(alone.tun.take());
            assertThat(outCounters(helped)).isEqualTo(outCounters(alone));
            assertThat(helped.outCount(Counter.TUN_BYTES))
                    .isEqualTo(alone.outCount(Counter.TUN_BYTES));
            close();
            rigs.clear();
        }
    }

    private static List<Runnable> steps(
            SplittableRandom random, TrafficMix mix, AgentRig alone, AgentRig helped) {
        final List<Runnable> steps = new ArrayList<>();
        for (final byte[] packet : mix.batch()) {
            steps.add(() -> List.of(alone, helped).forEach(rig -> rig.tun.give(packet)));
        }
        for (int i = 0; i < 12; i++) {
            final Shape shape = SuperPackets.any(random, 60_000);
            final int sliceBytes = random.nextInt(40, 1400);
            steps.add(() ->
                    List.of(alone, helped)
                            .forEach(rig ->
                                    rig.tun.giveSuper(
                                            shape.superPacket(), shape.gsoType(), sliceBytes)));
        }
        Collections.shuffle(steps, new Random(random.nextLong()));
        return steps;
    }

    private static List<String> bytes(List<Datagram> datagrams) {
        return datagrams.stream()
                .map(datagram -> datagram.tos() + HexFormat.of().formatHex(datagram.bytes()))
                .toList();
    }

    private List<Long> outCounters(AgentRig rig) {
        return counters(rig, Direction.OUTBOUND);
    }

    private List<Long> counters(AgentRig rig, Direction direction) {
        final SaCounters counters =
                rig.registry.find(direction, sas.childId, sas.spi).orElseThrow().counters();
        return List.of(
                counters.packets(),
                counters.bytes(),
                counters.sequence(),
                counters.replays(),
                counters.authenticationFailures());
    }

    @Test
    void shouldDeliverTheSameAsWithoutWorkers() {
        final SplittableRandom random = new SplittableRandom(815);
        for (int round = 0; round < 8; round++) {
            sas.lifetime =
                    round % 2 == 0
                            ? Lifetime.UNLIMITED
                            : new Lifetime(0, 0, 50, 100 + random.nextInt(300));
            sas.esn = round % 3 == 0;
            sas.window = 64;
            ciphers.delayUpTo(random.nextInt(40_000));
            final AgentRig alone = right(0);
            final AgentRig helped = right(1 + round % 3);
            alone.apply(sas.inbound());
            helped.apply(sas.inbound());
            for (final byte[] datagram : datagrams(round, random)) {
                final int tos = random.nextInt(256);
                List.of(alone, helped).forEach(rig -> rig.ipv4.give(sas.datagram(datagram, tos)));
            }
            alone.run();
            helped.run();

            assertThat(helped.tun.take()).containsExactlyElementsOf(alone.tun.take());
            assertThat(helped.in.droppedTotal()).isEqualTo(alone.in.droppedTotal());
            assertThat(helped.events()).isEqualTo(alone.events());
            if (!sas.esn) {
                // With ESN, too old a packet is taken for one of the next 2^32, or not yet.
                assertThat(replaysInOne(helped)).isEqualTo(replaysInOne(alone));
                assertThat(counters(helped, Direction.INBOUND))
                        .isEqualTo(counters(alone, Direction.INBOUND));
            }
            close();
            rigs.clear();
        }
    }

    /** What was a duplicate when it was received may be too old when it is its turn. */
    private static Map<DropReason, Long> replaysInOne(AgentRig rig) {
        final Map<DropReason, Long> drops = rig.drops();
        final Long tooOld = drops.remove(DropReason.REPLAY_TOO_OLD);
        drops.merge(DropReason.REPLAY_DUPLICATE, tooOld == null ? 0 : tooOld, Long::sum);
        return drops;
    }

    /** Sealed by Bouncy Castle; some twice, some late, some damaged. */
    private List<byte[]> datagrams(long seed, SplittableRandom random) {
        final List<byte[]> datagrams = new ArrayList<>();
        long sequence = 1;
        for (final byte[] packet : new TrafficMix(seed, 1300, false).batch()) {
            final byte[] sealed = sas.bouncy().sealInner(sequence++, packet);
            datagrams.add(sealed);
            switch (random.nextInt(8)) {
                case 0 -> datagrams.add(sealed);
                case 1 ->
                        Collections.swap(
                                datagrams,
                                datagrams.size() - 1,
                                random.nextInt(
                                        Math.max(0, datagrams.size() - 90), datagrams.size()));
                case 2 -> {
                    final byte[] damaged = sealed.clone();
                    damaged[random.nextInt(8, damaged.length)] ^= 1;
                    datagrams.add(damaged);
                }
                default -> {}
            }
        }
        return datagrams;
    }

    @Test
    void shouldDeliverOnceWhenACopyIsUnderWayAtTheSameTime() {
        final AgentRig right = right(2);
        right.apply(sas.inbound());
        ciphers.closeGate(1);
        ciphers.closeGate(2);
        final byte[] inner = Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(500));
        final byte[] sealed = sas.bouncy().sealInner(7, inner);
        right.ipv4.give(sas.datagram(sealed));
        right.doWork();
        right.ipv4.give(sas.datagram(sealed));
        right.doWork();
        assertThat(right.jobsUnderWay()).isEqualTo(2);
        assertThat(right.drops()).as("no number is taken yet").isEmpty();

        ciphers.openGates();
        right.run();
        assertThat(right.tun.take()).containsExactly(inner);
        assertThat(right.drops()).isEqualTo(Map.of(DropReason.REPLAY_DUPLICATE, 1L));
        assertThat(counters(right, Direction.INBOUND)).containsExactly(1L, 528L, 7L, 1L, 0L);
    }

    @Test
    void shouldDeliverInOrderWhenALaterWorkerIsFirst() {
        final AgentRig right = right(2);
        right.apply(sas.inbound());
        ciphers.closeGate(1);
        final List<byte[]> inner = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            inner.add(Packets.udp("10.1.0.1", i, "10.2.0.1", 2, Packets.data(500)));
            right.ipv4.give(sas.datagram(sas.bouncy().sealInner(i + 1, inner.get(i))));
        }
        while (right.doWork() > 0) {
            assertThat(right.tun.take()).as("the first job is held up").isEmpty();
        }
        until(() -> ciphers.opened(2) > 0);
        right.doWork();
        assertThat(right.tun.take()).isEmpty();

        ciphers.openGates();
        right.run();
        assertThat(right.tun.take()).containsExactlyElementsOf(inner);
        assertThat(right.inCount(Counter.WORKER_PACKETS)).isBetween(8L, 20L);
        assertThat(right.drops()).isEmpty();
    }

    @Test
    void shouldForgetTheKeysOnlyAfterAllIsOpenedWhenTheSaIsRemoved() {
        final AgentRig right = right(1);
        right.apply(sas.inbound());
        ciphers.closeGate(1);
        final byte[] inner = Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(500));
        right.ipv4.give(sas.datagram(sas.bouncy().sealInner(1, inner)));
        right.doWork();
        assertThat(right.jobsUnderWay()).isEqualTo(1);

        final Thread agent = Thread.currentThread();
        final Thread opener = openLater(() -> isBlocked(agent));
        right.apply(new RemoveInboundSa(sas.spi));
        join(opener);
        assertThat(right.tun.take()).containsExactly(inner);
        assertThat(ciphers.destroyed()).isEqualTo(2);
        assertThat(ciphers.usedAfterDestroy()).isZero();
    }

    @Test
    void shouldSealEachNumberOnceWhenManyWorkersRace() {
        sas.esn = true;
        final AgentRig left = left(4);
        left.apply(sas.outbound());
        final Set<Long> numbers = new HashSet<>();
        for (int round = 0; round < 50; round++) {
            for (int i = 0; i < 20; i++) {
                give(left, SuperPackets.tcp(false, STREAM, 4_000 + 50 * round));
            }
            left.run();
            for (final Long number : sequences(left.ipv4.take())) {
                assertThat(numbers.add(number)).isTrue();
                assertThat(number).isEqualTo(numbers.size());
            }
        }
        assertThat(left.drops()).isEmpty();
        assertThat(left.outCount(Counter.WORKER_PACKETS)).isPositive();
    }

    private static boolean isBlocked(Thread thread) {
        return thread.getState() == Thread.State.TIMED_WAITING
                || thread.getState() == Thread.State.WAITING;
    }

    private Thread openLater(BooleanSupplier condition) {
        final Thread thread =
                new Thread(() -> {
                    until(condition);
                    ciphers.openGates();
                });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
