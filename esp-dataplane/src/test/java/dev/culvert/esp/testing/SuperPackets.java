package dev.culvert.esp.testing;

import dev.culvert.tun.VirtioNetHeader;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Builds super-packets and cuts them, the simple way: each packet is built anew. */
public final class SuperPackets {

    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;
    public static final int CWR = 0x80;

    /** What a super-packet is made of. */
    public static final class Shape {
        private final byte[] ipHeader;
        private final int identification;
        private final byte[] transport;
        private final boolean tcp;
        private final int sequence;
        private final int flags;
        private final byte[] payload;

        /**
         * Anything may be in the fields that differ from packet to packet.
         *
         * @param ipHeader up to the transport header
         * @param identification of IPv4
         * @param transport header
         */
        private Shape(
                byte[] ipHeader,
                int identification,
                byte[] transport,
                boolean tcp,
                int sequence,
                int flags,
                byte[] payload) {
            this.ipHeader = ipHeader.clone();
            this.identification = identification;
            this.transport = transport.clone();
            this.tcp = tcp;
            this.sequence = sequence;
            this.flags = flags;
            this.payload = payload.clone();
        }

        public boolean isIpv6() {
            return Packets.isIpv6(ipHeader);
        }

        public int headersBytes() {
            return ipHeader.length + transport.length;
        }

        /** What the header of the TUN device says. */
        public int gsoType() {
            if (!tcp) {
                return VirtioNetHeader.GSO_UDP;
            }
            return isIpv6() ? VirtioNetHeader.GSO_TCP6 : VirtioNetHeader.GSO_TCP4;
        }

        /** The whole as the kernel gives it: the checksum field holds something unfinished. */
        public byte[] superPacket() {
            final byte[] packet = packet(identification, sequence, flags, payload);
            ByteBuffer.wrap(packet).putShort(ipHeader.length + (tcp ? 16 : 6), (short) 0x5A5A);
            return packet;
        }

        /** The packets that the sender meant. */
        public List<byte[]> packets(int sliceBytes) {
            final List<byte[]> packets = new ArrayList<>();
            int at = 0;
            do {
                final int end = Math.min(payload.length, at + sliceBytes);
                int kept = flags;
                kept &= at == 0 ? -1 : ~CWR;
                kept &= end == payload.length ? -1 : ~(FIN | PSH);
                packets.add(
                        packet(
                                identification + packets.size(),
                                sequence + at,
                                kept,
                                Arrays.copyOfRange(payload, at, end)));
                at = end;
            } while (at < payload.length);
            return packets;
        }

        private byte[] packet(int id, int number, int packetFlags, byte[] data) {
            final ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes(ipHeader);
            out.writeBytes(transport);
            out.writeBytes(data);
            final byte[] packet = out.toByteArray();
            final ByteBuffer view = ByteBuffer.wrap(packet);
            if (isIpv6()) {
                view.putShort(4, (short) (packet.length - 40));
            } else {
                view.putShort(2, (short) packet.length);
                view.putShort(4, (short) id);
                view.putShort(10, (short) 0);
                view.putShort(10, (short) Packets.internetChecksum(packet, 0, ipHeader.length, 0));
            }
            final int field = ipHeader.length + (tcp ? 16 : 6);
            if (tcp) {
                view.putInt(ipHeader.length + 4, number);
                view.put(ipHeader.length + 13, (byte) packetFlags);
            } else {
                view.putShort(ipHeader.length + 4, (short) (8 + data.length));
            }
            view.putShort(field, (short) 0);
            final int sum = checksum(packet);
            view.putShort(field, (short) (sum == 0 ? 0xFFFF : sum));
            return packet;
        }

        private int checksum(byte[] packet) {
            long sum = (tcp ? Packets.TCP : Packets.UDP) + (long) packet.length - ipHeader.length;
            final int from = isIpv6() ? 8 : 12;
            for (int i = from; i < from + (isIpv6() ? 32 : 8); i++) {
                sum += (packet[i] & 0xFFL) << ((i & 1) == 0 ? 8 : 0);
            }
            return Packets.internetChecksum(
                    packet, ipHeader.length, packet.length - ipHeader.length, sum);
        }
    }

