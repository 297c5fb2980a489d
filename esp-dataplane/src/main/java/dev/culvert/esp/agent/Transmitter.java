package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.DataplaneEvent;
import dev.culvert.esp.Offload;
import dev.culvert.esp.Offloads;
import dev.culvert.tun.Errno;
import dev.culvert.tun.UdpPath;
import dev.culvert.tun.UdpPort;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Sends sealed packets through the UDP ports, each of which has its {@link PortSender}. When a
 * socket is full it waits briefly, which is what holds the TUN device's queue back, and then drops.
 */
final class Transmitter implements PortSender.GsoReport {

    private final PortSender[] senders;
    private final Offloads offloads;
    private final EventRing events;
    private final AgentCounters counters;
    private final Set<UdpPort> joining = new HashSet<>();
    private boolean reportDue;

    Transmitter(DataplaneConfig config, AgentCounters counters, EventRing events) {
        this.counters = counters;
        this.events = events;
        offloads = config.offloads();
        final List<UdpPort> ports = config.ports();
        final boolean gso = offloads.isInUse(Offload.UDP_GSO);
        senders = new PortSender[ports.size()];
        for (int i = 0; i < senders.length; i++) {
            final UdpPort port = ports.get(i);
            if (gso) {
                joining.add(port);
            }
            senders[i] =
                    new PortSender(
                            port,
                            config.batchPackets(),
                            gso,
                            // A peer with several agents, too, need not hand anything over then.
                            config.agents() == 1,
                            counters,
                            config.clock(),
                            this);
        }
    }

    /** Makes room for one datagram and tells where in {@link #buffer} it goes. */
    int claim(int portIndex, int lengthBytes) {
        return senders[portIndex].claim(lengthBytes);
    }

    /** Where datagrams of a port are written. */
    UnsafeBuffer buffer(int portIndex) {
        return senders[portIndex].buffer();
    }

    /**
     * Adds the datagram that was written to the claimed place.
     *
     * @param joinable whether it fits the path in one piece
     */
    void add(int portIndex, int lengthBytes, UdpPath path, int tos, boolean joinable) {
        senders[portIndex].add(lengthBytes, path, tos, joinable);
    }

    /**
     * Adds a datagram that lies elsewhere off the heap, and stays as it is until the next flush.
     *
     * @param joinable whether it fits the path in one piece
     */
    void add(
            int portIndex,
            UnsafeBuffer place,
            int offset,
            int lengthBytes,
            UdpPath path,
            int tos,
            boolean joinable) {
        senders[portIndex].add(place, offset, lengthBytes, path, tos, joinable);
    }

    /** Sends what was collected. */
    void flush() {
        for (final PortSender sender : senders) {
            sender.flush();
        }
        if (reportDue) {
            raise();
        }
    }

    @Override
    public void unusable(UdpPort port, int errno) {
        joining.remove(port);
        final String reason = reason(port, errno);
        if (joining.isEmpty()) {
            offloads.turnOff(Offload.UDP_GSO, reason);
        } else {
            offloads.limit(Offload.UDP_GSO, reason);
        }
        reportDue = true;
    }

    @Override
    public void refused(UdpPort port, int errno) {
        final boolean known = !offloads.status(Offload.UDP_GSO).reason().isEmpty();
        if (!known) {
            offloads.limit(Offload.UDP_GSO, reason(port, errno) + "; tried again each second");
            reportDue = true;
        }
    }

    @Override
    public void accepted(UdpPort port) {
        offloads.limit(Offload.UDP_GSO, "");
    }

    private static String reason(UdpPort port, int errno) {
        final String advice =
                errno == Errno.EIO
                        ? "the device cannot finish checksums"
                        : "the datagrams do not fit the path";
        return "port " + port.localAddress() + ": " + Errno.name(errno) + ", " + advice;
    }

    private void raise() {
        if (events.offer(new DataplaneEvent.OffloadReduced(offloads.status(Offload.UDP_GSO)))) {
            reportDue = false;
        } else {
            counters.add(Counter.EVENTS_DEFERRED, 1);
        }
    }
}
