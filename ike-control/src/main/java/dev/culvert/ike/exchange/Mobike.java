package dev.culvert.ike.exchange;

import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.Mobility;
import dev.culvert.ike.session.Path;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.session.SessionTimer;
import dev.culvert.ike.session.Snapshots;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What both sides of MOBIKE do alike (RFC 4555): tell what they can and where else they are, and
 * move an IKE SA with its children to other addresses.
 */
public final class Mobike {
    private static final int COOKIE_LEAST_BYTES = 8;
    private static final int COOKIE_MOST_BYTES = 64;
    static final int COOKIE_BYTES = 16;

    private Mobike() {}

    /** What IKE_AUTH says about it (section 3.1). */
    static List<Payload> announcement(Session session) {
        if (!session.connection().orElseThrow().mobike()) {
            return List.of();
        }
        List<Payload> payloads = new ArrayList<>();
        payloads.add(Payload.Notify.of(NotifyType.MOBIKE_SUPPORTED));
        payloads.addAll(additionalAddresses(session));
        return payloads;
    }

    /** Takes what the peer's IKE_AUTH says about it. */
    static void onAuth(Session session, List<Payload> payloads) {
        boolean both =
                session.connection().orElseThrow().mobike()
                        && Payload.notify(payloads, NotifyType.MOBIKE_SUPPORTED).isPresent();
        if (both) {
            session.mobility().agree();
            noteAddresses(session, session.path(), payloads);
        }
    }

    /** The host's addresses or routes have changed. */
    public static void onNetworkChanged(Session session) {
        if (!session.mobility().isAgreed() || !session.isEstablished()) {
            return;
        }
        if (session.lineage().authenticatedAsInitiator()) {
            MobikeInitiator.onNetworkChanged(session);
        } else {
            MobikeResponder.onNetworkChanged(session);
        }
    }

    /** The addresses where this side is, too; noted as told. */
    private static List<Payload> additionalAddresses(Session session) {
        List<InetAddress> others = otherAddresses(session);
        session.mobility().setTold(others);
        return others.stream().map(Mobike::additional).toList();
    }

    private static Payload additional(InetAddress address) {
        IpAddress ip = IpAddress.of(address);
        return Payload.Notify.of(
                ip.isV6() ? NotifyType.ADDITIONAL_IP6_ADDRESS : NotifyType.ADDITIONAL_IP4_ADDRESS,
                Bytes.of(ip.toBytes()));
    }

    /** The whole list, in an exchange that replaces the one before (section 3.6). */
    static List<Payload> addressList(Session session) {
        List<Payload> list = additionalAddresses(session);
        return list.isEmpty()
                ? List.of(Payload.Notify.of(NotifyType.NO_ADDITIONAL_ADDRESSES))
                : list;
    }

    /** This side's addresses other than the one in use. */
    static List<InetAddress> otherAddresses(Session session) {
        InetAddress used = session.path().local().getAddress();
        return Mobility.outerAddresses(session).stream().filter(a -> !a.equals(used)).toList();
    }

    /** Takes the peer's list, if the message that came this way has one; whether it does. */
    static boolean noteAddresses(Session session, Path from, List<Payload> payloads) {
        boolean has = Payload.notify(payloads, NotifyType.NO_ADDITIONAL_ADDRESSES).isPresent();
        List<InetAddress> listed = new ArrayList<>();
        for (Payload.Notify notify : Payload.all(payloads, Payload.Notify.class)) {
            boolean v4 = notify.is(NotifyType.ADDITIONAL_IP4_ADDRESS);
            boolean v6 = notify.is(NotifyType.ADDITIONAL_IP6_ADDRESS);
            if (v4 || v6) {
                has = true;
                if (notify.data().lengthBytes() == (v4 ? 4 : 16)
                        && listed.size() < Mobility.MOST_ADDRESSES) {
                    InetAddress address =
                            IpAddress.ofBytes(notify.data().toArray()).toInetAddress();
                    if (isUnicast(address) && !listed.contains(address)) {
                        listed.add(address);
                    }
                }
            }
        }
        if (has) {
            session.mobility().setPeerAddresses(from.remote().getAddress(), listed);
        }
        return has;
    }

