package dev.culvert.esp.testing;

import dev.culvert.tun.GatherList;
import dev.culvert.tun.TunQueue;
import dev.culvert.tun.VirtioNetHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** A TUN queue in memory, with a virtio header in front of each packet. */
public final class FakeTun implements TunQueue {

    private final Queue<byte[]> toRead = new ConcurrentLinkedQueue<>();
    private final ArrayDeque<byte[]> written = new ArrayDeque<>();
    private final Optional<FakeTun> first;
    private boolean refusing;
    private int writes;

    public FakeTun() {
        first = Optional.empty();
    }

    private FakeTun(FakeTun first) {
        this.first = Optional.of(first);
    }

    /** Another queue of the device; what is written to it is found at the first. */
    public FakeTun another() {
        return new FakeTun(this);
    }

    /** How many packets were written to this queue. */
    public synchronized int writes() {
        return writes;
    }

    /** What the agents read next. */
    public void give(byte[] packet) {
        give(new byte[VirtioNetHeader.LENGTH_BYTES], packet);
    }

    /** A packet whose transport checksum is to be finished. */
    public void givePartial(byte[] packet, int checksumStart, int checksumOffset) {
        give(header(VirtioNetHeader.GSO_NONE, 0, checksumStart, checksumOffset), packet);
    }

    /** A super-packet. */
    public void giveSuper(byte[] packet, int gsoType, int gsoSizeBytes) {
        final int start = Packets.headerBytes(packet);
        final int field = gsoType == VirtioNetHeader.GSO_UDP ? 6 : 16;
        give(header(gsoType, gsoSizeBytes, start, field), packet);
    }

    private static byte[] header(int gsoType, int gsoSizeBytes, int start, int field) {
        return ByteBuffer.allocate(VirtioNetHeader.LENGTH_BYTES)
                .order(ByteOrder.nativeOrder())
                .put((byte) VirtioNetHeader.NEEDS_CHECKSUM)
                .put((byte) gsoType)
                .putShort((short) 0)
                .putShort((short) gsoSizeBytes)
                .putShort((short) start)
                .putShort((short) field)
                .array();
    }

    private void give(byte[] header, byte[] packet) {
        final byte[] both = Arrays.copyOf(header, header.length + packet.length);
        System.arraycopy(packet, 0, both, header.length, packet.length);
        toRead.add(both);
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
        return VirtioNetHeader.LENGTH_BYTES;
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
        writes++;
        if (first.isPresent()) {
            return first.get().write(src, offset, lengthBytes);
        }
        if (refusing) {
            return -5;
        }
        final byte[] header = new byte[VirtioNetHeader.LENGTH_BYTES];
        src.getBytes(offset, header);
        if (!Arrays.equals(header, new byte[VirtioNetHeader.LENGTH_BYTES])) {
            return -22;
        }
        final byte[] packet = new byte[lengthBytes - header.length];
        src.getBytes(offset + header.length, packet);
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
