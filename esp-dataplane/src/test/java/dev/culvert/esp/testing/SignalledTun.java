package dev.culvert.esp.testing;

import dev.culvert.tun.GatherList;
import dev.culvert.tun.SystemCallException;
import dev.culvert.tun.TunQueue;
import dev.culvert.tun.WakeUp;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** A TUN queue in memory with a real descriptor to poll. */
public final class SignalledTun implements TunQueue {

    private final Queue<byte[]> toRead = new ConcurrentLinkedQueue<>();
    private final BlockingQueue<byte[]> written = new LinkedBlockingQueue<>();
    private final WakeUp readable;

    public SignalledTun() throws SystemCallException {
        readable = WakeUp.open();
    }

    /** What the agents read next. */
    public void give(byte[] packet) {
        toRead.add(packet.clone());
        readable.signal();
    }

    /** What the agents write. */
    public BlockingQueue<byte[]> written() {
        return written;
    }

    @Override
    public int fd() {
        return readable.fd();
    }

    @Override
    public int headerLengthBytes() {
        return 10;
    }

    @Override
    public int read(MutableDirectBuffer dst, int offset, int maxLengthBytes) {
        byte[] packet = toRead.poll();
        if (packet == null) {
            readable.drain();
            packet = toRead.poll();
        }
        if (packet == null) {
            return 0;
        }
        dst.setMemory(offset, 10, (byte) 0);
        dst.putBytes(offset + 10, packet);
        return packet.length + 10;
    }

    @Override
    public int write(DirectBuffer src, int offset, int lengthBytes) {
        final byte[] packet = new byte[lengthBytes - 10];
        for (int i = 0; i < 10; i++) {
            if (src.getByte(offset + i) != 0) {
                return -22;
            }
        }
        src.getBytes(offset + 10, packet);
        written.add(packet);
        return lengthBytes;
    }

    @Override
    public int write(GatherList pieces) {
        throw new UnsupportedOperationException("gather lists come with super-packets");
    }

    @Override
    public void close() {
        readable.close();
    }
}
