package dev.culvert.endpoint.real.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A test network with two sites and a router between them, and what runs there.
 *
 * <pre>
 *   plain       left 192.0.2.2 ---------------- router ---------------- 198.51.100.2 right
 *   one NAT     left 172.16.1.2 -- nat 192.0.2.2 -- router ------------ 198.51.100.2 right
 *   two NATs    left 172.16.1.2 -- nat 192.0.2.2 -- router -- 198.51.100.2 nat -- 172.16.2.2 right
 * </pre>
 *
 * In the last one, the right side's translation forwards UDP ports 500 and 4500 to the right site.
 * The router's devices are {@code left} and {@code right}; the sites' devices are {@code wan}.
 */
public final class Lab implements AutoCloseable {

    private static final String LEFT = "192.0.2.2";
    private static final String RIGHT = "198.51.100.2";
    private static final String THIRD = "203.0.113.2";
    private static final String LEFT_V6 = "2001:db8:1::2";
    private static final String RIGHT_V6 = "2001:db8:2::2";
    private static final String THIRD_V6 = "2001:db8:3::2";

    /** The left site's address on its second way. */
    public static final String SECOND_ADDRESS = "203.0.113.2";

    private static final String SECOND_GATEWAY = "203.0.113.1";

    /** Where address translation happens. */
    public enum Nat {
        /** Nowhere. */
        NONE,
        /** In front of the left site. */
        LEFT,
        /** In front of both. */
        BOTH
    }

    private final Path directory;
    private final CulvertJvm jvm;
    private final Path scripts;
    private final TestNet net = new TestNet();
    private final Namespace router;
    private final Site left;
    private final Site right;
    private final Traffic traffic;
    private final List<Peer> peers = new ArrayList<>();
    private final AtomicInteger files = new AtomicInteger();

    /** Builds the network; daemons come later. */
    Lab(Nat nat, Path directory, CulvertJvm jvm) {
        this.directory = directory;
        this.jvm = jvm;
        this.scripts = Traffic.unpack(directory);
        try {
            router = net.namespace("router");
            left = site("left", nat != Nat.NONE, 1, LEFT, LEFT_V6);
            right = site("right", nat == Nat.BOTH, 2, RIGHT, RIGHT_V6);
            router.forward();
            traffic = new Traffic(scripts, directory);
            traffic.serve(left);
            traffic.serve(right);
        } catch (RuntimeException | Error e) {
            net.close();
            throw e;
        }
    }

    private Site site(
            String role, boolean behindNat, int number, String address, String addressV6) {
        Namespace host = net.namespace(role);
        String gateway = address.replaceAll("\\.2$", ".1");
        String gatewayV6 = addressV6.replaceAll("::2$", "::1");
        if (behindNat) {
            Namespace nat = net.namespace(role + "-nat");
            connect(router, role, gateway, nat, "wan", address);
            String inside = "172.16." + number + ".2";
            String natInside = "172.16." + number + ".1";
            connect(nat, "lan", natInside, host, "wan", inside);
            nat.forward();
            nat.route("default", gateway);
            host.route("default", natInside);
            nat.nft(natRules(number == 2 ? "dnat to " + inside : "accept"));
            Site site = new Site(host, "wan", inside, address, "", number);
            site.addInner();
            return site;
        }
        connect(router, role, gateway, host, "wan", address);
        router.address(role, gatewayV6 + "/64");
        host.address("wan", addressV6 + "/64");
        host.route("default", gateway);
        host.route("default", gatewayV6);
        Site site = new Site(host, "wan", address, address, addressV6, number);
        site.addInner();
        return site;
    }

    private void connect(
            Namespace one,
            String deviceOfOne,
            String addressOfOne,
            Namespace other,
            String deviceOfOther,
            String addressOfOther) {
        net.link(one, deviceOfOne, other, deviceOfOther);
        one.address(deviceOfOne, addressOfOne + "/24");
        other.address(deviceOfOther, addressOfOther + "/24");
    }

    private static String natRules(String incoming) {
        return """
        table ip cvnat {
          chain out {
            type nat hook postrouting priority srcnat;
            oifname "wan" masquerade
          }
          chain in {
            type nat hook prerouting priority dstnat;
            iifname "wan" udp dport { 500, 4500 } %s
          }
        }
        """
                .formatted(incoming);
    }

    /** The site with number 1. */
    public Site left() {
        return left;
    }

    /** The site with number 2. */
    public Site right() {
        return right;
    }

    /** Adds a site with number 3, 203.0.113.2, at the same router. */
    public Site third() {
        Site third = site("third", false, 3, THIRD, THIRD_V6);
        traffic.serve(third);
        return third;
    }

    /** Between the sites. */
    public Namespace router() {
        return router;
    }

