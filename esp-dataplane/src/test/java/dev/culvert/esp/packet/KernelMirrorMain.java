package dev.culvert.esp.packet;

import dev.culvert.tun.Poller;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.SendBatch;
import dev.culvert.tun.TunDevice;
import dev.culvert.tun.TunOffload;
import dev.culvert.tun.TunOptions;
import dev.culvert.tun.TunQueue;
import dev.culvert.tun.UdpOptions;
import dev.culvert.tun.UdpPath;
import dev.culvert.tun.UdpSocket;
import dev.culvert.tun.VirtioNetHeader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The kernel against itself, with us in between: what it gives to a TUN device goes back to it cut
 * into packets, with the addresses swapped (which no checksum notices). So a TCP socket that
 * connects to its own port behind the device meets itself (simultaneous open, RFC 9293 3.5), and
 * what it writes is what it reads. Runs in a namespace of its own, see {@link KernelMirrorIT}.
 */
final class KernelMirrorMain {

    private static final int HEADROOM_BYTES = 64;
    private static final int PORT = 4000;
    private static final int STREAM_BYTES = 3_000_000;
    private static final int DATAGRAM_BYTES = 1000;
    private static final int DATAGRAMS = 21;

    private final TunQueue tun;
    private final InnerPacket inner = new InnerPacket();
    private final Segmenter segmenter = new Segmenter();
    private final UnsafeBuffer read = allocate();
    private final UnsafeBuffer write = allocate();
    private int supers;
    private int packets;

    private KernelMirrorMain(TunQueue tun) {
        this.tun = tun;
    }

