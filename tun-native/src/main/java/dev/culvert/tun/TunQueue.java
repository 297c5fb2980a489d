package dev.culvert.tun;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * One descriptor of a TUN device: whole IP packets in and out, without blocking. Buffers must be
 * off-heap. Reads belong to one thread and writes to one thread (they may differ). Nothing here
 * allocates or throws for what the kernel says.
 */
public interface TunQueue extends AutoCloseable {
    /** The descriptor, for a {@link Poller}. */
    int fd();

    /**
     * Length of the header in front of each packet, read or written: 0 for plain packets, else
     * {@link VirtioNetHeader#LENGTH_BYTES}.
     */
    int headerLengthBytes();

    /**
     * Reads one packet, behind its {@link #headerLengthBytes() header}.
     *
     * @param dst off-heap buffer
     * @param maxLengthBytes room at {@code offset}; a longer packet is cut to it, so give at least
     *     MTU plus header
     * @return length in bytes (&gt; 0), 0 if there is none now, or {@code -errno}
     */
    int read(MutableDirectBuffer dst, int offset, int maxLengthBytes);

    /**
     * Writes one packet, behind its {@link #headerLengthBytes() header}.
     *
     * @param src off-heap buffer
     * @return {@code lengthBytes}, or {@code -errno}: {@code -EIO} while the interface is down,
     *     {@code -EINVAL} for what is not an IP packet
     */
    int write(DirectBuffer src, int offset, int lengthBytes);

    /**
     * Writes one packet made of several pieces, in order; the first begins with the {@link
     * #headerLengthBytes() header}.
     *
     * @return bytes written, or {@code -errno}
     */
    int write(GatherList pieces);

    /** Closes the descriptor; a second call does nothing. No call may be in progress. */
    @Override
    void close();
}
