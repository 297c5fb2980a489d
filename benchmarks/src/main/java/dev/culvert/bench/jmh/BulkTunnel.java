package dev.culvert.bench.jmh;

import static java.nio.ByteOrder.BIG_ENDIAN;

import dev.culvert.esp.AddressRange;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.EspSuite.Encryption;
import dev.culvert.esp.Offload;
import dev.culvert.esp.Offloads;
import dev.culvert.esp.SaPath;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.Selector;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.Segmenter;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.GatherList;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.SendBatch;
import dev.culvert.tun.TunQueue;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.VirtioNetHeader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A tunnel with bulk TCP in it, from a sending to a receiving host, for benchmarks of what either
 * end does with a super-packet. Its device and its sockets make no system calls.
 */
final class BulkTunnel {

    /** TCP segments of a super-packet. */
    static final int SEGMENTS = 45;

    /** IPv4 and TCP headers. */
    static final int HEADERS_BYTES = 40;

    /** Data of a segment. */
    static final int SLICE_BYTES = 1358;

    /** A super-packet. */
    static final int SUPER_BYTES = HEADERS_BYTES + SEGMENTS * SLICE_BYTES;

    /** Of the SA that carries it. */
    static final int SPI = 0x1000_0001;

    /** What seals it. */
    static final EspSuite SUITE = EspSuite.aead(Encryption.AES_GCM_16_128);

    private static final int SENDER = 0x0A010001;
    private static final int RECEIVER = 0x0A020001;
    private static final int SENDING_SITE = 0xC0000201;
    private static final int RECEIVING_SITE = 0xC0000202;

    private BulkTunnel() {}

    /** Where the sending end sends from and to. */
    static SaPath pathOfSender() {
        return new SaPath(site(SENDING_SITE), site(RECEIVING_SITE));
    }

    /** The same path, as the receiving end sees it. */
    static SaPath pathOfReceiver() {
        return new SaPath(site(RECEIVING_SITE), site(SENDING_SITE));
    }

    /** The sending end's selectors. */
    static SaSelectors selectorsOfSender() {
        return new SaSelectors(host(SENDER), host(RECEIVER));
    }

    /** The receiving end's selectors. */
    static SaSelectors selectorsOfReceiver() {
        return new SaSelectors(host(RECEIVER), host(SENDER));
    }

    /** A dataplane's configuration with all offloads. */
    static DataplaneConfig.Builder config(TunQueue tun, UdpPort socket, String engine) {
        return DataplaneConfig.builder(tun, List.of(socket), Crew::fail)
                .offloads(new Offloads(Set.of(Offload.values())))
                .cipherProviders(() -> Engines.provider(engine));
    }

    /** Writes the headers of a super-packet that begins at offset 0. */
    static void putHeaders(MutableDirectBuffer packet) {
        packet.putByte(0, (byte) 0x45);
        packet.putShort(2, (short) SUPER_BYTES, BIG_ENDIAN);
        packet.putByte(8, (byte) 64);
        packet.putByte(9, (byte) 6);
        packet.putInt(12, SENDER, BIG_ENDIAN);
        packet.putInt(16, RECEIVER, BIG_ENDIAN);
        packet.putByte(32, (byte) 0x50);
        packet.putByte(33, (byte) 0x10);
    }

    /** Begins to cut a super-packet that begins at offset 0. */
    static void startCutting(UnsafeBuffer packet, InnerPacket inner, Segmenter segmenter) {
        if (!inner.wrap(packet, 0, SUPER_BYTES)
                || !segmenter.start(inner, VirtioNetHeader.GSO_TCP4, SLICE_BYTES, true)) {
            throw new IllegalStateException("no super-packet");
        }
    }

    private static InetSocketAddress site(int ipv4) {
        return new InetSocketAddress(address(ipv4), 4500);
    }

    private static List<Selector> host(int ipv4) {
        return List.of(Selector.of(AddressRange.ofPrefix(address(ipv4), 32)));
    }

    private static InetAddress address(int ipv4) {
        try {
            return InetAddress.getByAddress(
                    new byte[] {
                        (byte) (ipv4 >>> 24), (byte) (ipv4 >>> 16), (byte) (ipv4 >>> 8), (byte) ipv4
                    });
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A TUN device from which nothing comes, and which takes everything. */
    static class Device implements TunQueue {

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
            return 0;
        }

        @Override
        public int write(DirectBuffer src, int offset, int lengthBytes) {
            return lengthBytes;
        }

        @Override
        public int write(GatherList pieces) {
            return pieces.lengthBytes();
        }

        @Override
        public void close() {}
    }

    /** A socket from which nothing comes, and which takes everything. */
    static class Socket implements UdpPort {

        private final InetSocketAddress localAddress;

        Socket(InetSocketAddress localAddress) {
            this.localAddress = localAddress;
        }

        @Override
        public int fd() {
            return -1;
        }

        @Override
        public AddressFamily family() {
            return AddressFamily.IPV4;
        }

        @Override
        public InetSocketAddress localAddress() {
            return localAddress;
        }

        @Override
        public int receiveBatch(ReceiveBatch batch) {
            return 0;
        }

        @Override
        public int sendBatch(SendBatch batch) {
            final int sent = batch.count() - batch.nextSlot();
            batch.recordSent(sent, 0);
            return sent;
        }

        @Override
        public void close() {}
    }
}
