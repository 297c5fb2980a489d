package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent.PathStep;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Mobility;
import dev.culvert.ike.session.Path;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Answers what MOBIKE asks in INFORMATIONAL, and follows the side that began (RFC 4555). */
public final class MobikeResponder {
    private MobikeResponder() {}

    /** What belongs into the answer to an INFORMATIONAL request, and does what that asks for. */
    static List<Payload> answer(Session session, List<Payload> payloads) {
        List<Payload> answer = new ArrayList<>();
        Mobike.cookie(payloads)
                .ifPresent(c -> answer.add(Payload.Notify.of(NotifyType.COOKIE2, c.data())));
        if (!session.mobility().isAgreed()) {
            return answer;
        }
        Path from = session.returnPath();
        boolean initiator = session.lineage().authenticatedAsInitiator();
        boolean update =
                !initiator && Payload.notify(payloads, NotifyType.UPDATE_SA_ADDRESSES).isPresent();
        Optional<NotifyType> refusal = refusal(session, from, payloads, update);
        if (refusal.isPresent()) {
            answer.add(Payload.Notify.of(refusal.get()));
            return answer;
        }
        boolean listed = Mobike.noteAddresses(session, from, payloads);
        if (Payload.notify(payloads, NotifyType.NAT_DETECTION_SOURCE_IP).isPresent()) {
            answer.addAll(Mobike.natDetection(session, from));
        }
        if (update && isNewest(session)) {
            session.mobility().setUpdatedOn(session.uniqueId());
            follow(session, from, payloads);
        } else if (listed && initiator) {
            leaveAbandoned(session, from);
        }
        return answer;
    }

    /**
     * Whether no update came before that is newer. One that was under way on an IKE SA while that
     * was replaced may come after those on its successor.
     */
    private static boolean isNewest(Session session) {
        return session.isEstablished()
                || Mobike.heir(session)
                        .filter(heir -> heir.uniqueId() == session.mobility().updatedOn())
                        .isEmpty();
    }

    /**
     * Why nothing is done. NO_NATS_ALLOWED may come with a list of addresses, too (section 3.9).
     */
    private static Optional<NotifyType> refusal(
            Session session, Path from, List<Payload> payloads, boolean update) {
        Optional<Payload.Notify> noNats = Payload.notify(payloads, NotifyType.NO_NATS_ALLOWED);
        if (noNats.isPresent() && !noNats.get().data().equals(addressesOf(from))) {
            Mobike.tell(
                    session,
                    PathStep.REFUSED,
                    "the peer allows no NAT, but there is one on the path " + Mobike.text(from));
            return Optional.of(NotifyType.UNEXPECTED_NAT_DETECTED);
        }
        if (update && !Mobike.isAcceptable(session, from)) {
            Mobike.tell(
                    session,
                    PathStep.REFUSED,
                    "refused the peer's move to "
                            + Path.text(from.remote())
                            + ", which remote_addrs or local_addrs does not allow; add the address"
                            + " there to let it in");
            return Optional.of(NotifyType.UNACCEPTABLE_ADDRESSES);
        }
        return Optional.empty();
    }

