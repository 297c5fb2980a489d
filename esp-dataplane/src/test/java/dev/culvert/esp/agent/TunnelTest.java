package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.Counter;
import dev.culvert.esp.Direction;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.SaCounters;
import dev.culvert.esp.testing.AgentRig;
import dev.culvert.esp.testing.FakePort.Datagram;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import dev.culvert.esp.testing.Suites;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole packets from one TUN device to the other. */
class TunnelTest {

    static Stream<EspSuite> suites() {
        return Suites.all();
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldCarryEveryLengthWhenBothSidesAreOurs(EspSuite suite) {
        for (final boolean outerIpv6 : new boolean[] {false, true}) {
            for (final boolean esn : new boolean[] {false, true}) {
                final Sas sas = Sas.of(suite);
                sas.outerIpv6 = outerIpv6;
                sas.esn = esn;
                final AgentRig left = Sas.leftRig();
                final AgentRig right = Sas.rightRig();
                left.apply(sas.outbound());
                right.apply(sas.inbound());
                for (int length = 0; length <= 1300; length += 26) {
                    carry(left, right, ipv4(length));
                    carry(left, right, ipv6(length));
                }
                assertThat(left.drops()).isEmpty();
                assertThat(right.drops()).isEmpty();
                final SaCounters sent =
                        left.registry.find(Direction.OUTBOUND, 1, Sas.SPI).orElseThrow().counters();
                final SaCounters received =
                        right.registry.find(Direction.INBOUND, 1, Sas.SPI).orElseThrow().counters();
                assertThat(sent.packets()).isEqualTo(2 * 51);
                assertThat(received.packets()).isEqualTo(2 * 51);
                assertThat(received.bytes()).isEqualTo(sent.bytes());
                assertThat(left.outCount(Counter.DATAGRAMS)).isEqualTo(2 * 51);
                left.close();
                right.close();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldBeOpenedByBouncyCastleWhenSealedByAgent(EspSuite suite) {
        final Sas sas = Sas.of(suite);
        sas.esn = true;
        sas.firstSequence = 0xFFFF_FFFEL;
        final AgentRig left = Sas.leftRig();
        left.apply(sas.outbound());
        for (int i = 0; i < 5; i++) {
            final byte[] inner = ipv4(i * 100);
            final byte[] packet = left.send(inner).getFirst().bytes();
            assertThat(sas.bouncy().open(sas.firstSequence + i, packet))
                    .hasValueSatisfying(opened -> assertThat(opened).startsWith(inner));
        }
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldBeDeliveredByAgentWhenSealedByBouncyCastle(EspSuite suite) {
        final Sas sas = Sas.of(suite);
        sas.esn = true;
        final AgentRig right = Sas.rightRig();
        right.apply(sas.inbound());
        // Each step is less than half the number space, so the receiver can follow across the wrap.
        for (final long sequence : new long[] {1, 0x7000_0000L, 0xE000_0000L, 0x1_2000_0000L}) {
            final byte[] inner = ipv6((int) (sequence >>> 28));
            assertThat(right.receive(sas.datagram(sas.bouncy().sealInner(sequence, inner))))
                    .containsExactly(inner);
        }
    }

    private static byte[] ipv4(int dataBytes) {
        return Packets.udp("10.1.2.3", 1111, "10.2.3.4", 2222, Packets.data(dataBytes));
    }

    private static byte[] ipv6(int dataBytes) {
        return Packets.udp("fd01::3", 1111, "fd02::4", 2222, Packets.data(dataBytes));
    }

    private static void carry(AgentRig left, AgentRig right, byte[] inner) {
        final List<Datagram> sent = left.send(inner);
        assertThat(sent).hasSize(1);
        assertThat(right.receive(sent.getFirst())).containsExactly(inner);
    }
}