    private SuperPackets() {}

    /** A TCP stream between the addresses of the tests. */
    public static Shape tcp(boolean ipv6, int flags, int payloadBytes) {
        return shape(
                ipv6, true, new byte[0], new byte[12], 0x1234, 0x01020304, flags, payloadBytes);
    }

    /** UDP datagrams between the addresses of the tests. */
    public static Shape udp(boolean ipv6, int payloadBytes) {
        return shape(ipv6, false, new byte[0], new byte[0], 0x1234, 0, 0, payloadBytes);
    }

    /** Anything that may occur. */
    public static Shape any(RandomGenerator random, int mostPayloadBytes) {
        final boolean ipv6 = random.nextBoolean();
        final byte[] ipOptions =
                ipv6 ? extensionHeaders(random) : noOperations(4 * random.nextInt(0, 11));
        return shape(
                ipv6,
                random.nextBoolean(),
                random.nextInt(3) == 0 ? ipOptions : new byte[0],
                noOperations(4 * random.nextInt(0, 11)),
                random.nextInt(),
                random.nextInt(),
                random.nextInt(256) & ~SYN,
                random.nextInt(0, mostPayloadBytes + 1));
    }

    private static byte[] noOperations(int lengthBytes) {
        final byte[] options = new byte[lengthBytes];
        Arrays.fill(options, (byte) 1);
        return options;
    }

    /** Hop-by-hop options, then destination options, both of padding. */
    private static byte[] extensionHeaders(RandomGenerator random) {
        final byte[] headers = new byte[24];
        headers[0] = 60;
        headers[2] = 1;
        headers[3] = 4;
        headers[8] = (byte) random.nextInt(); // replaced by the transport protocol
        headers[9] = 1;
        headers[10] = 1;
        headers[11] = 12;
        return headers;
    }

    private static Shape shape(
            boolean ipv6,
            boolean tcp,
            byte[] ipOptions,
            byte[] tcpOptions,
            int identification,
            int sequence,
            int flags,
            int payloadBytes) {
        final int protocol = tcp ? Packets.TCP : Packets.UDP;
        final byte[] transport = new byte[tcp ? 20 + tcpOptions.length : 8];
        final ByteBuffer view = ByteBuffer.wrap(transport);
        view.putShort(0, (short) 40000).putShort(2, (short) 5201);
        if (tcp) {
            view.putInt(8, 0x0A0B0C0D).put(12, (byte) ((transport.length / 4) << 4));
            view.putShort(14, (short) 0x4321).position(20).put(tcpOptions);
        }
        return new Shape(
                ipv6 ? ipv6Header(protocol, ipOptions) : ipv4Header(protocol, ipOptions),
                identification,
                transport,
                tcp,
                sequence,
                flags,
                Packets.data(payloadBytes));
    }

    private static byte[] ipv4Header(int protocol, byte[] options) {
        final byte[] plain =
                Packets.ip(
                        Packets.address("10.1.0.1"),
                        Packets.address("10.2.0.1"),
                        protocol,
                        0xB9,
                        61,
                        true,
                        new byte[0]);
        final byte[] header = Arrays.copyOf(plain, 20 + options.length);
        header[0] = (byte) (0x40 | header.length / 4);
        System.arraycopy(options, 0, header, 20, options.length);
        return header;
    }

    private static byte[] ipv6Header(int protocol, byte[] extensions) {
        final byte[] plain =
                Packets.ip(
                        Packets.address("fd01::1"),
                        Packets.address("fd02::1"),
                        protocol,
                        0xB9,
                        61,
                        true,
                        new byte[0]);
        final byte[] header = Arrays.copyOf(plain, 40 + extensions.length);
        System.arraycopy(extensions, 0, header, 40, extensions.length);
        if (extensions.length > 0) {
            header[6] = 0;
            header[48] = (byte) protocol;
        }
        return header;
    }
}
