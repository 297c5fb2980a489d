package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DropReason;
import dev.culvert.tun.Errno;
import dev.culvert.tun.Poller;
import dev.culvert.tun.SendBatch;
import dev.culvert.tun.UdpPath;
import dev.culvert.tun.UdpPort;
import org.agrona.BufferUtil;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Collects sealed packets for one UDP port, one behind the other in an arena or wherever they were
 * sealed, and sends them. Datagrams of one length for one path and with one TOS byte make up a run,
 * of which only the last may be shorter, and leave as one message ({@code UDP_SEGMENT}); several
 * messages leave with one system call.
 *
 * <p>A message that the kernel cannot cut is sent again as single datagrams, byte by byte the same:
 * a sealed packet is never sealed again under its number. EIO means that the device cannot finish
 * checksums, so the port does without runs from then on. Any other error of that kind means that
 * the datagrams don't fit the path as the kernel knows it at that moment; the port tries again
 * after a rest.
 */
final class PortSender {

    /** What may wait to be sent; small enough to stay in the processor's cache. */
    static final int ARENA_BYTES = 1 << 18;

    private static final int MAX_RUN_DATAGRAMS = 64;
    private static final int MAX_RUN_BYTES = 65507;
    private static final int HEADERS_ONLY = 1;
    private static final int MAX_WAITS = 20;
    private static final long WAIT_NS = 1_000_000;
    private static final long REST_NS = 1_000_000_000;