    /**
     * The data of NO_NATS_ALLOWED (section 4.2.6) as it would be for a message that came this way.
     *
     * <pre>
     *  0                   1                   2                   3
     *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
     * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
     * ~                 Source address, 4 or 16 octets                ~
     * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
     * ~              Destination address, 4 or 16 octets              ~
     * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
     * |          Source port          |       Destination port        |
     * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
     * </pre>
     */
    private static Bytes addressesOf(Path from) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes(IpAddress.of(from.remote().getAddress()).toBytes());
        data.writeBytes(IpAddress.of(from.local().getAddress()).toBytes());
        for (int port : new int[] {from.remote().getPort(), from.local().getPort()}) {
            data.write(port >>> 8);
            data.write(port);
        }
        return Bytes.of(data.toByteArray());
    }

    /**
     * UPDATE_SA_ADDRESSES: the IKE SA moves at once, its children when the peer is known to be
     * there.
     */
    private static void follow(Session session, Path from, List<Payload> payloads) {
        Mobility mobility = session.mobility();
        Path before = session.path();
        Nat.Finding nat =
                Nat.evaluate(
                        session.initiatorSpi(),
                        session.responderSpi(),
                        payloads,
                        from.local(),
                        from.remote());
        Path path = nat.peerTakesPart() ? from.withNat(nat.natLocal(), nat.natRemote()) : from;
        boolean same = before.local().equals(path.local()) && before.remote().equals(path.remote());
        if (same) {
            Mobike.setPath(session, path);
            return;
        }
        mobility.noteChange();
        InetAddress known = mobility.childPath().orElse(before).remote().getAddress();
        boolean check =
                session.services().settings().returnRoutability()
                        && !known.equals(path.remote().getAddress());
        if (check) {
            mobility.keepChildrenOn(before);
        }
        Mobike.setPath(session, path);
        if (check) {
            Mobike.tell(
                    session,
                    PathStep.UPDATE,
                    "the peer moved from "
                            + Path.text(before.remote())
                            + " to "
                            + Path.text(path.remote())
                            + "; checking that it is there");
            RoutabilityExchange.queue(session);
        } else {
            Mobike.moveChildren(session);
            Mobike.tell(
                    session,
                    PathStep.SWITCHED,
                    "the peer moved from "
                            + Path.text(before.remote())
                            + " to "
                            + Path.text(path.remote()));
        }
    }

    /** The peer has shown that it is where it says: its children follow (section 3.7). */
    static void onRoutable(Session session) {
        if (session.mobility().childPath().isEmpty()) {
            return;
        }
        Mobike.moveChildren(session);
        Mobike.tell(
                session,
                PathStep.SWITCHED,
                "the peer is at "
                        + Path.text(session.path().remote())
                        + "; its traffic goes there now");
    }

    /**
     * As the side that began: the other one has sent its list from a new address, and no longer has
     * the one that is in use (section 3.6).
     */
    private static void leaveAbandoned(Session session, Path from) {
        Path path = session.path();
        InetAddress used = path.remote().getAddress();
        boolean abandoned =
                !used.equals(from.remote().getAddress())
                        && !session.mobility().peerAddresses().contains(used);
        if (abandoned && session.isEstablished()) {
            MobikeInitiator.move(session, path.withAddresses(from.local(), from.remote()), true);
        }
    }

    /** The host's addresses or routes have changed, and the other side decides about the path. */
    static void onNetworkChanged(Session session) {
        InetAddress used = session.path().local().getAddress();
        List<InetAddress> own = session.services().localAddresses();
        if (own.isEmpty() || own.contains(used)) {
            AddressListExchange.enqueueIfChanged(session);
            return;
        }
        session.services()
                .resolveSource(
                        session,
                        session.path().remote().getAddress(),
                        found -> onSource(session, found));
    }

    private static void onSource(Session session, List<InetAddress> found) {
        if (!session.isEstablished()) {
            return;
        }
        Path path = session.path();
        Optional<InetAddress> source =
                found.stream().filter(Mobility.allowedAddresses(session)::contains).findFirst();
        if (source.isEmpty()) {
            if (!session.mobility().isLost()) {
                session.mobility().setLost(true);
                Mobike.tell(
                        session,
                        PathStep.LOST,
                        "the path "
                                + Mobike.text(path)
                                + " is lost, and no other address of this host reaches the peer;"
                                + " waiting for one");
            }
            return;
        }
        session.mobility().noteChange();
        Mobike.setPath(
                session,
                path.withAddresses(
                        new InetSocketAddress(source.get(), path.local().getPort()),
                        path.remote()));
        Mobike.moveChildren(session);
        Mobike.tell(
                session,
                PathStep.SWITCHED,
                "moved to path " + Mobike.text(session.path()) + ", was " + Mobike.text(path));
        AddressListExchange.enqueue(session);
    }

    /**
     * Authentic ESP came from another address (sections 3.5 and 3.8): a port that a NAT has changed
     * is followed; where the address is another one, the peer's own word is waited for.
     */
    public static void onEspFrom(Session session, InetSocketAddress remote) {
        Path path = session.path();
        boolean samePeer = remote.getAddress().equals(path.remote().getAddress());
        if (!session.isEstablished()
                || remote.equals(path.remote())
                || !path.peerMayMove()
                || !samePeer) {
            return;
        }
        session.mobility().noteChange();
        Mobike.setPath(session, path.withAddresses(path.local(), remote));
        Mobike.moveChildren(session);
        Mobike.tell(
                session,
                PathStep.SWITCHED,
                "the peer's packets come from "
                        + Path.text(remote)
                        + " now, before from "
                        + Path.text(path.remote()));
    }
}
