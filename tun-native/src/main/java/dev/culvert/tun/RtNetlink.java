package dev.culvert.tun;

import static dev.culvert.tun.NetlinkDescriptor.RTM_NEWADDR;
import static dev.culvert.tun.NetlinkDescriptor.RTM_NEWLINK;
import static dev.culvert.tun.NetlinkDescriptor.RTM_NEWROUTE;
import static dev.culvert.tun.NetlinkDescriptor.RTM_NEWRULE;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads and changes interfaces, addresses, routes and policy rules of this network namespace, by
 * rtnetlink. Every request waits for the kernel's acknowledgement. Belongs to one thread. Changes
 * need CAP_NET_ADMIN; reading does not.
 *
 * <p>Methods that add or delete throw a {@link SystemCallException} that carries the kernel's own
 * explanation where it gives one.
 */
public final class RtNetlink implements AutoCloseable {
    private final NetlinkSocket socket;

    private RtNetlink(NetlinkSocket socket) {
        this.socket = socket;
    }

    /**
     * Opens a netlink socket.
     *
     * @throws SystemCallException if the kernel refuses
     */
    public static RtNetlink open() throws SystemCallException {
        return new RtNetlink(NetlinkSocket.open(0, true));
    }

    /** All interfaces. */
    public List<Link> links() throws SystemCallException {
        LinkCodec.encodeList(socket.writer());
        return socket.dump("list interfaces", RTM_NEWLINK, LinkCodec::decode);
    }

    /** The interface of that name, if there is one. */
    public Optional<Link> linkByName(String name) throws SystemCallException {
        LinkCodec.encodeGet(socket.writer(), name);
        return socket.query("find interface " + name, RTM_NEWLINK, LinkCodec::decode, Errno.ENODEV);
    }

    /** The interface of that index, if there is one. */
    public Optional<Link> linkByIndex(int index) throws SystemCallException {
        LinkCodec.encodeGet(socket.writer(), index);
        return socket.query(
                "find interface " + index, RTM_NEWLINK, LinkCodec::decode, Errno.ENODEV);
    }

    /** Takes an interface up or down. */
    public void setLinkUp(int index, boolean up) throws SystemCallException {
        LinkCodec.encodeSetUp(socket.writer(), index, up);
        socket.execute("set interface " + index + (up ? " up" : " down"));
    }

    /** Changes an interface's MTU. */
    public void setLinkMtuBytes(int index, int mtuBytes) throws SystemCallException {
        LinkCodec.encodeSetMtu(socket.writer(), index, mtuBytes);
        socket.execute("set MTU of interface " + index + " to " + mtuBytes);
    }

    /**
     * Keeps the kernel from giving an interface a link-local IPv6 address of its own (and from
     * sending router solicitations into it); to be called before it is set up. Works where the
     * sysctls are read-only.
     */
    public void disableLinkLocalAddress(int index) throws SystemCallException {
        LinkCodec.encodeDisableLinkLocal(socket.writer(), index);
        socket.execute("turn off link-local addresses of interface " + index);
    }

    /** All addresses of all interfaces. */
    public List<InterfaceAddress> addresses() throws SystemCallException {
        AddressCodec.encodeList(socket.writer());
        return socket.dump("list addresses", RTM_NEWADDR, AddressCodec::decode);
    }

    /** Adds an address; {@code EEXIST} if the interface has it. IPv6: usable at once (no DAD). */
    public void addAddress(InterfaceAddress address) throws SystemCallException {
        AddressCodec.encodeAdd(socket.writer(), address);
        socket.execute("add address " + describe(address));
    }

    /** Deletes an address; {@code EADDRNOTAVAIL} if the interface does not have it. */
    public void deleteAddress(InterfaceAddress address) throws SystemCallException {
        AddressCodec.encodeDelete(socket.writer(), address);
        socket.execute("delete address " + describe(address));
    }

    /** All routes of all tables of one family. */
    public List<Route> routes(AddressFamily family) throws SystemCallException {
        RouteCodec.encodeList(socket.writer(), family);
        return socket.dump(
                "list routes",
                RTM_NEWROUTE,
                (buffer, offset, end) ->
                        RouteCodec.isCloned(buffer, offset, end)
                                ? Optional.empty()
                                : RouteCodec.decode(buffer, offset, end));
    }

    /** Adds a route; {@code EEXIST} if there is one with the same destination and metric. */
    public void addRoute(Route route) throws SystemCallException {
        RouteCodec.encodeAdd(socket.writer(), route, false);
        socket.execute("add route " + describe(route));
    }

    /** Adds a route in place of one with the same destination and metric, if there is one. */
    public void replaceRoute(Route route) throws SystemCallException {
        RouteCodec.encodeAdd(socket.writer(), route, true);
        socket.execute("replace route " + describe(route));
    }

    /** Deletes a route; {@code ESRCH} if there is none like it. */
    public void deleteRoute(Route route) throws SystemCallException {
        RouteCodec.encodeDelete(socket.writer(), route);
        socket.execute("delete route " + describe(route));
    }

    /** All policy rules of one family. */
    public List<Rule> rules(AddressFamily family) throws SystemCallException {
        RuleCodec.encodeList(socket.writer(), family);
        return socket.dump("list rules", RTM_NEWRULE, RuleCodec::decode);
    }

    /** Adds a policy rule; {@code EEXIST} if there is an equal one. */
    public void addRule(Rule rule) throws SystemCallException {
        RuleCodec.encodeAdd(socket.writer(), rule);
        socket.execute("add rule " + describe(rule));
    }

    /** Deletes a policy rule; {@code ENOENT} if there is none like it. */
    public void deleteRule(Rule rule) throws SystemCallException {
        RuleCodec.encodeDelete(socket.writer(), rule);
        socket.execute("delete rule " + describe(rule));
    }

    /**
     * Asks how a packet would leave this host.
     *
     * @return empty if it would not: no route, or one that refuses
     */
    public Optional<ResolvedRoute> lookupRoute(RouteQuery query) throws SystemCallException {
        RouteCodec.encodeLookup(socket.writer(), query);
        // What a blackhole, unreachable or prohibit route answers.
        return socket.query(
                "look up route to " + query.destination().getHostAddress(),
                RTM_NEWROUTE,
                RouteCodec::decodeLookup,
                Errno.ENETUNREACH,
                Errno.EHOSTUNREACH,
                Errno.EINVAL,
                Errno.EACCES);
    }

    /** How a packet to {@code destination} would leave; see {@link #lookupRoute(RouteQuery)}. */
    public Optional<ResolvedRoute> lookupRoute(InetAddress destination) throws SystemCallException {
        return lookupRoute(RouteQuery.to(destination));
    }

    @Override
    public void close() {
        socket.close();
    }

    private static String describe(InterfaceAddress address) {
        return address.address().getHostAddress()
                + "/"
                + address.prefixLength()
                + " on interface "
                + address.linkIndex();
    }

    private static String describe(Route route) {
        StringBuilder text = new StringBuilder();
        if (route.type() != RouteType.UNICAST) {
            text.append(route.type().name().toLowerCase(Locale.ROOT)).append(' ');
        }
        text.append(route.destination());
        route.gateway().ifPresent(gateway -> text.append(" via ").append(gateway.getHostAddress()));
        if (route.outputLinkIndex() != 0) {
            text.append(" by interface ").append(route.outputLinkIndex());
        }
        return text.append(" in table ").append(route.table()).toString();
    }

    private static String describe(Rule rule) {
        return rule.family() + " priority " + rule.priority() + " table " + rule.table();
    }
}
