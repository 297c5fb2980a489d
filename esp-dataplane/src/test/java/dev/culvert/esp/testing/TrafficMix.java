package dev.culvert.esp.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * Random traffic of several flows: runs that can be joined, and everything that must not be: other
 * flags, options, TTLs, congestion marks, sizes from tiny to jumbo, fragments, other protocols,
 * damaged packets.
 */
public final class TrafficMix {

    private static final int FLOWS = 12;
    private static final int[] SIZES = {1, 7, 100, 536, 1000, 1348, 1348, 1348, 8900};

    private final Random random;
    private final TransportPacket[] flows = new TransportPacket[FLOWS];
    private final int maxPayloadBytes;
    private final boolean damaging;

    public TrafficMix(long seed) {
        this(seed, Integer.MAX_VALUE, true);
    }

    /**
     * With limits.
     *
     * @param maxPayloadBytes the longest payload
     * @param damaging whether some packets have wrong checksums
     */
    public TrafficMix(long seed, int maxPayloadBytes, boolean damaging) {
        random = new Random(seed);
        this.maxPayloadBytes = maxPayloadBytes;
        this.damaging = damaging;
        for (int i = 0; i < FLOWS; i++) {
            flows[i] = newFlow(i);
        }
    }

    /** Up to 200 packets, of at most 3 MB. */
    public List<byte[]> batch() {
        final List<byte[]> packets = new ArrayList<>();
        final int wanted = 1 + random.nextInt(200);
        while (packets.size() < wanted) {
            final int flow = random.nextInt(FLOWS);
            final int run = 1 + random.nextInt(random.nextInt(40) + 1);
            for (int i = 0; i < run; i++) {
                packets.add(next(flow));
                if (random.nextInt(8) == 0) {
                    packets.add(next(random.nextInt(FLOWS)));
                }
            }
            if (random.nextInt(6) == 0) {
                packets.add(Packets.echo("10.1.0.1", "10.2.0.1", random.nextInt(64)));
            }
        }
        return packets;
    }

    private TransportPacket newFlow(int index) {
        final int size = Math.min(maxPayloadBytes, SIZES[random.nextInt(SIZES.length)]);
        final TransportPacket packet =
                index % 3 == 0 ? TransportPacket.udp(size) : TransportPacket.tcp(size);
        if (index % 2 == 0) {
            packet.overIpv6();
        }
        packet.sourcePort = 40000 + index;
        packet.identification = random.nextInt();
        packet.sequence = random.nextInt();
        packet.dontFragment = random.nextBoolean();
        packet.tcpOptions = random.nextBoolean() ? packet.tcpOptions : new byte[0];
        return packet;
    }

    private byte[] next(int flow) {
        final TransportPacket packet = flows[flow];
        random.nextBytes(packet.payload);
        final TransportPacket following = packet.next();
        if (random.nextInt(12) == 0) {
            disturb(packet);
        }
        final byte[] bytes = packet.bytes();
        flows[flow] = random.nextInt(60) == 0 ? newFlow(flow) : following;
        if (damaging && random.nextInt(40) == 0) {
            // IPv4's header checksum, or whatever comes last.
            bytes[random.nextBoolean() && !packet.source.contains(":") ? 10 : bytes.length - 1] ^=
                    0x20;
        }
        return bytes;
    }

    private void disturb(TransportPacket packet) {
        switch (random.nextInt(12)) {
            case 0 -> packet.tos = 3;
            case 1 -> packet.ttl = 2 + random.nextInt(200);
            case 2 -> packet.window = random.nextInt(0x10000);
            case 3 -> packet.acknowledgment = random.nextInt();
            case 4 -> packet.sequence = random.nextInt();
            case 5 -> packet.flags |= 1 << random.nextInt(8);
            case 6 -> packet.identification = random.nextInt();
            case 7 -> packet.fragmentField = 0x2000 >> random.nextInt(13);
            case 8 ->
                    packet.payload =
                            Arrays.copyOf(
                                    packet.payload, random.nextInt(packet.payload.length + 1));
            case 9 -> packet.flowLabel = random.nextInt(1 << 20);
            case 10 -> packet.dontFragment = !packet.dontFragment;
            default -> packet.withoutChecksum = !packet.tcp && !packet.source.contains(":");
        }
    }

    /** Names the flow of a packet: packets of one flow must keep their order. */
    public static String flow(byte[] packet) {
        final boolean ipv6 = Packets.isIpv6(packet);
        final int header = Packets.headerBytes(packet);
        final byte[] addresses = Arrays.copyOfRange(packet, ipv6 ? 8 : 12, ipv6 ? 40 : 20);
        final boolean later = !ipv6 && ((packet[6] & 0x1F) | packet[7]) != 0;
        final byte[] ports = later ? new byte[0] : Arrays.copyOfRange(packet, header, header + 4);
        return HexFormat.of().formatHex(addresses)
                + packet[ipv6 ? 6 : 9]
                + HexFormat.of().formatHex(ports);
    }

    /**
     * Without what may change: the identification of packets that are never fragmented (RFC 6864
     * 4.1), and the checksum over it.
     */
    public static byte[] normal(byte[] packet) {
        final byte[] copy = packet.clone();
        final boolean atomic = !Packets.isIpv6(packet) && (packet[6] & 0xFF) == 0x40;
        if (atomic && packet[7] == 0 && Packets.headerChecksumError(packet) == 0) {
            copy[4] = 0;
            copy[5] = 0;
            copy[10] = 0;
            copy[11] = 0;
        }
        return copy;
    }
}
