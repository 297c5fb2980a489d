package dev.culvert.tun;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * Reads and changes interfaces, addresses, routes and policy rules of this network namespace, by
 * rtnetlink. Every request waits for the kernel's acknowledgement. Belongs to one thread. Changes
 * need CAP_NET_ADMIN; reading does not.
 *
 * <p>Methods that add or delete throw a {@link SystemCallException} that carries the kernel's own
 * explanation where it gives one.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class RtNetlink implements AutoCloseable {
    private RtNetlink() {}

    /**
     * Opens a netlink socket.
     *
     * @throws SystemCallException if the kernel refuses
     */
    public static RtNetlink open() throws SystemCallException {
        return new RtNetlink();
    }

    /** All interfaces. */
    public List<Link> links() throws SystemCallException {
        throw new UnsupportedOperationException("follows");
    }

    /** The interface of that name, if there is one. */
    public Optional<Link> linkByName(String name) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + name);
    }

    /** The interface of that index, if there is one. */
    public Optional<Link> linkByIndex(int index) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + index);
    }

    /** Takes an interface up or down. */
    public void setLinkUp(int index, boolean up) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + index + up);
    }

    /** Changes an interface's MTU. */
    public void setLinkMtuBytes(int index, int mtuBytes) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + index + mtuBytes);
    }

    /**
     * Keeps the kernel from giving an interface a link-local IPv6 address of its own (and from
     * sending router solicitations into it); to be called before it is set up. Works where the
     * sysctls are read-only.
     */
    public void disableLinkLocalAddress(int index) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + index);
    }

    /** All addresses of all interfaces. */
    public List<InterfaceAddress> addresses() throws SystemCallException {
        throw new UnsupportedOperationException("follows");
    }

    /** Adds an address; {@code EEXIST} if the interface has it. IPv6: usable at once (no DAD). */
    public void addAddress(InterfaceAddress address) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + address);
    }

    /** Deletes an address; {@code EADDRNOTAVAIL} if the interface does not have it. */
    public void deleteAddress(InterfaceAddress address) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + address);
    }

    /** All routes of all tables of one family. */
    public List<Route> routes(AddressFamily family) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + family);
    }

    /** Adds a route; {@code EEXIST} if there is one with the same destination and metric. */
    public void addRoute(Route route) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + route);
    }

    /** Adds a route in place of one with the same destination and metric, if there is one. */
    public void replaceRoute(Route route) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + route);
    }

    /** Deletes a route; {@code ESRCH} if there is none like it. */
    public void deleteRoute(Route route) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + route);
    }

    /** All policy rules of one family. */
    public List<Rule> rules(AddressFamily family) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + family);
    }

    /** Adds a policy rule; {@code EEXIST} if there is an equal one. */
    public void addRule(Rule rule) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + rule);
    }

    /** Deletes a policy rule; {@code ENOENT} if there is none like it. */
    public void deleteRule(Rule rule) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + rule);
    }

    /**
     * Asks how a packet would leave this host.
     *
     * @return empty if it would not: no route, or one that refuses
     */
    public Optional<ResolvedRoute> lookupRoute(RouteQuery query) throws SystemCallException {
        throw new UnsupportedOperationException("follows " + query);
    }

    /** How a packet to {@code destination} would leave; see {@link #lookupRoute(RouteQuery)}. */
    public Optional<ResolvedRoute> lookupRoute(InetAddress destination) throws SystemCallException {
        return lookupRoute(RouteQuery.to(destination));
    }

    @Override
    public void close() {}
}
