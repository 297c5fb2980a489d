package dev.culvert.tun;

import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A question to the kernel: how would a packet to {@code destination} leave this host?
 *
 * @param destination where to
 * @param source from which of our addresses, if already decided
 * @param mark the packet's mark, 0 for none
 * @param userId the sending user, for rules that ask
 * @param outputLinkIndex the interface that the socket is bound to, or 0
 */
public record RouteQuery(
        InetAddress destination,
        Optional<InetAddress> source,
        int mark,
        OptionalInt userId,
        int outputLinkIndex) {

    public static RouteQuery to(InetAddress destination) {
        return new RouteQuery(destination, Optional.empty(), 0, OptionalInt.empty(), 0);
    }

    public RouteQuery withSource(InetAddress newSource) {
        return new RouteQuery(destination, Optional.of(newSource), mark, userId, outputLinkIndex);
    }

    public RouteQuery withMark(int newMark) {
        return new RouteQuery(destination, source, newMark, userId, outputLinkIndex);
    }

    public RouteQuery withUserId(int newUserId) {
        return new RouteQuery(
                destination, source, mark, OptionalInt.of(newUserId), outputLinkIndex);
    }

    public RouteQuery withOutputLinkIndex(int newOutputLinkIndex) {
        return new RouteQuery(destination, source, mark, userId, newOutputLinkIndex);
    }
}
