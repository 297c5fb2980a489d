package dev.culvert.esp.testing;

import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.SendBatch;
import dev.culvert.tun.UdpPath;
import dev.culvert.tun.UdpPort;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.agrona.concurrent.UnsafeBuffer;

/** A UDP port in memory; what it sends can be looked at, or carried to another one. */
public final class FakePort implements UdpPort {

    /** A datagram with its outer addresses and TOS byte. */
    public static final class Datagram {
        private final InetSocketAddress from;
        private final InetSocketAddress to;
        private final int tos;
        private final byte[] bytes;
        private final int joinedBytes;

        public Datagram(InetSocketAddress from, InetSocketAddress to, int tos, byte[] bytes) {
            this(from, to, tos, bytes, 0);
        }

        /** Several, of a length of {@code joinedBytes} but for the last, as UDP_GRO joins them. */
        public Datagram(
                InetSocketAddress from,
                InetSocketAddress to,
                int tos,
                byte[] bytes,
                int joinedBytes) {
            this.joinedBytes = joinedBytes;
            this.from = from;
            this.to = to;
            this.tos = tos;
            this.bytes = bytes.clone();
        }

        public InetSocketAddress from() {
            return from;
        }

        public InetSocketAddress to() {
            return to;
        }

        public int tos() {
            return tos;
        }

        public byte[] bytes() {
            return bytes.clone();
        }
    }

    private final InetSocketAddress local;
    private final Queue<Datagram> arriving = new ConcurrentLinkedQueue<>();
    private final Queue<Datagram> sent = new ConcurrentLinkedQueue<>();
    private final Queue<Integer> sendErrors = new ConcurrentLinkedQueue<>();
    private final List<Integer> messageDatagrams = new ArrayList<>();
    private int runErrno;
    private boolean alwaysFull;
    private Runnable beforeReceive = () -> {};

    private final Optional<FakePort> first;

    public FakePort(InetSocketAddress local) {
        this.local = local;
        first = Optional.empty();
    }

    private FakePort(FakePort first) {
        local = first.local;
        this.first = Optional.of(first);
    }

    /** Another socket on the same port; what it sends is found at the first. */
    public FakePort another() {
        return new FakePort(this);
    }

    /** What the agent receives next. */
    public void give(Datagram datagram) {
        arriving.add(datagram);
    }

    /** What happens on another thread just before the agent receives for the next time. */
    public void beforeNextReceive(Runnable action) {
        beforeReceive = action;
    }

    /** What was sent since the last call. */
    public List<Datagram> take() {
        final List<Datagram> taken = new ArrayList<>();
        Datagram next = sent.poll();
        while (next != null) {
            taken.add(next);
            next = sent.poll();
        }
        return taken;
    }

    /** The next send fails once with this error number. */
    public void failNextSend(int errno) {
        sendErrors.add(errno);
    }

    /**
     * Messages of more than one datagram fail with this error number from now on; 0 for no more.
     */
    public void failRuns(int errno) {
        runErrno = errno;
    }

    /** How many datagrams each message had that was sent since the last call. */
    public List<Integer> takeMessageDatagrams() {
        final List<Integer> taken = List.copyOf(messageDatagrams);
        messageDatagrams.clear();
        return taken;
    }

    /** Every send fails with EAGAIN. */
    public void stayFull(boolean full) {
        alwaysFull = full;
    }

    @Override
    public int fd() {
        return -1;
    }

    @Override
    public AddressFamily family() {
        return AddressFamily.of(local.getAddress());
    }

    @Override
    public InetSocketAddress localAddress() {
        return local;
    }

    @Override
    public int receiveBatch(ReceiveBatch batch) {
        final Runnable action = beforeReceive;
        beforeReceive = () -> {};
        action.run();
        batch.clear();
        while (batch.count() < batch.slotCount() && !arriving.isEmpty()) {
            final Datagram datagram = arriving.remove();
            batch.addJoined(
                    new UnsafeBuffer(datagram.bytes),
                    0,
                    datagram.bytes.length,
                    datagram.joinedBytes,
                    UdpPath.between(datagram.to.getAddress(), datagram.from),
                    datagram.tos);
        }
        return batch.count();
    }

    @Override
    public int sendBatch(SendBatch batch) {
        if (first.isPresent()) {
            return first.get().sendBatch(batch);
        }
        int done = 0;
        final UdpPath path = new UdpPath();
        final int first = batch.nextSlot();
        for (int slot = first; slot < batch.count(); slot++) {
            final boolean isRun = batch.segmentSizeBytes(slot) > 0;
            final Integer error =
                    alwaysFull
                            ? Integer.valueOf(11)
                            : isRun && runErrno != 0
                                    ? Integer.valueOf(runErrno)
                                    : sendErrors.poll();
            if (error != null) {
                batch.recordSent(done, error);
                return done > 0 ? done : -error;
            }
            final byte[] bytes = new byte[batch.lengthBytes(slot)];
            batch.copyDatagram(slot, new UnsafeBuffer(bytes), 0);
            batch.copyPath(slot, path);
            final int segmentBytes = isRun ? batch.segmentSizeBytes(slot) : bytes.length;
            int datagrams = 0;
            for (int at = 0; at < bytes.length; at += segmentBytes) {
                sent.add(
                        new Datagram(
                                new InetSocketAddress(path.local(), local.getPort()),
                                path.remote(),
                                batch.tos(slot),
                                Arrays.copyOfRange(
                                        bytes, at, Math.min(at + segmentBytes, bytes.length))));
                datagrams++;
            }
            if (datagrams > 64 || bytes.length > 65507) {
                throw new IllegalStateException(datagrams + " datagrams, " + bytes.length);
            }
            messageDatagrams.add(datagrams);
            done++;
        }
        batch.recordSent(done, 0);
        return done;
    }

    @Override
    public void close() {}
}
