package dev.culvert.endpoint.control;

import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.SendBatch;
import dev.culvert.tun.SystemCallException;
import dev.culvert.tun.UdpPath;
import dev.culvert.tun.UdpPort;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of the IKE port without the non-ESP marker (500). Belongs to the control agent,
 * except for the counters.
 */
public final class IkeSockets implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.net");

    private static final int SLOTS = 16;

    /** The largest UDP payload; a longer IKE message cannot arrive in one datagram. */
    private static final int SLOT_BYTES = 65536;

    private final List<UdpPort> ports;
    private final ReceiveBatch received = new ReceiveBatch(SLOTS, SLOT_BYTES);
    private final SendBatch sending = new SendBatch(1, SLOT_BYTES);
    private final UdpPath path = new UdpPath();
    private final AtomicLong receivedCount = new AtomicLong();
    private final AtomicLong truncatedCount = new AtomicLong();
    private final AtomicLong sentCount = new AtomicLong();
    private final AtomicLong sendFailedCount = new AtomicLong();

    /** Takes an IKE message. */
    @FunctionalInterface
    public interface Receiver {
        /**
         * A message arrived.
         *
         * @param local where it was sent to
         * @param remote where it came from
         * @param message its bytes, which the receiver may keep
         */
        void onMessage(InetSocketAddress local, InetSocketAddress remote, byte[] message);
    }

    /**
     * @param ports at most one per address; closed with this object
     */
    public IkeSockets(List<UdpPort> ports) {
        this.ports = List.copyOf(ports);
    }

    /** The sockets, for a poller. */
    public List<UdpPort> ports() {
        return ports;
    }

    /**
     * Takes what waits at one socket, at most one batch of it.
     *
     * @return number of datagrams
     */
    public int receive(UdpPort port, Receiver receiver) {
        int count = port.receiveBatch(received);
        if (count < 0) {
            // An ICMP error about something that was sent; retransmission deals with it.
            LOG.debug("receive on {}: error {}", port.localAddress(), -count);
            return 0;
        }
        for (int slot = 0; slot < count; slot++) {
            if (received.isTruncated(slot)) {
                truncatedCount.incrementAndGet();
                continue;
            }
            receivedCount.incrementAndGet();
            received.copyPath(slot, path);
            byte[] message = new byte[received.lengthBytes(slot)];
            received.buffer().getBytes(received.dataOffset(slot), message);
            receiver.onMessage(
                    new InetSocketAddress(path.local(), port.localAddress().getPort()),
                    path.remote(),
                    message);
        }
        return count;
    }

    /**
     * Sends a message.
     *
     * @param dscp of the packet, 0 to 63
     * @return false if no socket has the local address, or the kernel refused it; that is counted,
     *     and IKE retransmits
     */
    public boolean send(
            InetSocketAddress local, InetSocketAddress remote, byte[] message, int dscp) {
        for (UdpPort port : ports) {
            if (isFor(port, local.getAddress(), remote.getAddress())) {
                return send(port, local.getAddress(), remote, message, dscp);
            }
        }
        LOG.debug("no socket can send from {} to {}", local, remote);
        sendFailedCount.incrementAndGet();
        return false;
    }

    /** Datagrams received. */
    public long received() {
        return receivedCount.get();
    }

    /** Datagrams that were too long. */
    public long truncated() {
        return truncatedCount.get();
    }

    /** Datagrams sent. */
    public long sent() {
        return sentCount.get();
    }

    /** Datagrams that could not be sent. */
    public long sendFailed() {
        return sendFailedCount.get();
    }

    @Override
    public void close() {
        ports.forEach(UdpPort::close);
    }

    private static boolean isFor(UdpPort port, InetAddress local, InetAddress remote) {
        InetAddress bound = port.localAddress().getAddress();
        return port.family() == AddressFamily.of(remote)
                && (bound.isAnyLocalAddress() || local.isAnyLocalAddress() || bound.equals(local));
    }

    private boolean send(
            UdpPort port, InetAddress local, InetSocketAddress remote, byte[] message, int dscp) {
        sending.clear();
        if (message.length > sending.slotCapacityBytes()) {
            sendFailedCount.incrementAndGet();
            return false;
        }
        UdpPath to = UdpPath.between(local, remote);
        sending.buffer().putBytes(sending.dataOffset(0), message);
        sending.add(message.length, to, dscp << 2);
        int sent = port.sendBatch(sending);
        if (sent == 1) {
            sentCount.incrementAndGet();
            return true;
        }
        sendFailedCount.incrementAndGet();
        if (LOG.isDebugEnabled()) {
            String why =
                    new SystemCallException("sendmmsg", sending.failedErrno(), "").getMessage();
            LOG.debug("cannot send to {}: {}", remote, why);
        }
        return false;
    }
}
