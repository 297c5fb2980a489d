package dev.culvert.endpoint.real.net;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A network namespace: a host of the test network. Made by {@link TestNet#namespace}. */
public final class Namespace {

    private final TestNet net;
    private final String role;
    private final String id;

    Namespace(TestNet net, String role, String id) {
        this.net = net;
        this.role = role;
        this.id = id;
    }

    /** What it is in the test: {@code left}, {@code router} … */
    public String role() {
        return role;
    }

    /** Its name on this machine. */
    public String id() {
        return id;
    }

    /** Runs a command in it, for at most {@link Commands#SHORT}. */
    public CommandResult run(String... command) {
        return run(Commands.SHORT, command);
    }

    /** Runs a command in it. */
    public CommandResult run(Duration limit, String... command) {
        return Commands.run(limit, inside(List.of(command)), Optional.empty());
    }

    /** Runs a command in it that reads {@code stdin}. */
    public CommandResult feed(Duration limit, String stdin, String... command) {
        return Commands.run(limit, inside(List.of(command)), Optional.of(stdin));
    }

    /** Runs a command in it that must succeed. */
    public CommandResult check(String... command) {
        return run(command).orThrow();
    }

    /** Starts a process in it, which ends with the test network at the latest. */
    public Background start(Path log, Map<String, String> environment, String... command) {
        return net.watch(Background.start(log, environment, inside(List.of(command))));
    }

    /** Adds an address, such as {@code 192.0.2.1/24}; it is usable at once. */
    public void address(String device, String addressAndPrefix) {
        if (addressAndPrefix.contains(":")) {
            check("ip", "address", "add", addressAndPrefix, "dev", device, "nodad");
        } else {
            check("ip", "address", "add", addressAndPrefix, "dev", device);
        }
    }

    /** Adds a route, such as to {@code default}. */
    public void route(String destination, String via) {
        check("ip", via.contains(":") ? "-6" : "-4", "route", "add", destination, "via", via);
    }

    /** Makes a router of it. */
    public void forward() {
        sysctl("net.ipv4.ip_forward", 1);
        sysctl("net.ipv6.conf.all.forwarding", 1);
    }

    /** Sets a kernel parameter of the namespace. */
    public void sysctl(String name, int value) {
        check("sysctl", "-q", "-w", name + "=" + value);
    }

    /** Sets the MTU of a device. */
    public void mtu(String device, int bytes) {
        check("ip", "link", "set", device, "mtu", Integer.toString(bytes));
    }

    /** Loads nftables rules. */
    public void nft(String rules) {
        feed(Commands.SHORT, rules, "nft", "-f", "-").orThrow();
    }

    /**
     * Rules and routes of all tables, one per line. Lines that the kernel or the passing of time
     * changes on its own are left out.
     */
    public String routing() {
        List<String> lines = new ArrayList<>();
        for (String family : List.of("-4", "-6")) {
            lines.addAll(run("ip", family, "rule", "show").stdout().lines().toList());
            run("ip", family, "route", "show", "table", "all")
                    .stdout()
                    .lines()
                    .map(line -> line.replaceAll(" expires \\S+", "").strip())
                    .filter(line -> !line.contains(" cache ") && !line.contains("fe80::"))
                    .sorted()
                    .forEach(lines::add);
        }
        return String.join("\n", lines);
    }

    /** Addresses, rules, routes and nftables counters, for the report of a failed test. */
    public String diagnostics() {
        return "---- "
                + role
                + " ("
                + id
                + ")\n"
                + run("ip", "-brief", "address").output()
                + routing()
                + "\n"
                + run("nft", "list", "ruleset").output();
    }

    private List<String> inside(List<String> command) {
        List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", id));
        words.addAll(command);
        return words;
    }

    @Override
    public String toString() {
        return role;
    }
}
