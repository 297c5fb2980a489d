package dev.culvert.endpoint.real.net;

/**
 * One end of a tunnel: a host, and the network behind it, which is on its loopback device.
 *
 * @param namespace the host
 * @param device towards the other end
 * @param address outer IPv4 address
 * @param publicAddress what the other end sees of it; differs behind address translation
 * @param addressV6 outer IPv6 address
 * @param number 1 or 2; in the addresses of the network behind
 */
public record Site(
        Namespace namespace,
        String device,
        String address,
        String publicAddress,
        String addressV6,
        int number) {

    /** How many networks are behind each site, each with one host. */
    public static final int SUBNETS = 40;

    /** What it is in the test, such as {@code left}. */
    public String role() {
        return namespace.role();
    }

    /** The host in the first network behind the site. */
    public String inner() {
        return inner(0);
    }

    /** The host in one of the networks, 0 to {@value #SUBNETS} - 1. */
    public String inner(int subnet) {
        return "10." + number + "." + subnet + ".1";
    }

    /** The first network behind the site. */
    public String network() {
        return network(0);
    }

    /** One of the networks. */
    public String network(int subnet) {
        return "10." + number + "." + subnet + ".0/24";
    }

    /** The IPv6 host behind the site. */
    public String innerV6() {
        return "fd00:" + number + "::1";
    }

    /** The IPv6 network behind the site. */
    public String networkV6() {
        return "fd00:" + number + "::/64";
    }

    /** Puts the hosts behind it on the loopback device. */
    void addInner() {
        StringBuilder batch = new StringBuilder();
        for (int subnet = 0; subnet < SUBNETS; subnet++) {
            batch.append("address add ").append(inner(subnet)).append("/32 dev lo\n");
        }
        batch.append("address add ").append(innerV6()).append("/128 dev lo nodad\n");
        namespace.feed(Commands.SHORT, batch.toString(), "ip", "-batch", "-").orThrow();
    }
}
