package dev.culvert.tun;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A peer's address and port together with our own address towards it, kept off-heap so that it can
 * be copied into a {@link SendBatch} and compared with a {@link ReceiveBatch} without allocation.
 * Build one per SA and side. Not thread-safe: to hand one to another thread, {@link #copyTo} its
 * {@link #LENGTH_BYTES} into a message and {@link #copyFrom} them there.
 *
 * <pre>
 *  0                            28              32                            48
 * +----------------------------+---------------+-----------------------------+
 * | remote: sockaddr_in(6)     | our interface | our address (IPv4: first 4) |
 * +----------------------------+---------------+-----------------------------+
 * </pre>
 *
 * <p>The interface index is 0 ("any") except with a link-local IPv6 address, which means nothing
 * without it; our address is all zero when the kernel shall choose it.
 */
public final class UdpPath {
    /** Length of the layout above. */
    public static final int LENGTH_BYTES = 48;

    static final int REMOTE_OFFSET = 0;
    static final int INTERFACE_OFFSET = 28;
    static final int LOCAL_OFFSET = 32;

    private final UnsafeBuffer buffer =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(LENGTH_BYTES, 16));

    /** An empty path; {@link #isSet()} is false. */
    public UdpPath() {}

    /** A path to {@code remote}, from an address that the kernel chooses. */
    public static UdpPath to(InetSocketAddress remote) {
        UdpPath path = new UdpPath();
        path.set(remote, Optional.empty());
        return path;
    }

    /** A path to {@code remote} from our address {@code local}. */
    public static UdpPath between(InetAddress local, InetSocketAddress remote) {
        UdpPath path = new UdpPath();
        path.set(remote, Optional.of(local));
        return path;
    }

    /**
     * Replaces both addresses.
     *
     * @param local our address; empty or the wildcard if the kernel shall choose it
     * @throws IllegalArgumentException if the families differ or {@code remote} is unresolved
     */
    public void set(InetSocketAddress remote, Optional<InetAddress> local) {
        AddressFamily family = AddressFamily.of(remote.getAddress());
        if (local.isPresent() && AddressFamily.of(local.get()) != family) {
            throw new IllegalArgumentException(
                    "cannot reach " + remote + " from " + local.get().getHostAddress());
        }
        buffer.setMemory(0, LENGTH_BYTES, (byte) 0);
        SocketAddressCodec.encode(remote, buffer, REMOTE_OFFSET);
        if (local.isPresent()) {
            buffer.putBytes(LOCAL_OFFSET, local.get().getAddress());
            if (local.get() instanceof Inet6Address ip6 && ip6.isLinkLocalAddress()) {
                buffer.putInt(INTERFACE_OFFSET, ip6.getScopeId());
            }
        }
    }

    /** Copies all of {@code other}. */
    public void set(UdpPath other) {
        buffer.putBytes(0, other.buffer, 0, LENGTH_BYTES);
    }

    /** Forgets both addresses. */
    public void clear() {
        buffer.setMemory(0, LENGTH_BYTES, (byte) 0);
    }

    /** Whether a remote address was set. */
    public boolean isSet() {
        return SocketAddressCodec.isAddress(buffer, REMOTE_OFFSET);
    }

    /** Reads {@link #LENGTH_BYTES} that {@link #copyTo} or {@link ReceiveBatch} wrote. */
    public void copyFrom(DirectBuffer src, int offset) {
        buffer.putBytes(0, src, offset, LENGTH_BYTES);
    }

    /** Writes {@link #LENGTH_BYTES}. */
    public void copyTo(MutableDirectBuffer dst, int offset) {
        dst.putBytes(offset, buffer, 0, LENGTH_BYTES);
    }

    /** The family of both; {@link #isSet()} must hold. */
    public AddressFamily family() {
        return SocketAddressCodec.family(buffer, REMOTE_OFFSET);
    }

    /**
     * The peer's address and port, for the control path (allocates); {@link #isSet()} must hold.
     */
    public InetSocketAddress remote() {
        return SocketAddressCodec.decode(buffer, REMOTE_OFFSET);
    }

    /** The peer's port, 0 to 65535. */
    public int remotePort() {
        return SocketAddressCodec.port(buffer, REMOTE_OFFSET);
    }

    /**
     * Our address, for the control path (allocates); the wildcard address if the kernel shall
     * choose. {@link #isSet()} must hold.
     */
    public InetAddress local() {
        byte[] bytes = new byte[family().addressLengthBytes()];
        buffer.getBytes(LOCAL_OFFSET, bytes);
        return SocketAddressCodec.toInetAddress(bytes, buffer.getInt(INTERFACE_OFFSET));
    }

    /** Whether both have the same peer address and port. */
    public boolean isSameRemote(UdpPath other) {
        return SocketAddressCodec.isEqual(buffer, REMOTE_OFFSET, other.buffer, REMOTE_OFFSET);
    }

    /** Whether both have the same peer address and port and the same address of ours. */
    public boolean isSame(UdpPath other) {
        return isSameRemote(other) && isSameLocal(other.buffer, 0);
    }

    @Override
    public String toString() {
        return isSet() ? local().getHostAddress() + " -> " + remote() : "unset path";
    }

    boolean isSameRemote(DirectBuffer path, int offset) {
        return SocketAddressCodec.isEqual(buffer, REMOTE_OFFSET, path, offset + REMOTE_OFFSET);
    }

    boolean isSameLocal(DirectBuffer path, int offset) {
        return buffer.getLong(LOCAL_OFFSET) == path.getLong(offset + LOCAL_OFFSET)
                && buffer.getLong(LOCAL_OFFSET + 8) == path.getLong(offset + LOCAL_OFFSET + 8);
    }

    DirectBuffer buffer() {
        return buffer;
    }
}
