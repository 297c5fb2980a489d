package dev.culvert.ike.exchange;

import dev.culvert.ike.crypto.NatDetection;
import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.message.IkeHeader;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Path;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** NAT detection (RFC 7296 section 2.23). */
final class Nat {
    private static final int HASH_BYTES = 20;

    private Nat() {}

    /**
     * What was found out.
     *
     * @param peerTakesPart whether the peer sent both payloads
     */
    record Finding(boolean peerTakesPart, boolean natLocal, boolean natRemote) {}

    /**
     * The two notifications of a message.
     *
     * @param forceEncapsulation whether to send a source hash that fits no address, so that the
     *     peer sees a NAT and encapsulates
     */
    static List<Payload> payloads(
            long initiatorSpi,
            long responderSpi,
            Path path,
            boolean forceEncapsulation,
            RandomSource random) {
        Bytes source =
                forceEncapsulation
                        ? Bytes.of(random.bytes(HASH_BYTES))
                        : hash(initiatorSpi, responderSpi, path.local());
        return List.of(
                Payload.Notify.of(NotifyType.NAT_DETECTION_SOURCE_IP, source),
                Payload.Notify.of(
                        NotifyType.NAT_DETECTION_DESTINATION_IP,
                        hash(initiatorSpi, responderSpi, path.remote())));
    }

    /** Compares the peer's notifications with the addresses that its message had here. */
    static Finding evaluate(
            IkeHeader header,
            List<Payload> payloads,
            InetSocketAddress local,
            InetSocketAddress remote) {
        return evaluate(header.initiatorSpi(), header.responderSpi(), payloads, local, remote);
    }

    /** The same with SPIs instead of the header that they are in. */
    static Finding evaluate(
            long initiatorSpi,
            long responderSpi,
            List<Payload> payloads,
            InetSocketAddress local,
            InetSocketAddress remote) {
        Bytes localHash = hash(initiatorSpi, responderSpi, local);
        Bytes remoteHash = hash(initiatorSpi, responderSpi, remote);
        boolean sourceSeen = false;
        boolean sourceMatches = false;
        boolean destinationSeen = false;
        boolean destinationMatches = false;
        for (Payload.Notify notify : Payload.all(payloads, Payload.Notify.class)) {
            if (notify.is(NotifyType.NAT_DETECTION_SOURCE_IP)) {
                sourceSeen = true;
                sourceMatches |= notify.data().equals(remoteHash);
            } else if (notify.is(NotifyType.NAT_DETECTION_DESTINATION_IP)) {
                destinationSeen = true;
                destinationMatches |= notify.data().equals(localHash);
            }
        }
        boolean takesPart = sourceSeen && destinationSeen;
        return new Finding(
                takesPart, takesPart && !destinationMatches, takesPart && !sourceMatches);
    }

    private static Bytes hash(long initiatorSpi, long responderSpi, InetSocketAddress address) {
        return NatDetection.hash(
                initiatorSpi, responderSpi, IpAddress.of(address.getAddress()), address.getPort());
    }
}
