package dev.culvert.ike.ts;

import dev.culvert.ike.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Packets as a box of three ranges, for the one question that selectors alone cannot answer:
 * whether several of them together cover another.
 */
record PacketSet(
        int lowestProtocol,
        int highestProtocol,
        int lowestPort,
        int highestPort,
        IpAddress start,
        IpAddress end) {
    static PacketSet of(TrafficSelector selector) {
        boolean anyProtocol = selector.protocol() == TrafficSelector.ANY_PROTOCOL;
        return new PacketSet(
                anyProtocol ? 0 : selector.protocol(),
                anyProtocol ? 255 : selector.protocol(),
                selector.lowestPort(),
                selector.highestPort(),
                selector.start(),
                selector.end());
    }

    /** Whether nothing is left after taking away all of {@code outer}. */
    boolean isWithin(List<TrafficSelector> outer) {
        List<PacketSet> left = List.of(this);
        for (TrafficSelector selector : outer) {
            List<PacketSet> next = new ArrayList<>();
            PacketSet taken = of(selector);
            left.forEach(box -> box.without(taken, next));
            left = next;
        }
        return left.isEmpty();
    }

    /** Adds what is in this but not in {@code other}: at most six boxes. */
    private void without(PacketSet other, List<PacketSet> target) {
        if (!overlaps(other)) {
            target.add(this);
            return;
        }
        PacketSet middle = this;
        if (middle.lowestProtocol < other.lowestProtocol) {
            target.add(middle.withProtocols(middle.lowestProtocol, other.lowestProtocol - 1));
            middle = middle.withProtocols(other.lowestProtocol, middle.highestProtocol);
        }
        if (middle.highestProtocol > other.highestProtocol) {
            target.add(middle.withProtocols(other.highestProtocol + 1, middle.highestProtocol));
            middle = middle.withProtocols(middle.lowestProtocol, other.highestProtocol);
        }
        if (middle.lowestPort < other.lowestPort) {
            target.add(middle.withPorts(middle.lowestPort, other.lowestPort - 1));
            middle = middle.withPorts(other.lowestPort, middle.highestPort);
        }
        if (middle.highestPort > other.highestPort) {
            target.add(middle.withPorts(other.highestPort + 1, middle.highestPort));
            middle = middle.withPorts(middle.lowestPort, other.highestPort);
        }
        if (middle.start.compareTo(other.start) < 0) {
            target.add(middle.withAddresses(middle.start, other.start.previous().orElseThrow()));
            middle = middle.withAddresses(other.start, middle.end);
        }
        if (middle.end.compareTo(other.end) > 0) {
            target.add(middle.withAddresses(other.end.next().orElseThrow(), middle.end));
        }
    }

    private boolean overlaps(PacketSet other) {
        return start.version() == other.start.version()
                && lowestProtocol <= other.highestProtocol
                && other.lowestProtocol <= highestProtocol
                && lowestPort <= other.highestPort
                && other.lowestPort <= highestPort
                && start.compareTo(other.end) <= 0
                && other.start.compareTo(end) <= 0;
    }

    private PacketSet withProtocols(int lowest, int highest) {
        return new PacketSet(lowest, highest, lowestPort, highestPort, start, end);
    }

    private PacketSet withPorts(int lowest, int highest) {
        return new PacketSet(lowestProtocol, highestProtocol, lowest, highest, start, end);
    }

    private PacketSet withAddresses(IpAddress first, IpAddress last) {
        return new PacketSet(lowestProtocol, highestProtocol, lowestPort, highestPort, first, last);
    }
}