    /** The translator in front of a site. */
    public Namespace natOf(Site site) {
        return net.namespaces().stream()
                .filter(namespace -> namespace.role().equals(site.role() + "-nat"))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Adds a host in a network of its own behind a site, 10.N.200.0/24, which the site routes to
     * it.
     *
     * @return the host; its address ends in .2
     */
    public Namespace hostBehind(Site site) {
        String network = "10." + site.number() + ".200.";
        Namespace host = net.namespace(site.role() + "-host");
        connect(site.namespace(), "lan", network + "1", host, "eth", network + "2");
        host.route("default", network + "1");
        site.namespace().forward();
        return host;
    }

    /**
     * Gives the left site a second way to the router: device {@code wan2}, with {@link
     * #SECOND_ADDRESS} and without a route. The first one's IPv6 goes, as that would be another
     * way.
     */
    public void addSecondPath() {
        left.namespace().check("ip", "address", "delete", LEFT_V6 + "/64", "dev", "wan");
        connect(router, "left2", SECOND_GATEWAY, left.namespace(), "wan2", SECOND_ADDRESS);
    }

    /** Takes the address of the left site's device away, and puts the other way's route up. */
    public void moveToSecondPath() {
        Namespace host = left.namespace();
        host.check("ip", "address", "delete", LEFT + "/24", "dev", "wan");
        host.route("default", SECOND_GATEWAY);
    }

    /** The way back, over which the second one is lost, address and all. */
    public void moveToFirstPath() {
        Namespace host = left.namespace();
        host.check("ip", "address", "delete", SECOND_ADDRESS + "/24", "dev", "wan2");
        host.address("wan", LEFT + "/24");
        host.route("default", LEFT.replaceAll("\\.2$", ".1"));
    }

    /** What runs between hosts behind the sites. */
    public Traffic traffic() {
        return traffic;
    }

    /** A directory of the test, for its own files. */
    public Path directory() {
        return directory;
    }

    /** A Python script of the harness. */
    public String script(String name) {
        return scripts.resolve(name).toString();
    }

    /** A strongSwan at a site, not started yet. */
    public StrongSwan strongSwan(Site site) {
        return add(new StrongSwan(site, directory.resolve("strongswan-" + site.role())));
    }

    /** A Culvert at a site, not started yet. */
    public Culvert culvert(Site site) {
        return add(new Culvert(site, directory.resolve("culvert-" + site.role()), jvm));
    }

    /**
     * The daemon under test: Culvert; or, with {@code -Dculvert.real.subject=strongswan}, a
     * strongSwan in its place, which tells whether a failure is the test's or Culvert's.
     */
    public Peer subject(Site site) {
        return "strongswan".equals(System.getProperty("culvert.real.subject"))
                ? strongSwan(site)
                : culvert(site);
    }

    private <P extends Peer> P add(P peer) {
        peers.add(peer);
        return peer;
    }

    /** Captures what passes the router on the left side, both directions. */
    public Capture capture(String filter) {
        return capture(router, "left", filter);
    }

    /** Captures what passes a device. */
    public Capture capture(Namespace namespace, String device, String filter) {
        Path file = directory.resolve("capture-" + files.incrementAndGet() + ".pcap");
        return Capture.start(namespace, device, filter, file);
    }

    /** Lets the router drop that share of all UDP datagrams, in both directions. */
    public void lose(int percent) {
        drop("numgen random mod 100 < " + percent);
    }

    /** Cuts the sites off from each other. */
    public void cut() {
        drop("");
    }

    private void drop(String condition) {
        router.nft(
                """
                table inet cvloss {
                  chain forward {
                    type filter hook forward priority filter;
                    meta l4proto udp %s counter drop
                  }
                }
                """
                        .formatted(condition));
    }

    /** Ends {@link #lose} and {@link #cut}. */
    public void loseNothing() {
        router.nft("delete table inet cvloss\n");
    }

    /** Three echo requests and a checksummed MiB over TCP from the first to the second site. */
    public void exchange(Site from, Site to) {
        exchange(from, from.inner(), to.inner());
    }

    /** As {@link #exchange(Site, Site)} between given hosts. */
    public void exchange(Site from, String source, String destination) {
        int answers = traffic.ping(from.namespace(), source, destination, 3);
        if (answers != 3) {
            throw new AssertionError(answers + " of 3 pings from " + source + " to " + destination);
        }
        traffic.transfer(from.namespace(), source, destination, 1 << 20).orThrow();
    }

    /** Writes a file of the test. */
    public Path write(String name, String text) {
        try {
            return Files.writeString(directory.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs {@code inject.py} on the router. */
    public CommandResult inject(Duration limit, String stdin, String... words) {
        List<String> command = new ArrayList<>(List.of("/usr/bin/python3", script("inject.py")));
        command.addAll(List.of(words));
        return router.feed(limit, stdin, command.toArray(String[]::new)).orThrow();
    }

    /** Everything that helps to understand a failure. */
    public String diagnostics() {
        StringBuilder text = new StringBuilder();
        peers.forEach(peer -> text.append(peer.diagnostics()).append('\n'));
        net.namespaces().forEach(namespace -> text.append(namespace.diagnostics()).append('\n'));
        return text.toString();
    }

    @Override
    public void close() {
        net.close();
    }
}
