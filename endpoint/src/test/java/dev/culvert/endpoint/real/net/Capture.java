package dev.culvert.endpoint.real.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What passes a device, written by {@code tcpdump}. */
public final class Capture {

    /**
     * All IP packets except neighbour discovery and multicast listener reports, which hosts send at
     * will.
     */
    public static final String ALL =
            "ip or (ip6 and not ip6[6] == 0 and not (ip6[6] == 58 and ip6[40] >= 130 and ip6[40] <= 143))";

    private static final int FILE_HEADER_BYTES = 24;
    private static final int RECORD_HEADER_BYTES = 16;
    private static final int ETHERNET_HEADER_BYTES = 14;

    /** A pcap file's link type; TUN devices have another, without a header before the IP packet. */
    private static final int LINK_ETHERNET = 1;

    private final Background process;
    private final Path file;

    private Capture(Background process, Path file) {
        this.process = process;
        this.file = file;
    }

    /**
     * Starts a capture.
     *
     * @param filter in tcpdump's words
     */
    static Capture start(Namespace namespace, String device, String filter, Path file) {
        List<String> words = new ArrayList<>();
        words.addAll(List.of("tcpdump", "-i", device, "-Z", "root", "-U", "--immediate-mode"));
        words.addAll(List.of("-B", "16384", "-w", file.toString(), filter));
        Path log = Path.of(file + ".log");
        Background process = namespace.start(log, Map.of(), words.toArray(String[]::new));
        process.awaitLog("listening on", Duration.ofSeconds(10));
        return new Capture(process, file);
    }

    /** Ends the capture. */
    public Capture stop() {
        // What is on its way to tcpdump still counts.
        Await.pause(Duration.ofMillis(200));
        process.signal("INT");
        process.awaitExit(Duration.ofSeconds(5));
        return this;
    }

    /** The pcap file. */
    public Path file() {
        return file;
    }

    /** The IP packets so far, oldest first. */
    public List<WirePacket> packets() {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        List<WirePacket> packets = new ArrayList<>();
        boolean ethernet = bytes.length >= FILE_HEADER_BYTES && in.getInt(20) == LINK_ETHERNET;
        int at = FILE_HEADER_BYTES;
        while (at + RECORD_HEADER_BYTES <= bytes.length) {
            int length = in.getInt(at + 8);
            at += RECORD_HEADER_BYTES;
            if (at + length > bytes.length) {
                break;
            }
            int ip = ethernet ? at + ETHERNET_HEADER_BYTES : at;
            if (!ethernet || isIp(in.getShort(at + 12))) {
                packets.add(new WirePacket(Arrays.copyOfRange(bytes, ip, at + length)));
            }
            at += length;
        }
        return packets;
    }

    /** Whether an Ethernet type, read with its bytes swapped, is IPv4 or IPv6. */
    private static boolean isIp(short swapped) {
        int etherType = Short.toUnsignedInt(Short.reverseBytes(swapped));
        return etherType == 0x0800 || etherType == 0x86dd;
    }

    /** The ESP packets that one address sent so far. */
    public List<WirePacket> espFrom(String address) {
        return packets().stream()
                .filter(packet -> packet.isEsp() && packet.source().equals(address))
                .toList();
    }

    /** The first IKE_SA_INIT request at port 500, which must be there. */
    public byte[] firstIkeRequest() {
        return packets().stream()
                .filter(packet -> packet.isUdp() && packet.destinationPort() == 500)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no IKE at port 500 in " + file))
                .udpPayload();
    }
}
