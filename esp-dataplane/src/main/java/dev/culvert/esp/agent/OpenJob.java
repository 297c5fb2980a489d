package dev.culvert.esp.agent;

import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.sa.InboundSa;
import dev.culvert.esp.worker.CryptoJob;
import dev.culvert.tun.ReceiveBatch;
import org.agrona.concurrent.UnsafeBuffer;

/** Datagrams that were received together, and those of them that are to be opened in place. */
final class OpenJob extends CryptoJob {

    private static final int MAX_PACKETS = 512;

    private final ReceiveBatch batch;
    private final UnsafeBuffer buffer;
    private final Packet[] packets = new Packet[MAX_PACKETS];
    private int count;
    private int bytes;
    private int worked;
    private long nowNs;

    /** A packet to be opened. The agent writes all but {@code genuine}. */
    static final class Packet {
        InboundSa sa;
        long sequence;
        int slot;
        int offset;
        int lengthBytes;
        boolean fromPeer;
        boolean genuine;

        int plainOffset() {
            return offset + EspLayout.IV_OFFSET + sa.suite().ivBytes();
        }

        int plaintextBytes() {
            return lengthBytes - EspLayout.packetBytes(sa.suite(), 0);
        }
    }

    /**
     * @param slots of the batch
     */
    OpenJob(int slots) {
        batch = new ReceiveBatch(slots, ReceiveBatch.MAX_DATAGRAM_BYTES);
        buffer = new UnsafeBuffer(batch.buffer());
        for (int i = 0; i < MAX_PACKETS; i++) {
            packets[i] = new Packet();
        }
    }

    ReceiveBatch batch() {
        return batch;
    }

    UnsafeBuffer buffer() {
        return buffer;
    }

    /** When it was received. */
    long nowNs() {
        return nowNs;
    }

    void receivedAt(long timeNs) {
        nowNs = timeNs;
    }

    boolean isFull() {
        return count == MAX_PACKETS;
    }

    /** How many packets are to be opened. */
    int count() {
        return count;
    }

    /** Length of them all. */
    int bytes() {
        return bytes;
    }

    /** How many were looked at: fewer than there are when the job ended with a fault. */
    int worked() {
        return worked;
    }

    Packet packet(int index) {
        return packets[index];
    }

    void add(InboundSa sa, long sequence, boolean fromPeer, int slot, int offset, int lengthBytes) {
        final Packet packet = packets[count++];
        packet.sa = sa;
        packet.sequence = sequence;
        packet.fromPeer = fromPeer;
        packet.slot = slot;
        packet.offset = offset;
        packet.lengthBytes = lengthBytes;
        bytes += lengthBytes;
    }

    /** Forgets the packets. */
    void clear() {
        count = 0;
        bytes = 0;
        worked = 0;
    }

    @Override
    protected void work(int place) {
        for (int i = 0; i < count; i++) {
            final Packet packet = packets[i];
            packet.genuine =
                    packet.sa
                            .ciphers()
                            .at(place)
                            .open(
                                    packet.sequence,
                                    buffer,
                                    packet.offset,
                                    packet.lengthBytes,
                                    buffer,
                                    packet.plainOffset());
            worked++;
        }
    }
}
