package dev.culvert.esp.testing;

import dev.culvert.tun.GatherList;
import dev.culvert.tun.TunQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** A TUN queue in memory. */
public final class FakeTun implements TunQueue {

    private final Queue<byte[]> toRead = new ConcurrentLinkedQueue<>();
    private final ArrayDeque<byte[]> written = new ArrayDeque<>();
    private boolean refusing;

    /** What the agents read next. */
    public void give(byte[] packet) {
        toRead.add(packet.clone());
    }

    /** What the agents have written since the last call. */
    public synchronized List<byte[]> take() {
        final List<byte[]> taken = new ArrayList<>(written);
        written.clear();
        return taken;
    }

    /** Makes writes fail. */
    public synchronized void refuseWrites(boolean refuse) {
        refusing = refuse;
    }

    @Override
    public int fd() {
        return -1;
    }

    @Override
    public int headerLengthBytes() {
        return 0;
    }

    @Override
    public int read(MutableDirectBuffer dst, int offset, int maxLengthBytes) {
        final byte[] packet = toRead.poll();
        if (packet == null) {
            return 0;
        }
        dst.putBytes(offset, packet);
        return packet.length;
    }

    @Override
    public synchronized int write(DirectBuffer src, int offset, int lengthBytes) {
        if (refusing) {
            return -5;
        }
        final byte[] packet = new byte[lengthBytes];
        src.getBytes(offset, packet);
        written.add(packet);
        return lengthBytes;
    }

    @Override
    public int write(GatherList pieces) {
        throw new UnsupportedOperationException("gather lists come with super-packets");
    }

    @Override
    public void close() {}
}
