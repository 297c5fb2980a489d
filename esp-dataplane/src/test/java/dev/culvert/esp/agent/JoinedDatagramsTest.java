package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.testing.AgentRig;
import dev.culvert.esp.testing.BouncyEsp;
import dev.culvert.esp.testing.FakePort;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import dev.culvert.esp.testing.TransportPacket;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the kernel joined (UDP_GRO) is taken apart again, each part for what it is. */
class JoinedDatagramsTest {

    private static final byte[] INNER =
            Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(100));

    private final Sas sas = new Sas();
    private final BouncyEsp bouncy = sas.bouncy();
    private AgentRig rig;

    @BeforeEach
    void install() {
        rig = Sas.rightRig();
        rig.apply(sas.inbound());
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void shouldTakeApartWhenEspAndIkeAndAKeepaliveAreJoined() {
        final byte[] first = bouncy.sealInner(1, INNER);
        final byte[] ike = new byte[first.length];
        Arrays.fill(ike, 4, ike.length, (byte) 0x55);
        final byte[] unknown = bouncy.sealInner(2, INNER);
        unknown[0] ^= 1;
        final byte[] forged = bouncy.sealInner(3, INNER);
        forged[30] ^= 1;

        final List<byte[]> inner =
                receive(
                        0,
                        sas.leftAddress(),
                        first,
                        ike,
                        unknown,
                        forged,
                        bouncy.sealInner(4, INNER),
                        first,
                        new byte[] {(byte) 0xFF});

        assertThat(inner).containsExactly(INNER, INNER);
        assertThat(rig.drops())
                .isEqualTo(
                        Map.of(
                                DropReason.UNKNOWN_SPI, 1L,
                                DropReason.AUTHENTICATION_FAILED, 1L,
                                DropReason.REPLAY_DUPLICATE, 1L));
        assertThat(rig.events())
                .singleElement()
                .isInstanceOfSatisfying(
                        DataplaneEvent.IkeDatagram.class,
                        event ->
                                assertThat(event.message())
                                        .isEqualTo(Arrays.copyOfRange(ike, 4, ike.length)));
        assertThat(rig.inCount(Counter.KEEPALIVES)).isEqualTo(1);
        assertThat(rig.inCount(Counter.DATAGRAMS)).isEqualTo(7);
        assertThat(rig.inCount(Counter.DATAGRAM_BYTES)).isEqualTo(6L * first.length + 1);
    }

    @Test
    void shouldTakeApartWhenTheLastIsAShorterEspPacket() {
        final byte[] shorter = Packets.udp("10.1.0.1", 1, "10.2.0.1", 2, Packets.data(10));

        assertThat(
                        receive(
                                0,
                                sas.leftAddress(),
                                bouncy.sealInner(1, INNER),
                                bouncy.sealInner(2, INNER),
                                bouncy.sealInner(3, shorter)))
                .containsExactly(INNER, INNER, shorter);
    }

    @Test
    void shouldDropOnlyTheRestWhenTheLastIsARunt() {
        assertThat(receive(0, sas.leftAddress(), bouncy.sealInner(1, INNER), new byte[] {1, 2}))
                .containsExactly(INNER);
        assertThat(rig.drops()).isEqualTo(Map.of(DropReason.RUNT_DATAGRAM, 1L));
    }

    @Test
    void shouldServeEachSaWhenDatagramsOfSeveralAreJoined() {
        final Sas other = new Sas();
        other.childId = 2;
        other.spi = 0x2000_0002;
        rig.apply(other.inbound());

        assertThat(
                        receive(
                                0,
                                sas.leftAddress(),
                                bouncy.sealInner(1, INNER),
                                other.bouncy().sealInner(1, INNER),
                                bouncy.sealInner(2, INNER),
                                other.bouncy().sealInner(2, INNER)))
                .hasSize(4);
        assertThat(rig.drops()).isEmpty();
    }

    @Test
    void shouldMarkEachPacketWhenTheJoinedOnesMetCongestion() {
        final TransportPacket packet = TransportPacket.udp(100);
        packet.tos = 2;
        final byte[] capable = packet.bytes();

        final List<byte[]> inner =
                receive(
                        3,
                        sas.leftAddress(),
                        bouncy.sealInner(1, capable),
                        bouncy.sealInner(2, capable));

        assertThat(inner)
                .hasSize(2)
                .allSatisfy(one -> {
                    assertThat(one[1]).isEqualTo((byte) 3);
                    assertThat(Packets.headerChecksumError(one)).isZero();
                });
    }

    @Test
    void shouldTellOfTheMoveOnceWhenJoinedDatagramsComeFromElsewhere() {
        final InetSocketAddress elsewhere =
                new InetSocketAddress(Packets.address("198.51.100.7"), 4500);

        assertThat(
                        receive(
                                0,
                                elsewhere,
                                bouncy.sealInner(1, INNER),
                                bouncy.sealInner(2, INNER),
                                bouncy.sealInner(3, INNER)))
                .hasSize(3);
        assertThat(rig.events())
                .containsExactly(new DataplaneEvent.PeerMoved(1, Sas.SPI, elsewhere));
    }

    private List<byte[]> receive(int tos, InetSocketAddress from, byte[]... datagrams) {
        final ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (final byte[] datagram : datagrams) {
            all.writeBytes(datagram);
        }
        return rig.receive(
                new FakePort.Datagram(
                        from, sas.rightAddress(), tos, all.toByteArray(), datagrams[0].length));
    }
}