    private static boolean isUnicast(InetAddress address) {
        return !address.isAnyLocalAddress()
                && !address.isMulticastAddress()
                && !address.isLoopbackAddress();
    }

    /** Payloads that let the peer, and from its answer this side, see whether a NAT is between. */
    static List<Payload> natDetection(Session session, Path path) {
        return Nat.payloads(
                session.initiatorSpi(),
                session.responderSpi(),
                path,
                session.connection().map(ConnectionConfig::encap).orElse(false),
                session.services().random());
    }

    /** A fresh value for COOKIE2. */
    static Bytes newCookie(Session session) {
        return Bytes.of(session.services().random().bytes(COOKIE_BYTES));
    }

    /** The peer's COOKIE2, if it has a length that is allowed. */
    static Optional<Payload.Notify> cookie(List<Payload> payloads) {
        return Payload.notify(payloads, NotifyType.COOKIE2)
                .filter(notify ->
                        notify.data().lengthBytes() >= COOKIE_LEAST_BYTES
                                && notify.data().lengthBytes() <= COOKIE_MOST_BYTES);
    }

    /** Whether an answer returns the COOKIE2 of its request. */
    static boolean returns(List<Payload> payloads, Bytes cookie) {
        return cookie(payloads).filter(notify -> notify.data().equals(cookie)).isPresent();
    }

    /**
     * Moves an IKE SA, and those that it replaces or is replaced by, to another path. What waits
     * for an answer goes there at once (section 3.5).
     */
    static void setPath(Session session, Path path) {
        for (Session one : family(session)) {
            boolean other =
                    !one.path().local().equals(path.local())
                            || !one.path().remote().equals(path.remote());
            one.setPath(path);
            setKeepalive(one);
            if (other) {
                one.messenger().sendOnNewPath();
            }
            one.services().touch(one);
        }
    }

    private static void setKeepalive(Session session) {
        long intervalNs = session.services().settings().natKeepaliveNs();
        boolean set = session.timers().isSet(SessionTimer.KEEPALIVE);
        if (session.isEstablished() && session.path().natLocal() && intervalNs > 0 && !set) {
            session.timers().set(SessionTimer.KEEPALIVE, session.services().nowNs() + intervalNs);
        }
    }

    /** Lets the child SAs use the path of the IKE SA. */
    static void moveChildren(Session session) {
        session.mobility().releaseChildren();
        for (Session one : family(session)) {
            for (ChildSa child : one.children()) {
                one.services()
                        .emit(
                                new EngineOutput.UpdatePath(
                                        child.childSaId(),
                                        one.path().local(),
                                        one.path().remote()));
            }
        }
        session.services().counters().increment(Counter.ADDRESS_UPDATES);
    }

    /** An IKE SA and all that came of the same first one by rekeying. */
    static List<Session> family(Session session) {
        List<Session> all = new ArrayList<>();
        all.add(session);
        all.addAll(session.services().relativesOf(session));
        return all;
    }

    /** The member of the family that is up, and so lives on. */
    static Optional<Session> heir(Session session) {
        return family(session).stream().filter(Session::isEstablished).findFirst();
    }

    /** Whether this side's policy lets the IKE SA use a pair of addresses. */
    static boolean isAcceptable(Session session, Path path) {
        return session.connection()
                .filter(c -> AddressSpec.allows(c.localAddresses(), path.local().getAddress()))
                .filter(c -> AddressSpec.allows(c.remoteAddresses(), path.remote().getAddress()))
                .isPresent();
    }

    /** Tells what happens to the path. */
    static void tell(Session session, EngineEvent.PathStep step, String message) {
        session.services()
                .emit(
                        new EngineOutput.Notify(
                                new EngineEvent.PathChange(Snapshots.of(session), step, message)));
    }

    /** Both ends of a path, for administrators. */
    static String text(Path path) {
        return Path.text(path.local()) + " - " + Path.text(path.remote());
    }
}