    private static UnsafeBuffer allocate() {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(1 << 17, 64));
    }

    public static void main(String[] arguments) throws Exception {
        final TunOptions options =
                TunOptions.named("mirror").withOffloads(EnumSet.allOf(TunOffload.class));
        try (TunDevice device = TunDevice.open(options)) {
            System.out.println("offloads " + EnumSet.copyOf(device.offloads()));
            device.setUp(true);
            ip("addr", "add", "10.99.0.1/24", "dev", "mirror");
            ip("-6", "addr", "add", "fd99::1/64", "dev", "mirror", "nodad");
            final KernelMirrorMain mirror = new KernelMirrorMain(device.queue());
            Thread.ofPlatform().daemon().start(mirror::run);
            mirror.report("tcp4", stream("10.99.0.1", "10.99.0.2"));
            mirror.report("tcp6", stream("fd99::1", "fd99::2"));
            mirror.report("udp4", datagrams("10.99.0.1", "10.99.0.2"));
            mirror.report("udp6", datagrams("fd99::1", "fd99::2"));
        }
    }

    private synchronized void report(String what, boolean same) {
        System.out.println(
                what + (same ? " same" : " DIFFERENT") + (supers > 0 ? " cut" : " NOT CUT"));
        System.err.println(what + ": " + supers + " super-packets, " + packets + " packets");
        supers = 0;
        packets = 0;
    }

    private static boolean stream(String local, String remote) throws Exception {
        final byte[] sent = new byte[STREAM_BYTES];
        new Random(1).nextBytes(sent);
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(InetAddress.getByName(local), PORT));
            socket.connect(new InetSocketAddress(InetAddress.getByName(remote), PORT), 10_000);
            socket.setSoTimeout(10_000);
            final OutputStream out = socket.getOutputStream();
            final CompletableFuture<Void> written =
                    CompletableFuture.runAsync(() -> {
                        try {
                            out.write(sent);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
            final InputStream in = socket.getInputStream();
            final byte[] received = in.readNBytes(sent.length);
            written.join();
            return Arrays.equals(received, sent);
        }
    }

    private static boolean datagrams(String local, String remote) throws Exception {
        final int totalBytes = DATAGRAMS * DATAGRAM_BYTES - DATAGRAM_BYTES / 2;
        final byte[] sent = new byte[totalBytes];
        new Random(2).nextBytes(sent);
        final UdpOptions options = UdpOptions.boundTo(InetAddress.getByName(local), PORT);
        try (UdpSocket socket = UdpSocket.open(options)) {
            final SendBatch batch = new SendBatch(1, totalBytes);
            batch.buffer().putBytes(0, sent);
            batch.add(
                    batch.buffer(),
                    0,
                    totalBytes,
                    UdpPath.between(
                            InetAddress.getByName(local),
                            new InetSocketAddress(InetAddress.getByName(remote), PORT)),
                    0,
                    DATAGRAM_BYTES);
            if (socket.sendBatch(batch) != 1) {
                throw new IllegalStateException("not sent: errno " + batch.failedErrno());
            }
            final byte[] received = new byte[totalBytes];
            final ReceiveBatch in = new ReceiveBatch(DATAGRAMS, 65536);
            final Poller poller = new Poller(1);
            poller.add(socket.fd(), Poller.READABLE);
            int at = 0;
            while (at < totalBytes && poller.poll(5_000_000_000L) > 0) {
                final int count = socket.receiveBatch(in);
                for (int slot = 0; slot < count; slot++) {
                    in.buffer().getBytes(in.dataOffset(slot), received, at, in.lengthBytes(slot));
                    at += in.lengthBytes(slot);
                }
            }
            return at == totalBytes && Arrays.equals(received, sent);
        }
    }

    private void run() {
        final Poller poller = new Poller(1);
        poller.add(tun.fd(), Poller.READABLE);
        while (true) {
            final int length =
                    tun.read(
                                    read,
                                    HEADROOM_BYTES - VirtioNetHeader.LENGTH_BYTES,
                                    65575 + VirtioNetHeader.LENGTH_BYTES)
                            - VirtioNetHeader.LENGTH_BYTES;
            if (length > 0) {
                mirror(length);
            } else if (poller.poll(1_000_000_000L) < 0) {
                return;
            }
        }
    }

    private synchronized void mirror(int lengthBytes) {
        final int header = HEADROOM_BYTES - VirtioNetHeader.LENGTH_BYTES;
        if (!inner.wrap(read, HEADROOM_BYTES, lengthBytes)) {
            throw new IllegalStateException("no IP packet");
        }
        final int type = VirtioNetHeader.gsoType(read, header);
        final boolean partial = VirtioNetHeader.needsChecksum(read, header);
        if (type == VirtioNetHeader.GSO_NONE) {
            if (partial
                    && !PartialChecksum.finish(
                            read,
                            HEADROOM_BYTES,
                            lengthBytes,
                            VirtioNetHeader.checksumStart(read, header),
                            VirtioNetHeader.checksumOffset(read, header))) {
                throw new IllegalStateException("checksum outside of the packet");
            }
            giveBack(HEADROOM_BYTES, lengthBytes);
            return;
        }
        supers++;
        if (!segmenter.start(inner, type, VirtioNetHeader.gsoSizeBytes(read, header), partial)) {
            throw new IllegalStateException("super-packet of kind " + type + " not understood");
        }
        while (segmenter.next()) {
            giveBack(segmenter.offset(), segmenter.lengthBytes());
        }
    }

    private void giveBack(int offset, int lengthBytes) {
        packets++;
        VirtioNetHeader.clear(write, 0);
        write.putBytes(VirtioNetHeader.LENGTH_BYTES, read, offset, lengthBytes);
        final boolean ipv6 = (write.getByte(VirtioNetHeader.LENGTH_BYTES) & 0xF0) == 0x60;
        final int source = VirtioNetHeader.LENGTH_BYTES + (ipv6 ? 8 : 12);
        final int addressBytes = ipv6 ? 16 : 4;
        write.putBytes(source, read, offset + (ipv6 ? 24 : 16), addressBytes);
        write.putBytes(source + addressBytes, read, offset + (ipv6 ? 8 : 12), addressBytes);
        final int written = tun.write(write, 0, VirtioNetHeader.LENGTH_BYTES + lengthBytes);
        if (written < 0) {
            System.err.println("write: " + written);
        }
    }

    private static void ip(String... arguments) throws Exception {
        final String[] command = new String[arguments.length + 1];
        command[0] = "ip";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
            throw new IllegalStateException(String.join(" ", command));
        }
    }
}
