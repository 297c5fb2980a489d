package dev.culvert.tun;

import java.net.InetSocketAddress;

/**
 * Sends and receives UDP datagrams in batches, without blocking, allocating or throwing. One thread
 * receives and one thread sends (they may differ), each with its own batches.
 */
public interface UdpPort extends AutoCloseable {
    /** The descriptor, for a {@link Poller}. */
    int fd();

    /** The family of every address in the batches. */
    AddressFamily family();

    /** Where it is bound; the port is the real one even if 0 was asked for. */
    InetSocketAddress localAddress();

    /**
     * Fills {@code batch} from slot 0 with what is waiting.
     *
     * @return number of slots filled (also {@link ReceiveBatch#count()}), 0 if nothing waits, or
     *     {@code -errno}
     */
    int receiveBatch(ReceiveBatch batch);

    /**
     * Sends the slots of {@code batch} from {@link SendBatch#nextSlot()} on, in order, until all
     * are gone or one fails. Afterwards {@link SendBatch#nextSlot()} is the first that is not sent
     * and {@link SendBatch#failedErrno()} says why (0 if all are gone). {@code EAGAIN} and {@code
     * ENOBUFS} pass with time: call again later; for others, {@link SendBatch#skipFailed()} and
     * call again for the rest.
     *
     * @return number of slots sent by this call, or {@code -errno} if it could send none
     */
    int sendBatch(SendBatch batch);

    /** Closes the socket; a second call does nothing. No call may be in progress. */
    @Override
    void close();
}
