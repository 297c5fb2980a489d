package dev.culvert.endpoint.vici;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;

/** Frames on a stream socket. Reading is for one thread, writing for another. */
final class ViciChannel implements AutoCloseable {
    private final SocketChannel socket;
    private final ByteBuffer length = ByteBuffer.allocate(ViciDescriptor.LENGTH_BYTES);

    ViciChannel(SocketChannel socket) {
        this.socket = socket;
    }

    /** Connects to a server's socket. */
    static ViciChannel connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return new ViciChannel(channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * The next packet; empty when the peer has closed the connection between two.
     *
     * @throws ProtocolException when it is not a packet, or larger than vici allows
     */
    Optional<ViciPacket> read() throws IOException {
        length.clear();
        if (!fill(length)) {
            return Optional.empty();
        }
        int lengthBytes = length.flip().getInt();
        if (lengthBytes < 1 || lengthBytes > ViciDescriptor.MOST_PACKET_BYTES) {
            throw new ProtocolException(
                    "a packet of " + Integer.toUnsignedString(lengthBytes) + " bytes");
        }
        ByteBuffer packet = ByteBuffer.allocate(lengthBytes);
        if (!fill(packet)) {
            throw new EOFException("the connection ended within a packet");
        }
        return switch (ViciDecoder.decode(packet.array())) {
            case ViciDecoder.Result.Decoded(ViciPacket decoded) -> Optional.of(decoded);
            case ViciDecoder.Result.Malformed(String reason) ->
                    throw new ProtocolException("a malformed packet: " + reason);
        };
    }

    /** Sends a packet; one that is larger than vici allows is not sent. */
    void write(ViciPacket packet) throws IOException {
        byte[] bytes = ViciEncoder.encode(packet);
        if (bytes.length > ViciDescriptor.MOST_PACKET_BYTES) {
            throw new ProtocolException("a packet of " + bytes.length + " bytes is too large");
        }
        ByteBuffer frame = ByteBuffer.allocate(ViciDescriptor.LENGTH_BYTES + bytes.length);
        frame.putInt(bytes.length).put(bytes).flip();
        while (frame.hasRemaining()) {
            socket.write(frame);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** False when the connection ended before the first byte. */
    private boolean fill(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (socket.read(buffer) < 0) {
                if (buffer.position() == 0) {
                    return false;
                }
                throw new EOFException("the connection ended within a packet");
            }
        }
        return true;
    }
}
