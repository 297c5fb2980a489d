package dev.culvert.esp.agent;

import dev.culvert.esp.crypto.EspCipher;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.Segmenter;
import dev.culvert.esp.sa.OutboundSa;
import dev.culvert.esp.worker.CryptoJob;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Packets and super-packets to be cut and sealed, read one behind the other into the job's own
 * memory, and what is sealed of them, one behind the other in another part.
 *
 * <pre>
 *  input    headroom | packet | trailer … | headroom | super-packet | trailer … |   next read to here
 *  output   ESP packet | ESP packet | ESP packet | ESP packet | …
 * </pre>
 */
final class SealJob extends CryptoJob {

    /** Enough for the longest super-packet with segments of the usual length. */
    static final int OUTPUT_BYTES = 1 << 17;

    static final int MAX_DATAGRAMS = 512;

    /** A job is full from here on, so that the longest read always fits. */
    private static final int FULL_INPUT_BYTES = 1 << 15;

    private static final int FULL_TASKS = 64;
    private static final int MAX_UDP_PAYLOAD_BYTES = 65507;
    private static final int ALIGNMENT_BYTES = 64;

    private final UnsafeBuffer input =
            buffer(FULL_INPUT_BYTES + ALIGNMENT_BYTES + OutboundPipeline.BUFFER_BYTES);
    private final UnsafeBuffer output = buffer(OUTPUT_BYTES);
    private final SealTask[] tasks = new SealTask[FULL_TASKS];
    private final int[] datagramBytes = new int[MAX_DATAGRAMS];
    private final Segmenter segmenter = new Segmenter();
    private final InnerPacket superPacket = new InnerPacket();
    private final CoveredBytes covered = new CoveredBytes();
    private int taskCount;
    private int packets;
    private int inputTail;
    private int outputBound;

    private int datagrams;
    private int outputTail;

    SealJob() {
        for (int i = 0; i < FULL_TASKS; i++) {
            tasks[i] = new SealTask();
        }
    }

    private static UnsafeBuffer buffer(int bytes) {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(bytes, ALIGNMENT_BYTES));
    }

    /** Where packets are read to. */
    UnsafeBuffer input() {
        return input;
    }

    /** Where the next packet is read to. */
    int nextOffset() {
        return inputTail + TunWriter.HEADROOM_BYTES;
    }

    /** Where ESP packets are, one behind the other. */
    UnsafeBuffer output() {
        return output;
    }

    boolean isEmpty() {
        return taskCount == 0;
    }

    /** True when nothing more should be read into it. */
    boolean isFull() {
        return taskCount == FULL_TASKS || inputTail >= FULL_INPUT_BYTES;
    }

    /** Bytes of output at most. */
    int outputBound() {
        return outputBound;
    }

    /** Packets of all tasks. */
    int packets() {
        return packets;
    }

    int taskCount() {
        return taskCount;
    }

    SealTask task(int index) {
        return tasks[index];
    }

    /** Whether there is room for so many packets, each sealed to a length at most. */
    boolean hasRoom(int morePackets, int espBytes) {
        return taskCount < FULL_TASKS
                && espBytes <= MAX_UDP_PAYLOAD_BYTES
                && morePackets <= MAX_DATAGRAMS - packets
                && (long) morePackets * espBytes <= OUTPUT_BYTES - outputBound;
    }

    /**
     * Adds what was read to {@link #nextOffset()}, with {@link #hasRoom} checked.
     *
     * @param trailingBytes what is written behind at most
     * @return to be filled in
     */
    SealTask add(int count, int espBytes, int lengthBytes, int trailingBytes) {
        final SealTask task = tasks[taskCount++];
        task.sealedPackets = 0;
        task.sealedBytes = 0;
        task.packets = count;
        task.offset = nextOffset();
        task.lengthBytes = lengthBytes;
        packets += count;
        outputBound += count * espBytes;
        final int end = task.offset + lengthBytes + trailingBytes;
        inputTail = (end + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
        return task;
    }

    /** Forgets everything. */
    void clear() {
        taskCount = 0;
        packets = 0;
        inputTail = 0;
        outputBound = 0;
        datagrams = 0;
        outputTail = 0;
    }

    /** Length of an ESP packet, in the order of sealing; 0 when it was not sealed. */
    int datagramBytes(int index) {
        return index < datagrams ? datagramBytes[index] : 0;
    }

    @Override
    protected void work(int place) {
        for (int i = 0; i < taskCount; i++) {
            final SealTask task = tasks[i];
            final EspCipher cipher = task.sa.ciphers().at(place);
            if (task.isSuperPacket()) {
                sealSegments(task, cipher);
            } else {
                seal(task, cipher, 0, input, task.offset, task.lengthBytes);
            }
        }
    }

    private void sealSegments(SealTask task, EspCipher cipher) {
        if (!superPacket.wrap(input, task.offset, task.lengthBytes)
                || !segmenter.start(
                        superPacket, task.gsoType, task.sliceBytes, task.withChecksum)) {
            throw new IllegalStateException("a super-packet changed after it was checked");
        }
        for (int i = 0; i < task.packets && segmenter.next(); i++) {
            final int innerBytes = segmenter.lengthBytes();
            final int end = segmenter.offset() + innerBytes;
            final int coveredBytes = task.plaintextBytes(innerBytes) - innerBytes;
            covered.save(input, end, coveredBytes);
            seal(task, cipher, i, input, segmenter.offset(), innerBytes);
            covered.restore(input, end, coveredBytes);
        }
    }

    private void seal(
            SealTask task,
            EspCipher cipher,
            int index,
            UnsafeBuffer buffer,
            int offset,
            int innerBytes) {
        final OutboundSa sa = task.sa;
        final int plaintextBytes = task.plaintextBytes(innerBytes);
        final boolean sealed =
                EspWriter.write(
                        cipher,
                        sa.spi(),
                        task.firstSequence + index,
                        buffer,
                        offset,
                        innerBytes,
                        task.payloadBytes(innerBytes),
                        plaintextBytes,
                        task.ipv6,
                        output,
                        outputTail);
        final int espBytes = sealed ? EspLayout.packetBytes(sa.suite(), plaintextBytes) : 0;
        datagramBytes[datagrams++] = espBytes;
        outputTail += espBytes;
        if (sealed) {
            task.sealedPackets++;
            task.sealedBytes += innerBytes;
        }
    }
}
