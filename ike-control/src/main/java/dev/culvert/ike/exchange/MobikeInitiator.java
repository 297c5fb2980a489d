package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.PathStep;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Mobility;
import dev.culvert.ike.session.Path;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** The side that began decides which addresses both use (RFC 4555 section 3.5). */
public final class MobikeInitiator {
    private MobikeInitiator() {}

    /** The host's addresses or routes have changed. */
    static void onNetworkChanged(Session session) {
        session.mobility().forgetRefusals();
        InetAddress remote = session.path().remote().getAddress();
        session.services()
                .resolveSource(
                        session,
                        remote,
                        found ->
                                source(session, remote, found)
                                        .ifPresentOrElse(
                                                source -> onSource(session, source),
                                                () -> onLost(session)));
    }

    /** The address to send from: what the routes say, as far as the connection allows it. */
    private static Optional<InetAddress> source(
            Session session, InetAddress remote, List<InetAddress> found) {
        if (found.isEmpty()) {
            return Optional.empty();
        }
        List<InetAddress> own = Mobility.allowedAddresses(session);
        boolean unknown = session.services().localAddresses().isEmpty();
        if (unknown || own.contains(found.getFirst())) {
            return Optional.of(found.getFirst());
        }
        InetAddress used = session.path().local().getAddress();
        if (own.contains(used) && Mobility.isSameFamily(used, remote)) {
            return Optional.of(used);
        }
        return own.stream().filter(a -> Mobility.isSameFamily(a, remote)).findFirst();
    }

    private static void onLost(Session session) {
        if (!session.isEstablished() || session.mobility().isLost()) {
            return;
        }
        session.mobility().setLost(true);
        Mobike.tell(
                session,
                PathStep.LOST,
                "the path "
                        + Mobike.text(session.path())
                        + " is lost: no address of this host reaches the peer there; looking for another"
                        + " path");
        // Asked over all paths at once: where the answer comes from is the new one.
        if (session.requests().outstanding().isEmpty() && session.queue().active().isEmpty()) {
            Exchanges.enqueue(session, new LivenessExchange(session));
        }
    }

    private static void onSource(Session session, InetAddress source) {
        if (!session.isEstablished()) {
            // Its successor looks after itself.
            return;
        }
        Path path = session.path();
        if (!path.local().getAddress().equals(source)) {
            move(
                    session,
                    path.withAddresses(
                            new InetSocketAddress(source, path.local().getPort()), path.remote()),
                    true);
            return;
        }
        if (session.mobility().isLost()) {
            session.mobility().setLost(false);
            Mobike.tell(session, PathStep.SWITCHED, "the path " + Mobike.text(path) + " is back");
            session.messenger().sendOnNewPath();
        }
        AddressListExchange.enqueueIfChanged(session);
    }

    /**
     * Uses other addresses from now on, and tells the peer as soon as no other request waits for
     * its answer.
     *
     * @param peerIsThere whether the peer is known to be at its address
     */
    static void move(Session session, Path path, boolean peerIsThere) {
        Path before = session.path();
        session.mobility().noteChange();
        if (!peerIsThere) {
            session.mobility().keepChildrenOn(before);
        }
        Mobike.setPath(session, path);
        if (peerIsThere) {
            Mobike.moveChildren(session);
        }
        Mobike.tell(
                session,
                PathStep.SWITCHED,
                "moved to path " + Mobike.text(path) + ", was " + Mobike.text(before));
        AddressUpdateExchange.enqueue(session);
        // The peer may not have our answer to its rekeying yet, and so know only the old IKE SA.
        session.services().relativesOf(session).stream()
                .filter(relative -> relative.phase() instanceof Phase.Rekeyed)
                .forEach(AddressUpdateExchange::enqueue);
    }

    /**
     * An answer came; where from shows which of the paths works that its request went over.
     *
     * @param local the address and port it was sent to
     * @param remote where it came from
     */
    public static void onAnswerFrom(
            Session session, InetSocketAddress local, InetSocketAddress remote) {
        Mobility mobility = session.mobility();
        boolean elsewhere = mobility.wasProbed(local, remote);
        mobility.endProbing();
        Path path = session.path();
        boolean same = path.local().equals(local) && path.remote().equals(remote);
        if (same) {
            mobility.setLost(false);
        } else if (elsewhere && session.isEstablished()) {
            move(session, path.withAddresses(local, remote), true);
        }
    }

    /** Takes an answer to UPDATE_SA_ADDRESSES that still matters. */
    static void onUpdated(Session session, List<Payload> payloads) {
        noteMapping(session, payloads);
        Path path = session.path();
        Nat.Finding nat =
                Nat.evaluate(
                        session.initiatorSpi(),
                        session.responderSpi(),
                        payloads,
                        path.local(),
                        path.remote());
        if (nat.peerTakesPart()) {
            Mobike.setPath(session, path.withNat(nat.natLocal(), nat.natRemote()));
        }
        if (session.mobility().childPath().isPresent()) {
            Mobike.moveChildren(session);
        }
        Mobike.tell(
                session,
                PathStep.CONFIRMED,
                "the peer uses the path "
                        + Mobike.text(session.path())
                        + (session.path().natLocal() ? ", this side behind NAT" : ""));
    }

    /** The peer does not accept the addresses (section 3.5): others are tried. */
    static void onRefused(Session session, NotifyType reason) {
        Path refused = session.path();
        session.mobility().refuse(refused);
        Optional<Path> next = session.mobility().otherPaths(session).stream().findFirst();
        Mobike.tell(
                session,
                PathStep.REFUSED,
                "the peer refused the path "
                        + Mobike.text(refused)
                        + " ("
                        + reason
                        + "); "
                        + next.map(path -> "trying " + Mobike.text(path))
                                .orElse(
                                        "there is no other; allow the address in the peer's"
                                                + " remote_addrs"));
        next.ifPresent(path ->
                move(
                        session,
                        path,
                        path.remote().getAddress().equals(refused.remote().getAddress())));
    }

    /** What a sign of life asks, so that its answer shows whether a NAT has changed its mapping. */
    static List<Payload> mappingCheck(Session session) {
        boolean wanted =
                session.mobility().isAgreed()
                        && session.lineage().authenticatedAsInitiator()
                        && session.path().natLocal();
        return wanted ? Mobike.natDetection(session, session.path()) : List.of();
    }

    /** Takes the answer to that (section 3.8). */
    static void onMapping(Session session, List<Payload> payloads) {
        if (!session.mobility().isAgreed()
                || !session.lineage().authenticatedAsInitiator()
                || !session.isEstablished()) {
            return;
        }
        Optional<Bytes> before = session.mobility().seenByPeer();
        Optional<Bytes> now = noteMapping(session, payloads);
        if (now.isPresent() && !now.equals(before)) {
            if (before.isPresent()) {
                Mobike.tell(
                        session,
                        PathStep.MAPPING,
                        "the peer sees another address of this side: a NAT has changed its"
                                + " mapping, or the IKE SA was rekeyed");
            }
            AddressUpdateExchange.enqueue(session);
        }
    }

    private static Optional<Bytes> noteMapping(Session session, List<Payload> payloads) {
        Optional<Bytes> seen =
                Payload.notify(payloads, NotifyType.NAT_DETECTION_DESTINATION_IP)
                        .map(Payload.Notify::data);
        seen.ifPresent(session.mobility()::setSeenByPeer);
        return seen;
    }
}
