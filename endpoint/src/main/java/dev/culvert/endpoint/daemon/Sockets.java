package dev.culvert.endpoint.daemon;

import dev.culvert.endpoint.config.DaemonSettings;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.Errno;
import dev.culvert.tun.PathMtuDiscovery;
import dev.culvert.tun.SystemCallException;
import dev.culvert.tun.UdpOptions;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.UdpSocket;
import dev.culvert.tun.UdpSocketGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The UDP sockets: for each address one on the IKE port, and one on the NAT traversal port, which
 * carries IKE and ESP.
 *
 * @param ike on the IKE port; empty where this process may not bind it
 * @param natt on the NAT traversal port: for each address as many as there are agents
 */
record Sockets(List<UdpPort> ike, List<UdpSocketGroup> natt) implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.net");
    private static final int EACCES = 13;
    private static final int EAFNOSUPPORT = 97;
    private static final int EADDRNOTAVAIL = 99;

    Sockets {
        ike = List.copyOf(ike);
        natt = List.copyOf(natt);
    }

    /**
     * Opens them all.
     *
     * @param listen where to
     * @param fwmark mark of all that leaves
     * @param agents how many sockets share each NAT traversal port
     * @throws SystemCallException if one cannot be opened; then none is
     */
    static Sockets open(DaemonSettings.Listen listen, int fwmark, int agents)
            throws SystemCallException {
        List<UdpPort> ike = new ArrayList<>();
        List<UdpSocketGroup> natt = new ArrayList<>();
        boolean opened = false;
        try {
            for (InetAddress address : addresses(listen)) {
                try {
                    natt.add(
                            UdpSocketGroup.open(
                                    options(address, listen.nattPort(), listen, fwmark), agents));
                    openIkePort(address, listen, fwmark).ifPresent(ike::add);
                } catch (SystemCallException e) {
                    if (!isMissingIpv6(listen, address, e)) {
                        throw e;
                    }
                    LOG.info("no IPv6 on this host: {}", e.getMessage());
                }
            }
            if (ike.isEmpty()) {
                LOG.warn(
                        "no right to bind port {}: using port {} alone, which peers must name"
                                + " (remote_port = {}); or grant CAP_NET_BIND_SERVICE",
                        listen.port(),
                        listen.nattPort(),
                        listen.nattPort());
            }
            Sockets sockets = new Sockets(ike, natt);
            opened = true;
            return sockets;
        } finally {
            if (!opened) {
                ike.forEach(UdpPort::close);
                natt.forEach(UdpSocketGroup::close);
            }
        }
    }

    /** Address families that there are sockets for. */
    Set<AddressFamily> families() {
        EnumSet<AddressFamily> families = EnumSet.noneOf(AddressFamily.class);
        nattOf(0).forEach(port -> families.add(port.family()));
        return families;
    }

    /** Where they are bound. */
    List<InetSocketAddress> addresses() {
        return Stream.concat(ike.stream(), nattOf(0).stream()).map(UdpPort::localAddress).toList();
    }

    /** Those on the NAT traversal port that an agent has for itself. */
    List<UdpPort> nattOf(int agent) {
        return natt.stream().<UdpPort>map(group -> group.sockets().get(agent)).toList();
    }

    /**
     * Why the kernel does not give each agent the packets of its SAs, on one of the addresses at
     * least; empty if it does or there is one agent.
     */
    String steeringRefusal() {
        return natt.stream()
                .mapToInt(UdpSocketGroup::steeringErrno)
                .filter(errno -> errno != 0)
                .mapToObj(Errno::name)
                .findFirst()
                .orElse("");
    }

    private Stream<UdpSocket> nattSockets() {
        return natt.stream().flatMap(group -> group.sockets().stream());
    }

    /**
     * Lets the kernel join datagrams that carry ESP.
     *
     * @return false if it can't, for one of the sockets at least
     */
    boolean joinReceived() {
        return nattSockets().map(UdpSocket::joinReceived).reduce(true, (all, one) -> all && one);
    }

    /**
     * Whether the kernel cuts messages into datagrams, on all sockets that carry ESP.
     *
     * @return false if it does not, on one of them at least
     */
    boolean canSegment() {
        return nattSockets().allMatch(UdpSocket::canSegment);
    }

    @Override
    public void close() {
        ike.forEach(UdpPort::close);
        natt.forEach(UdpSocketGroup::close);
    }

    /**
     * The IKE port is privileged, and a container may lack the right to bind it; IKE may begin on
     * the NAT traversal port as well (RFC 7296 section 2.23), so this host can do without.
     */
    private static Optional<UdpPort> openIkePort(
            InetAddress address, DaemonSettings.Listen listen, int fwmark)
            throws SystemCallException {
        try {
            return Optional.of(UdpSocket.open(options(address, listen.port(), listen, fwmark)));
        } catch (SystemCallException e) {
            if (e.errno() != EACCES) {
                throw e;
            }
            LOG.debug("{}", e.getMessage());
            return Optional.empty();
        }
    }

    private static List<InetAddress> addresses(DaemonSettings.Listen listen) {
        return listen.addresses().isEmpty()
                ? List.of(InetAddress.ofLiteral("0.0.0.0"), InetAddress.ofLiteral("::"))
                : listen.addresses();
    }

    private static UdpOptions options(
            InetAddress address, int port, DaemonSettings.Listen listen, int fwmark) {
        return UdpOptions.boundTo(address, port)
                .withMark(fwmark)
                .withBufferBytes(listen.receiveBufferBytes(), listen.sendBufferBytes())
                .withPathMtuDiscovery(PathMtuDiscovery.FRAGMENT_TO_PATH_MTU);
    }

    private static boolean isMissingIpv6(
            DaemonSettings.Listen listen, InetAddress address, SystemCallException e) {
        return listen.addresses().isEmpty()
                && AddressFamily.of(address) == AddressFamily.IPV6
                && (e.errno() == EAFNOSUPPORT || e.errno() == EADDRNOTAVAIL);
    }
}
