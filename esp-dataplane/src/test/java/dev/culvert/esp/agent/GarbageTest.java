package dev.culvert.esp.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.Counter;
import dev.culvert.esp.testing.AgentRig;
import dev.culvert.esp.testing.FakePort.Datagram;
import dev.culvert.esp.testing.Packets;
import dev.culvert.esp.testing.Sas;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Datagrams from people who mean no good, or nothing at all. */
class GarbageTest {

    private static final int DATAGRAMS = 500_000;
    private static final int CHUNK = 1000;

    @Test
    void shouldCountEachOnceAndKeepCarryingWhenHalfAMillionAreGarbage() {
        final Sas sas = new Sas();
        final AgentRig left = Sas.leftRig();
        final AgentRig right = Sas.rightRig();
        left.apply(sas.outbound());
        right.apply(sas.inbound());
        final byte[] inner = Packets.udp("10.1.0.1", 5, "10.2.0.1", 6, Packets.data(64));
        final byte[] genuine = sas.bouncy().sealInner(0xFFFF_0000L, inner);
        final Random random = new Random(4303);
        long handed = 0;
        for (int chunk = 0; chunk < DATAGRAMS / CHUNK; chunk++) {
            for (int i = 0; i < CHUNK; i++) {
                right.ipv4.give(sas.datagram(garbage(random, genuine)));
            }
            final Datagram good = left.send(inner).getFirst();
            assertThat(right.receive(good))
                    .as("tunnel after chunk %s", chunk)
                    .containsExactly(inner);
            handed += CHUNK + 1;
            right.events();
        }
        final long seen =
                right.in.droppedTotal()
                        + right.inCount(Counter.TUN_PACKETS)
                        + right.inCount(Counter.IKE_DATAGRAMS)
                        + right.inCount(Counter.KEEPALIVES);
        assertThat(seen).isEqualTo(handed);
        assertThat(right.inCount(Counter.TUN_PACKETS)).isEqualTo(DATAGRAMS / CHUNK);
        assertThat(right.drops()).hasSizeGreaterThanOrEqualTo(5);
        assertThat(right.faults).isEmpty();
    }

    private static byte[] garbage(Random random, byte[] genuine) {
        final byte[] bytes;
        switch (random.nextInt(4)) {
            case 0 -> {
                bytes = new byte[random.nextInt(200)];
                random.nextBytes(bytes);
            }
            case 1 -> {
                bytes = new byte[8 + random.nextInt(120)];
                random.nextBytes(bytes);
                ByteBuffer.wrap(bytes).putInt(0, Sas.SPI);
            }
            case 2 -> {
                bytes = Arrays.copyOf(genuine, random.nextInt(genuine.length + 20));
                if (bytes.length > 0) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
                }
            }
            default -> {
                bytes = new byte[random.nextInt(60)];
                random.nextBytes(bytes);
                if (bytes.length >= 4) {
                    ByteBuffer.wrap(bytes).putInt(0, 0);
                }
            }
        }
        // By chance the genuine packet itself would be no garbage.
        return Arrays.equals(bytes, genuine) ? new byte[0] : bytes;
    }
}
