package dev.culvert.endpoint.daemon;

import dev.culvert.endpoint.assign.TunAddresses;
import dev.culvert.endpoint.dataplane.HostNetwork;
import dev.culvert.tun.InterfaceAddress;
import dev.culvert.tun.Link;
import dev.culvert.tun.ResolvedRoute;
import dev.culvert.tun.RouteQuery;
import dev.culvert.tun.RtNetlink;
import dev.culvert.tun.SystemCallException;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link HostNetwork} and {@link TunAddresses} by rtnetlink. Belongs to one thread at a time. */
final class KernelNetwork implements HostNetwork, TunAddresses {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.knl");
    private static final int DEFAULT_MTU_BYTES = 1500;
    private static final int MIN_MTU_BYTES = 576;
    private static final int MAX_MTU_BYTES = 65535;
    private static final int EEXIST = 17;
    private static final int EADDRNOTAVAIL = 99;
    private static final int ENODEV = 19;

    private final RtNetlink netlink;
    private final int tunIndex;
    private final int fwmark;

    /** Addresses that were there before, and stay. */
    private final Set<InetAddress> others = new HashSet<>();

    /**
     * @param netlink stays the caller's
     * @param tunIndex the TUN interface
     * @param fwmark mark of our own packets, so that their routes are asked for
     */
    KernelNetwork(RtNetlink netlink, int tunIndex, int fwmark) {
        this.netlink = netlink;
        this.tunIndex = tunIndex;
        this.fwmark = fwmark;
    }

    @Override
    public List<InterfaceAddress> addresses() {
        try {
            return netlink.addresses();
        } catch (SystemCallException e) {
            LOG.warn("cannot read the host's addresses: {}", e.getMessage());
            return List.of();
        }
    }

    @Override
    public Optional<InetAddress> sourceTowards(InetAddress remote) {
        return route(remote).flatMap(ResolvedRoute::source);
    }

    @Override
    public int pathMtuBytes(InetAddress remote) {
        int mtuBytes =
                route(remote)
                        .map(r -> r.mtuBytes() != 0 ? r.mtuBytes() : linkMtu(r.outputLinkIndex()))
                        .orElse(DEFAULT_MTU_BYTES);
        return Math.clamp(mtuBytes, MIN_MTU_BYTES, MAX_MTU_BYTES);
    }

    @Override
    public void setTunMtuBytes(int mtuBytes) {
        try {
            netlink.setLinkMtuBytes(tunIndex, mtuBytes);
            LOG.info("MTU of the TUN interface is now {} bytes", mtuBytes);
        } catch (SystemCallException e) {
            LOG.warn("cannot set the TUN interface's MTU to {}: {}", mtuBytes, e.getMessage());
        }
    }

    @Override
    public void add(InetAddress address) {
        try {
            netlink.addAddress(onTun(address));
        } catch (SystemCallException e) {
            if (e.errno() == EEXIST) {
                others.add(address);
            } else {
                LOG.warn(
                        "cannot put the address {} on the TUN interface: {}",
                        address.getHostAddress(),
                        e.getMessage());
            }
        }
    }

    @Override
    public void remove(InetAddress address) {
        if (others.remove(address)) {
            return;
        }
        try {
            netlink.deleteAddress(onTun(address));
        } catch (SystemCallException e) {
            if (e.errno() != EADDRNOTAVAIL && e.errno() != ENODEV) {
                LOG.warn(
                        "cannot take the address {} off the TUN interface: {}",
                        address.getHostAddress(),
                        e.getMessage());
            }
        }
    }

    private InterfaceAddress onTun(InetAddress address) {
        return InterfaceAddress.of(tunIndex, address, 8 * address.getAddress().length);
    }

    private Optional<ResolvedRoute> route(InetAddress remote) {
        try {
            return netlink.lookupRoute(RouteQuery.to(remote).withMark(fwmark));
        } catch (SystemCallException e) {
            LOG.debug("cannot look up the route to {}: {}", remote, e.getMessage());
            return Optional.empty();
        }
    }

    private int linkMtu(int index) {
        try {
            return netlink.linkByIndex(index).map(Link::mtuBytes).orElse(DEFAULT_MTU_BYTES);
        } catch (SystemCallException e) {
            LOG.debug("cannot read interface {}: {}", index, e.getMessage());
            return DEFAULT_MTU_BYTES;
        }
    }
}
