package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneCommand.UpdatePath;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.Direction;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.Lifetime;
import dev.culvert.esp.SaPath;
import dev.culvert.esp.testing.AgentRig;
import dev.culvert.esp.testing.FakePort.Datagram;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** IKE datagrams, keep-alives, moving peers and limits. */
class InboundEventsTest {

    private static final byte[] INNER = Packets.udp("10.1.2.3", 1, "10.2.3.4", 2, Packets.data(72));
    private static final InetSocketAddress MOVED =
            new InetSocketAddress(Packets.address("198.51.100.9"), 61234);

    private final Sas sas = new Sas();
    private final AgentRig right = Sas.rightRig();

    @BeforeEach
    void install() {
        right.apply(sas.inbound());
    }

    private Datagram from(InetSocketAddress remote, long sequence) {
        return new Datagram(remote, sas.rightAddress(), 0, sas.bouncy().sealInner(sequence, INNER));
    }

    @Test
    void shouldHandOverWithoutMarkerWhenDatagramIsIke() {
        final byte[] message = Packets.data(300);
        right.receive(sas.datagram(ByteBuffer.allocate(304).putInt(0).put(message).array()));
        assertThat(right.events())
                .singleElement()
                .isInstanceOfSatisfying(
                        DataplaneEvent.IkeDatagram.class,
                        ike -> {
                            assertThat(ike.message()).isEqualTo(message);
                            assertThat(ike.local()).isEqualTo(sas.rightAddress());
                            assertThat(ike.remote()).isEqualTo(sas.leftAddress());
                        });
        assertThat(right.drops()).isEmpty();
    }

    @Test
    void shouldDropAndCountWhenIkeRingIsFull() {
        for (int i = 0; i < 20; i++) {
            right.receive(sas.datagram(new byte[40]));
        }
        assertThat(right.inCount(Counter.IKE_DATAGRAMS)).isEqualTo(16);
        assertThat(right.drops()).containsExactly(Map.entry(DropReason.IKE_RING_FULL, 4L));
    }

    @Test
    void shouldOnlyCountWhenDatagramIsKeepalive() {
        right.receive(sas.datagram(new byte[] {(byte) 0xFF}));
        assertThat(right.inCount(Counter.KEEPALIVES)).isEqualTo(1);
        assertThat(right.drops()).isEmpty();
        right.receive(sas.datagram(new byte[] {(byte) 0xFE}));
        right.receive(sas.datagram(new byte[4]));
        right.receive(sas.datagram(new byte[0]));
        assertThat(right.drops()).containsExactly(Map.entry(DropReason.RUNT_DATAGRAM, 3L));
    }

    @Test
    void shouldTellOnceWhenPeerMoves() {
        assertThat(right.receive(from(sas.leftAddress(), 1))).hasSize(1);
        assertThat(right.events()).isEmpty();
        for (int sequence = 2; sequence < 10; sequence++) {
            assertThat(right.receive(from(MOVED, sequence))).hasSize(1);
        }
        assertThat(right.events()).containsExactly(new DataplaneEvent.PeerMoved(1, Sas.SPI, MOVED));
        right.advanceNs(1_000_000_000);
        right.receive(from(MOVED, 10));
        assertThat(right.events()).as("again, in case it was lost").hasSize(1);
        right.apply(new UpdatePath(1, new SaPath(sas.rightAddress(), MOVED)));
        right.receive(from(MOVED, 11));
        assertThat(right.events()).isEmpty();
    }

    @Test
    void shouldNotTellWhenPacketIsForgedReplayedOrOld() {
        right.receive(from(sas.leftAddress(), 5));
        final byte[] forged = sas.bouncy().sealInner(6, INNER);
        forged[30] ^= 1;
        right.receive(new Datagram(MOVED, sas.rightAddress(), 0, forged));
        right.receive(from(MOVED, 5));
        right.receive(from(MOVED, 4));
        assertThat(right.events()).isEmpty();
    }

    @Test
    void shouldNotTellWhenPeerMayNotMove() {
        sas.allowPeerMove = false;
        sas.spi++;
        install();
        assertThat(right.receive(from(MOVED, 1))).hasSize(1);
        assertThat(right.events()).isEmpty();
    }

    @Test
    void shouldRaiseLimitsWhenVolumeIsUsedUp() {
        sas.lifetime = new Lifetime(150, 300, 0, 0);
        sas.spi++;
        install();
        for (int sequence = 1; sequence <= 3; sequence++) {
            assertThat(right.receive(from(sas.leftAddress(), sequence))).hasSize(1);
        }
        assertThat(right.events())
                .containsExactly(
                        new DataplaneEvent.SoftLimit(1, sas.spi, Direction.INBOUND),
                        new DataplaneEvent.HardLimit(1, sas.spi, Direction.INBOUND));
        assertThat(right.receive(from(sas.leftAddress(), 4))).isEmpty();
        assertThat(right.drops()).containsExactly(Map.entry(DropReason.HARD_LIMIT, 1L));
    }

    @Test
    void shouldRaiseAgainWhenEventRingWasFull() {
        final AgentRig small =
                new AgentRig(Sas.RIGHT, Sas.RIGHT6, builder -> builder.eventRingSlots(2));
        sas.lifetime = new Lifetime(0, 0, 1, 0);
        for (int i = 1; i <= 3; i++) {
            sas.childId = i;
            sas.spi = Sas.SPI + i;
            small.apply(sas.inbound());
            assertThat(small.receive(from(sas.leftAddress(), 1))).hasSize(1);
        }
        assertThat(small.inCount(Counter.EVENTS_DEFERRED)).isEqualTo(1);
        assertThat(small.events()).hasSize(2);
        assertThat(small.receive(from(sas.leftAddress(), 2))).hasSize(1);
        assertThat(small.events())
                .containsExactly(new DataplaneEvent.SoftLimit(3, sas.spi, Direction.INBOUND));
    }

    @Test
    void shouldRefuseWhenSpiIsTaken() {
        assertThatThrownBy(this::install)
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("already");
    }
}
