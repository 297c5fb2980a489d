package dev.culvert.endpoint.doctor;

import dev.culvert.endpoint.config.DaemonSettings;
import dev.culvert.tun.HostCheck;
import dev.culvert.tun.SystemCallException;
import dev.culvert.tun.UdpOptions;
import dev.culvert.tun.UdpSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What an endpoint cannot do without. */
final class NeedChecks {
    static final String PORTS = "UDP ports";

    private static final String HOST_CHECK_OF_PORTS = "UDP port 500";
    private static final int EACCES = 13;
    private static final int EADDRINUSE = 98;
    private static final int EAFNOSUPPORT = 97;
    private static final int EADDRNOTAVAIL = 99;

    private NeedChecks() {}

    /**
     * What came of binding a port, on all addresses that the daemon would bind it on.
     *
     * @param port the port
     * @param errno 0 if it could be bound everywhere
     */
    record PortTry(int port, int errno) {}

    static List<Finding> examine(DaemonSettings.Listen listen, boolean daemonRuns) {
        List<Finding> findings = new ArrayList<>();
        for (HostCheck.Finding finding : HostCheck.run().findings()) {
            if (!finding.name().equals(HOST_CHECK_OF_PORTS)) {
                findings.add(of(finding));
            }
        }
        findings.add(
                ports(
                        List.of(
                                tryPort(listen.addresses(), listen.port()),
                                tryPort(listen.addresses(), listen.nattPort())),
                        daemonRuns));
        return findings;
    }

    private static Finding of(HostCheck.Finding finding) {
        Severity severity =
                switch (finding.severity()) {
                    case OK -> Severity.OK;
                    case WARNING -> Severity.WARNING;
                    case FAULT -> Severity.FAULT;
                };
        String detail =
                finding.name().equals("platform")
                        ? finding.detail()
                                + ", kernel "
                                + System.getProperty("os.version")
                                + ", Java "
                                + Runtime.version()
                        : finding.detail();
        return new Finding(finding.name(), severity, detail, finding.advice());
    }

    /** Judges the IKE port and the NAT traversal port, in this order. */
    static Finding ports(List<PortTry> tries, boolean daemonRuns) {
        Set<Integer> taken = new TreeSet<>();
        Set<Integer> forbidden = new TreeSet<>();
        for (PortTry attempt : tries) {
            switch (attempt.errno()) {
                case 0 -> {
                    // as it should be
                }
                case EACCES -> forbidden.add(attempt.port());
                case EADDRINUSE -> taken.add(attempt.port());
                default -> taken.add(attempt.port());
            }
        }
        String ports = tries.get(0).port() + " and " + tries.get(1).port();
        if (taken.isEmpty() && forbidden.isEmpty()) {
            return Finding.ok(PORTS, ports + " are free and may be bound");
        }
        if (!taken.isEmpty() && daemonRuns) {
            return Finding.ok(PORTS, join(taken) + " in use, as is to be expected: a daemon runs");
        }
        if (!taken.isEmpty()) {
            return Finding.fault(
                    PORTS,
                    join(taken) + " in use by another program",
                    "find it with 'ss -ulpn' and stop it, or set culvert.port and"
                            + " culvert.port_nat_t");
        }
        boolean natTraversalWorks = !forbidden.contains(tries.get(1).port());
        String advice = "grant CAP_NET_BIND_SERVICE to use port " + join(forbidden);
        return natTraversalWorks
                ? Finding.warning(
                        PORTS,
                        join(forbidden)
                                + " may not be bound; "
                                + tries.get(1).port()
                                + " alone is used, which peers must name",
                        advice)
                : Finding.fault(PORTS, join(forbidden) + " may not be bound", advice);
    }

    private static PortTry tryPort(List<InetAddress> addresses, int port) {
        List<InetAddress> bound =
                addresses.isEmpty()
                        ? List.of(InetAddress.ofLiteral("0.0.0.0"), InetAddress.ofLiteral("::"))
                        : addresses;
        for (InetAddress address : bound) {
            int errno = tryPort(address, port);
            boolean noIpv6 = errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL;
            if (errno != 0 && !(addresses.isEmpty() && noIpv6)) {
                return new PortTry(port, errno);
            }
        }
        return new PortTry(port, 0);
    }

    private static int tryPort(InetAddress address, int port) {
        try (UdpSocket _ = UdpSocket.open(UdpOptions.boundTo(address, port))) {
            return 0;
        } catch (SystemCallException e) {
            return e.errno();
        }
    }

    private static String join(Set<Integer> ports) {
        return String.join(" and ", ports.stream().map(String::valueOf).toList());
    }
}
