package dev.culvert.endpoint.daemon;

import dev.culvert.endpoint.config.DaemonSettings;
import dev.culvert.endpoint.dataplane.TunnelMtu;
import dev.culvert.endpoint.route.HostRouting;
import dev.culvert.endpoint.route.TunnelRules;
import dev.culvert.esp.Offload;
import dev.culvert.esp.Offloads;
import dev.culvert.tun.HostCheck;
import dev.culvert.tun.InterfaceAddress;
import dev.culvert.tun.Link;
import dev.culvert.tun.NetworkChange;
import dev.culvert.tun.NetworkMonitor;
import dev.culvert.tun.Route;
import dev.culvert.tun.RtNetlink;
import dev.culvert.tun.SystemCallException;
import dev.culvert.tun.TunDevice;
import dev.culvert.tun.TunOffload;
import dev.culvert.tun.TunOptions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the daemon takes of its host: sockets, the TUN interface, routes.
 *
 * @param sockets for IKE and ESP
 * @param tun the interface, up
 * @param tunMtuBytes its MTU at the start
 * @param offloads those in use
 * @param netlink for the control agent
 * @param monitor of addresses and routes, for the control agent
 * @param routing for the control agent
 */
record HostPart(
        Sockets sockets,
        TunDevice tun,
        int tunMtuBytes,
        Offloads offloads,
        RtNetlink netlink,
        NetworkMonitor monitor,
        HostRouting routing) {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.knl");

    /** Says what is missing before anything is touched. */
    static void check() throws StartException {
        for (HostCheck.Finding finding : HostCheck.run().findings()) {
            switch (finding.severity()) {
                case OK -> LOG.debug("{}: {}", finding.name(), finding.detail());
                case WARNING -> LOG.debug("{}", line(finding));
                case FAULT -> throw new StartException(line(finding));
            }
        }
    }

    /**
     * Takes it all, in an order in which a second daemon fails before it disturbs the first.
     *
     * @param cleanup undoes it
     */
    static HostPart open(DaemonSettings settings, Cleanup cleanup) throws StartException {
        try {
            Sockets sockets =
                    cleanup.add(
                            "sockets",
                            Sockets.open(
                                    settings.listen(),
                                    settings.routing().fwmark(),
                                    settings.agents()));
            int mtuBytes = settings.tun().mtuBytes().orElse(TunnelMtu.INITIAL_BYTES);
            TunDevice tun =
                    cleanup.add(
                            "TUN interface",
                            TunDevice.open(
                                    TunOptions.named(settings.tun().name())
                                            .withMtuBytes(mtuBytes)
                                            .withQueueCount(settings.agents())
                                            .withOffloads(tunOffloads(settings.offloads()))));
            Offloads offloads = offloads(settings.offloads(), tun.offloads());
            checkSockets(sockets, offloads);
            offloads.all().stream()
                    .filter(status -> !status.reason().isEmpty())
                    .forEach(status -> LOG.info("offload {}", status));
            RtNetlink netlink = cleanup.add("netlink socket", RtNetlink.open());
            NetworkMonitor monitor = cleanup.add("network monitor", NetworkMonitor.open());
            raise(tun, netlink, settings.tun());
            HostRouting routing =
                    cleanup.add(
                            "routes",
                            HostRouting.open(
                                    netlink,
                                    settings.routing(),
                                    tun.index(),
                                    new TunnelRules(
                                            settings.routing().table(),
                                            settings.routing().rulePriority(),
                                            settings.routing().fwmark(),
                                            List.of(
                                                    settings.listen().port(),
                                                    settings.listen().nattPort()),
                                            settings.listen().addresses()),
                                    sockets.families()));
            return new HostPart(sockets, tun, mtuBytes, offloads, netlink, monitor, routing);
        } catch (SystemCallException | HostRouting.TableInUseException e) {
            throw new StartException(e.getMessage(), e);
        }
    }

    /** What the TUN device is opened with. */
    private static Set<TunOffload> tunOffloads(Set<Offload> wanted) {
        Set<TunOffload> offloads = EnumSet.noneOf(TunOffload.class);
        for (Offload offload : wanted) {
            switch (offload) {
                case TUN_TSO -> offloads.addAll(Set.of(TunOffload.TSO4, TunOffload.TSO6));
                case TUN_USO -> offloads.add(TunOffload.USO);
                case TUN_GRO -> offloads.add(TunOffload.SUPER_WRITES);
                case UDP_GSO, UDP_GRO -> {
                    // of the sockets
                }
            }
        }
        return offloads;
    }

    private static Offloads offloads(Set<Offload> wanted, Set<TunOffload> opened) {
        String reason = "this kernel does not have it";
        Offloads offloads = new Offloads(wanted);
        if (!opened.contains(TunOffload.TSO4) || !opened.contains(TunOffload.TSO6)) {
            offloads.turnOff(Offload.TUN_TSO, reason);
        }
        if (!opened.contains(TunOffload.USO)) {
            offloads.turnOff(Offload.TUN_USO, reason);
        }
        if (!opened.contains(TunOffload.SUPER_WRITES)) {
            offloads.turnOff(Offload.TUN_GRO, reason);
        }
        return offloads;
    }

    private static void checkSockets(Sockets sockets, Offloads offloads) {
        if (offloads.isInUse(Offload.UDP_GSO) && !sockets.canSegment()) {
            offloads.turnOff(Offload.UDP_GSO, "this kernel does not have it, or a faulty one");
        }
        if (offloads.isInUse(Offload.UDP_GRO) && !sockets.joinReceived()) {
            offloads.turnOff(Offload.UDP_GRO, "this kernel does not have it, or not before 5.12");
        }
        if (!sockets.steeringRefusal().isEmpty()) {
            LOG.warn(
                    "the kernel does not give each agent the packets of its SAs ({}): agents hand"
                            + " them over, which costs a copy",
                    sockets.steeringRefusal());
        }
    }

    /**
     * Takes note of changes on the host; for the control agent.
     *
     * @param onTunGone called when the TUN interface was deleted
     * @return whether other addresses, or other ways to peers, are possible now
     */
    boolean onNetworkChanges(Runnable onTunGone) {
        Set<Reaction> reactions = EnumSet.noneOf(Reaction.class);
        boolean[] ofPaths = new boolean[1];
        try {
            int ignored =
                    monitor.drain(change -> {
                        reactions.add(reaction(change));
                        ofPaths[0] |= concernsPaths(change);
                    });
        } catch (SystemCallException e) {
            LOG.warn("cannot follow changes of addresses and routes: {}", e.getMessage());
        }
        if (reactions.contains(Reaction.END)) {
            onTunGone.run();
        } else if (reactions.contains(Reaction.REPAIR)) {
            routing.repair();
        }
        return ofPaths[0];
    }

    private boolean concernsPaths(NetworkChange change) {
        return switch (change) {
            case NetworkChange.AddressRemoved(InterfaceAddress address) ->
                    address.linkIndex() != tun.index();
            case NetworkChange.AddressChanged(InterfaceAddress address) ->
                    address.linkIndex() != tun.index();
            case NetworkChange.LinkChanged(Link link) -> link.index() != tun.index();
            case NetworkChange.LinkRemoved(Link link) -> link.index() != tun.index();
            case NetworkChange.RouteChanged(Route route) -> !routing.isOurs(route);
            case NetworkChange.RouteRemoved(Route route) -> !routing.isOurs(route);
            case NetworkChange.Overrun _ -> true;
        };
    }

    private enum Reaction {
        NONE,
        REPAIR,
        END
    }

    private Reaction reaction(NetworkChange change) {
        return switch (change) {
            case NetworkChange.AddressRemoved _,
                    NetworkChange.AddressChanged _,
                    NetworkChange.Overrun _ ->
                    Reaction.REPAIR;
            case NetworkChange.LinkChanged(Link link) ->
                    link.index() == tun.index() && link.isUp() ? Reaction.REPAIR : Reaction.NONE;
            case NetworkChange.LinkRemoved(Link link) ->
                    link.index() == tun.index() ? Reaction.END : Reaction.NONE;
            // The kernel takes routes away with their source address, other programs for no reason.
            case NetworkChange.RouteRemoved(Route route) ->
                    routing.isOurs(route) ? Reaction.REPAIR : Reaction.NONE;
            case NetworkChange.RouteChanged _ -> Reaction.NONE;
        };
    }

    private static void raise(TunDevice tun, RtNetlink netlink, DaemonSettings.Tun settings)
            throws SystemCallException {
        // Nobody is behind this interface who could answer; IPv6's own chatter would only be
        // dropped.
        netlink.disableLinkLocalAddress(tun.index());
        for (DaemonSettings.InterfaceAddress address : settings.addresses()) {
            netlink.addAddress(
                    InterfaceAddress.of(tun.index(), address.address(), address.prefixLength()));
        }
        tun.setUp(true);
    }

    private static String line(HostCheck.Finding finding) {
        return finding.name()
                + ": "
                + finding.detail()
                + (finding.advice().isEmpty() ? "" : ": " + finding.advice());
    }
}
