package dev.culvert.ike.session;

import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.ConnectionConfig.Fragmentation;
import dev.culvert.ike.message.IkeHeader;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.message.SkCodec;
import java.net.Inet4Address;
import java.util.List;
import java.util.Optional;

/**
 * How one IKE SA cuts the messages that it sends (RFC 7383 section 2.5): what is larger than a path
 * is believed to carry goes in fragments, and what gets no answer is cut smaller.
 */
public final class Fragmenting {
    /** Coarse steps down, in bytes of IP packets (RFC 7383 section 2.5.2). */
    private static final int[] STEPS_BYTES = {1280, 576};

    private static final int IPV4_HEADER_BYTES = 20;
    private static final int IPV6_HEADER_BYTES = 40;
    private static final int UDP_HEADER_BYTES = 8;
    private static final int MARKER_BYTES = 4;

    private final Services services;
    private boolean agreed;
    private int packetBytes;

    Fragmenting(Services services) {
        this.services = services;
    }

    /** Notes that both sides announced that they take fragments. */
    public void agree() {
        agreed = true;
    }

    /** Whether both did. */
    public boolean isAgreed() {
        return agreed;
    }

    /** Takes over what another IKE SA with the same peer has found out. */
    public void inherit(Fragmenting from) {
        agreed = from.agreed;
        packetBytes = from.packetBytes;
    }

    /** Begins with large packets again, because the path is another one. */
    void forgetPath() {
        packetBytes = 0;
    }

    /** The peer's own packets are this large, with the message that is answered now. */
    public void limitTo(int messageBytes, Path path) {
        int observed = Math.max(messageBytes + overheadBytes(path), STEPS_BYTES[1]);
        packetBytes = Math.min(limitBytes(path), observed);
    }

    /** Protects a message, in as many fragments as it takes. */
    Sealed seal(Session session, IkeHeader header, List<Payload> payloads) {
        SkCodec codec = session.codec().orElseThrow();
        byte[] whole = codec.seal(header, payloads, services.random());
        int mostBytes = limitBytes(session.path()) - overheadBytes(session.path());
        List<byte[]> datagrams =
                whole.length <= mostBytes || !mayCut(session)
                        ? List.of(whole)
                        : codec.sealFragments(header, payloads, mostBytes, services.random());
        return new Sealed(header, payloads, datagrams);
    }

    /** Whether a message that gets no answer could go in smaller packets. */
    boolean canBeSmaller(Session session, Sealed sealed) {
        return mayCut(session)
                && sealed.longestBytes() + overheadBytes(session.path())
                        > STEPS_BYTES[STEPS_BYTES.length - 1];
    }

    /**
     * The same message in more fragments, and so from now on. The number of fragments tells the
     * receiver that it is another set, so it has to grow.
     */
    Optional<Sealed> cutSmaller(Session session, Sealed sealed) {
        if (!mayCut(session)) {
            return Optional.empty();
        }
        int overheadBytes = overheadBytes(session.path());
        for (int step : STEPS_BYTES) {
            if (sealed.longestBytes() + overheadBytes <= step) {
                continue;
            }
            packetBytes = step;
            services.counters().increment(Counter.MESSAGES_CUT_SMALLER);
            return Optional.of(recut(session, sealed, step - overheadBytes));
        }
        return Optional.empty();
    }

    private Sealed recut(Session session, Sealed sealed, int mostBytes) {
        int bytes = mostBytes;
        List<byte[]> datagrams = List.of();
        while (datagrams.size() <= sealed.datagrams().size()) {
            datagrams =
                    session.codec()
                            .orElseThrow()
                            .sealFragments(
                                    sealed.header(), sealed.payloads(), bytes, services.random());
            // A short message in two fragments may make two of the smaller size as well.
            bytes -= bytes / 8;
        }
        return new Sealed(sealed.header(), sealed.payloads(), datagrams);
    }

    private boolean mayCut(Session session) {
        return agreed
                && session.codec().isPresent()
                && session.connection()
                        .map(ConnectionConfig::fragmentation)
                        .filter(f -> f == Fragmentation.YES)
                        .isPresent();
    }

    private int limitBytes(Path path) {
        int configured = services.settings().fragments().sizeBytes();
        int byFamily = path.remote().getAddress() instanceof Inet4Address ? 576 : 1280;
        int limit = configured == 0 ? byFamily : configured;
        return packetBytes == 0 ? limit : Math.min(limit, packetBytes);
    }

    private int overheadBytes(Path path) {
        boolean marker = path.local().getPort() != services.settings().ikePort();
        return (path.remote().getAddress() instanceof Inet4Address
                        ? IPV4_HEADER_BYTES
                        : IPV6_HEADER_BYTES)
                + UDP_HEADER_BYTES
                + (marker ? MARKER_BYTES : 0);
    }
}
