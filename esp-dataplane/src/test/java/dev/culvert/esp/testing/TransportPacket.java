package dev.culvert.esp.testing;

import java.nio.ByteBuffer;

/** A TCP or UDP packet whose every field a test may choose; checksums are right when built. */
public final class TransportPacket {

    public boolean tcp = true;
    public String source = "10.1.0.1";
    public String destination = "10.2.0.1";
    public int sourcePort = 40000;
    public int destinationPort = 443;
    public int tos;
    public int flowLabel = 0x12345;
    public int ttl = 64;
    public boolean dontFragment = true;
    public int identification = 0x1000;
    public int fragmentField;
    public byte[] ipOptions = {};
    public int sequence = 1_000_000;
    public int acknowledgment = 77;
    public int flags = 0x10;
    public int reserved;
    public int window = 501;
    public int urgent;
    public byte[] tcpOptions = {1, 1, 8, 10, 0, 0, 0, 5, 0, 0, 0, 9};
    public byte[] payload = {};
    public boolean withoutChecksum;

    public static TransportPacket tcp(int payloadBytes) {
        final TransportPacket packet = new TransportPacket();
        packet.payload = Packets.data(payloadBytes);
        return packet;
    }

    public static TransportPacket udp(int payloadBytes) {
        final TransportPacket packet = tcp(payloadBytes);
        packet.tcp = false;
        return packet;
    }

    public TransportPacket overIpv6() {
        source = "fd01::1";
        destination = "fd02::1";
        return this;
    }

    /** The packet that a sender would send after this one. */
    public TransportPacket next() {
        final TransportPacket next = new TransportPacket();
        next.tcp = tcp;
        next.source = source;
        next.destination = destination;
        next.sourcePort = sourcePort;
        next.destinationPort = destinationPort;
        next.tos = tos;
        next.flowLabel = flowLabel;
        next.ttl = ttl;
        next.dontFragment = dontFragment;
        next.identification = identification + 1;
        next.sequence = sequence + payload.length;
        next.acknowledgment = acknowledgment;
        next.flags = flags;
        next.window = window;
        next.urgent = urgent;
        next.tcpOptions = tcpOptions.clone();
        next.payload = payload.clone();
        next.withoutChecksum = withoutChecksum;
        return next;
    }

    public byte[] bytes() {
        final byte[] packet = isIpv6() ? ipv6(transport()) : ipv4(transport());
        final int field = Packets.headerBytes(packet) + (tcp ? 16 : 6);
        if (!withoutChecksum) {
            final int checksum = Packets.transportChecksum(packet);
            ByteBuffer.wrap(packet)
                    .putShort(field, (short) (checksum == 0 && !tcp ? 0xFFFF : checksum));
        }
        return packet;
    }

    private boolean isIpv6() {
        return source.contains(":");
    }

    private byte[] transport() {
        if (!tcp) {
            return ByteBuffer.allocate(8 + payload.length)
                    .putShort((short) sourcePort)
                    .putShort((short) destinationPort)
                    .putShort((short) (8 + payload.length))
                    .putShort((short) 0)
                    .put(payload)
                    .array();
        }
        return ByteBuffer.allocate(20 + tcpOptions.length + payload.length)
                .putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putInt(sequence)
                .putInt(acknowledgment)
                .put((byte) ((((20 + tcpOptions.length) / 4) << 4) | reserved))
                .put((byte) flags)
                .putShort((short) window)
                .putShort((short) 0)
                .putShort((short) urgent)
                .put(tcpOptions)
                .put(payload)
                .array();
    }

    private byte[] ipv4(byte[] transport) {
        final int headerBytes = 20 + ipOptions.length;
        final byte[] packet =
                ByteBuffer.allocate(headerBytes + transport.length)
                        .put((byte) (0x40 | (headerBytes / 4)))
                        .put((byte) tos)
                        .putShort((short) (headerBytes + transport.length))
                        .putShort((short) identification)
                        .putShort((short) (fragmentField | (dontFragment ? 0x4000 : 0)))
                        .put((byte) ttl)
                        .put((byte) (tcp ? 6 : 17))
                        .putShort((short) 0)
                        .put(Packets.address(source).getAddress())
                        .put(Packets.address(destination).getAddress())
                        .put(ipOptions)
                        .put(transport)
                        .array();
        ByteBuffer.wrap(packet).putShort(10, (short) Packets.headerChecksumError(packet));
        return packet;
    }

    private byte[] ipv6(byte[] transport) {
        return ByteBuffer.allocate(40 + transport.length)
                .putInt(0x6000_0000 | (tos << 20) | flowLabel)
                .putShort((short) transport.length)
                .put((byte) (tcp ? 6 : 17))
                .put((byte) ttl)
                .put(Packets.address(source).getAddress())
                .put(Packets.address(destination).getAddress())
                .put(transport)
                .array();
    }
}