    private final UdpPort port;
    private final AgentCounters counters;
    private final NanoClock clock;
    private final GsoReport report;
    private final boolean acrossSas;
    private final SendBatch batch;
    private final SendBatch singles = new SendBatch(MAX_RUN_DATAGRAMS, HEADERS_ONLY);
    private final UnsafeBuffer arena =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(ARENA_BYTES, 64));
    private final UnsafeBuffer[] places;
    private final UdpPath failedPath = new UdpPath();
    private final Poller poller = new Poller(1);
    private int tail;

    private UdpPath runPath = new UdpPath();
    private UnsafeBuffer runPlace = arena;
    private int runTos;
    private int runStart;
    private int runEnd;
    private int runDatagrams;
    private int runDatagramBytes;

    private boolean joining;
    private boolean resting;
    private long restUntilNs;
    private boolean refused;

    /** Hears when a port can no longer send runs, or can again. */
    interface GsoReport {
        /** For good. */
        void unusable(UdpPort port, int errno);

        /** For the time being. */
        void refused(UdpPort port, int errno);

        /** A run was taken after one was refused. */
        void accepted(UdpPort port);
    }

    /**
     * Nothing collected.
     *
     * @param messages how many leave with one system call, 1 to 1024
     * @param joining whether runs are made
     * @param acrossSas whether a run may have packets of several SAs, each of which has its own
     *     {@link UdpPath}
     */
    PortSender(
            UdpPort port,
            int messages,
            boolean joining,
            boolean acrossSas,
            AgentCounters counters,
            NanoClock clock,
            GsoReport report) {
        this.port = port;
        this.joining = joining;
        this.acrossSas = acrossSas;
        this.counters = counters;
        this.clock = clock;
        this.report = report;
        batch = new SendBatch(messages, HEADERS_ONLY);
        places = new UnsafeBuffer[messages];
        poller.add(port.fd(), Poller.WRITABLE);
    }

    /** Where datagrams are written. */
    UnsafeBuffer buffer() {
        return arena;
    }

    /**
     * Makes room for a datagram.
     *
     * @param lengthBytes 1 to 65507
     * @return where it goes
     */
    int claim(int lengthBytes) {
        if (tail + lengthBytes > ARENA_BYTES) {
            flush();
        }
        return tail;
    }

    /**
     * Adds the datagram that was written to the claimed place.
     *
     * @param path stays as it is until the next flush
     * @param joinable whether it fits the path in one piece, which a run requires
     */
    void add(int lengthBytes, UdpPath path, int tos, boolean joinable) {
        add(arena, tail, lengthBytes, path, tos, joinable);
        tail += lengthBytes;
    }

    /**
     * Adds a datagram that lies elsewhere off the heap, and stays as it is until the next flush.
     *
     * @see #add(int, UdpPath, int, boolean)
     */
    void add(
            UnsafeBuffer place,
            int offset,
            int lengthBytes,
            UdpPath path,
            int tos,
            boolean joinable) {
        final boolean joins = joining && joinable;
        if (!(joins && continuesRun(place, offset, lengthBytes, path, tos))) {
            endRun();
            if (batch.isFull()) {
                send();
            }
            runPath = path;
            runTos = tos;
            runPlace = place;
            runStart = offset;
            runDatagrams = 0;
            runDatagramBytes = lengthBytes;
        }
        runEnd = offset + lengthBytes;
        runDatagrams++;
        if (!joins || lengthBytes < runDatagramBytes || runDatagrams == MAX_RUN_DATAGRAMS) {
            endRun();
        }
    }

    private boolean continuesRun(
            UnsafeBuffer place, int offset, int lengthBytes, UdpPath path, int tos) {
        return runDatagrams > 0
                && lengthBytes <= runDatagramBytes
                && tos == runTos
                && place.addressOffset() == runPlace.addressOffset()
                && offset == runEnd
                && offset - runStart + lengthBytes <= MAX_RUN_BYTES
                && (path == runPath || (acrossSas && path.isSame(runPath)));
    }

    private void endRun() {
        if (runDatagrams > 0) {
            places[batch.count()] = runPlace;
            batch.add(
                    runPlace,
                    runStart,
                    runEnd - runStart,
                    runPath,
                    runTos,
                    runDatagrams > 1 ? runDatagramBytes : 0);
            runDatagrams = 0;
        }
    }

    /** Sends what was collected; afterwards the arena is empty. */
    void flush() {
        endRun();
        send();
        tail = 0;
        if (resting && clock.nanoTime() - restUntilNs >= 0) {
            resting = false;
            joining = true;
        }
    }

    private void send() {
        sendAll(batch);
    }

    private void sendAll(SendBatch messages) {
        int waits = 0;
        while (messages.nextSlot() < messages.count()) {
            final int before = messages.nextSlot();
            port.sendBatch(messages);
            countSent(messages, before);
            final int slot = messages.nextSlot();
            if (slot == messages.count()) {
                break;
            }
            final int errno = messages.failedErrno();
            if (isPassing(errno)) {
                if (waits++ == MAX_WAITS) {
                    counters.drop(DropReason.SEND_BLOCKED, datagramsFrom(messages, slot));
                    break;
                }
                counters.add(Counter.SEND_WAITS, 1);
                poller.poll(WAIT_NS);
            } else {
                if (isRun(messages, slot) && isAboutRuns(errno)) {
                    sendSingly(slot);
                    giveUpRuns(errno);
                } else {
                    counters.drop(DropReason.SEND_FAILED, datagrams(messages, slot));
                }
                messages.skipFailed();
            }
        }
        messages.clear();
    }

    private static boolean isPassing(int errno) {
        return errno == Errno.EAGAIN || errno == Errno.ENOBUFS || errno == Errno.EINTR;
    }

    private static boolean isAboutRuns(int errno) {
        return errno == Errno.EIO
                || errno == Errno.EINVAL
                || errno == Errno.EMSGSIZE
                || errno == Errno.EOPNOTSUPP
                || errno == Errno.ENOPROTOOPT;
    }

    /** The same bytes again, each datagram with a message of its own. */
    private void sendSingly(int slot) {
        final int segmentBytes = batch.segmentSizeBytes(slot);
        final UnsafeBuffer place = places[slot];
        final int end = batch.offset(slot, place) + batch.lengthBytes(slot);
        batch.copyPath(slot, failedPath);
        for (int at = batch.offset(slot, place); at < end; at += segmentBytes) {
            singles.add(
                    place, at, Math.min(segmentBytes, end - at), failedPath, batch.tos(slot), 0);
        }
        sendAll(singles);
    }

    private void giveUpRuns(int errno) {
        joining = false;
        if (errno == Errno.EIO) {
            resting = false;
            report.unusable(port, errno);
        } else {
            resting = true;
            refused = true;
            restUntilNs = clock.nanoTime() + REST_NS;
            report.refused(port, errno);
        }
    }

    private void countSent(SendBatch messages, int from) {
        long datagrams = 0;
        long bytes = 0;
        boolean runTaken = false;
        for (int slot = from; slot < messages.nextSlot(); slot++) {
            datagrams += datagrams(messages, slot);
            bytes += messages.lengthBytes(slot);
            runTaken |= isRun(messages, slot);
        }
        counters.add(Counter.MESSAGES, messages.nextSlot() - from);
        counters.add(Counter.DATAGRAMS, datagrams);
        counters.add(Counter.DATAGRAM_BYTES, bytes);
        if (runTaken && refused && !resting) {
            refused = false;
            report.accepted(port);
        }
    }

    private static boolean isRun(SendBatch messages, int slot) {
        return messages.segmentSizeBytes(slot) > 0;
    }

    private static int datagrams(SendBatch messages, int slot) {
        final int segmentBytes = messages.segmentSizeBytes(slot);
        return segmentBytes == 0
                ? 1
                : (messages.lengthBytes(slot) + segmentBytes - 1) / segmentBytes;
    }

    private static long datagramsFrom(SendBatch messages, int from) {
        long sum = 0;
        for (int slot = from; slot < messages.count(); slot++) {
            sum += datagrams(messages, slot);
        }
        return sum;
    }
}
