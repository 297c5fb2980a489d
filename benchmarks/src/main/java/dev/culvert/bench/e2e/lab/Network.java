package dev.culvert.bench.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Two namespaces joined by a veth of MTU 1500.
 *
 * <pre>
 * 10.1.0.1 left 192.0.2.1 ---- 192.0.2.2 right 10.2.0.1
 * </pre>
 */
public final class Network implements AutoCloseable {
    private static final Pattern NAMESPACE = Pattern.compile("(cvb(\\d+)n\\d+[lr])\\b.*");
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String prefix;
    private final Path directory;
    private final Host left;
    private final Host right;
    private boolean closed;

    private Network(String prefix, Path directory, Host left, Host right) {
        this.prefix = prefix;
        this.directory = directory;
        this.left = left;
        this.right = right;
    }

    /** Makes both ends; they can reach each other's outer address. */
    public static Network create() {
        try {
            Path directory = Files.createTempDirectory("culvert-bench-");
            String prefix = "cvb" + ProcessHandle.current().pid() + "n" + COUNT.incrementAndGet();
            Network network =
                    new Network(
                            prefix,
                            directory,
                            host(prefix + "l", Side.LEFT, directory),
                            host(prefix + "r", Side.RIGHT, directory));
            network.join();
            return network;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes what a run that was killed has left. */
    public static void removeLeftovers() {
        Commands.run("ip", "netns", "list")
                .lines()
                .map(NAMESPACE::matcher)
                .filter(Matcher::matches)
                .filter(name -> ProcessHandle.of(Long.parseLong(name.group(2))).isEmpty())
                .forEach(name -> remove(name.group(1)));
    }

    private static void remove(String namespace) {
        Commands.run("ip", "netns", "pids", namespace)
                .lines()
                .map(Long::parseLong)
                .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        Commands.run("ip", "netns", "del", namespace);
    }

    public Host host(Side side) {
        return side == Side.LEFT ? left : right;
    }

    public List<Host> hosts() {
        return List.of(left, right);
    }

    /** Ends all processes and removes the namespaces; a second call does nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        left.close();
        right.close();
        Commands.tryRun(List.of("ip", "netns", "del", prefix + "l"));
        Commands.tryRun(List.of("ip", "netns", "del", prefix + "r"));
        deleteTree(directory);
    }

    private void join() {
        boolean joined = false;
        try {
            Commands.run("ip", "netns", "add", prefix + "l");
            Commands.run("ip", "netns", "add", prefix + "r");
            left.ip("link add wan mtu 1500 type veth peer name wan mtu 1500 netns " + prefix + "r");
            for (Host host : hosts()) {
                host.ip("link set lo up");
                host.ip("addr add " + host.side().inner() + "/32 dev lo");
                host.ip("addr add " + host.side().outer() + "/24 dev wan");
                host.ip("link set wan up");
            }
            joined = true;
        } finally {
            if (!joined) {
                close();
            }
        }
    }

    private static Host host(String namespace, Side side, Path directory) throws IOException {
        return new Host(namespace, side, Files.createDirectory(directory.resolve(side.label())));
    }

    private static void deleteTree(Path directory) {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            System.err.println("left behind: " + directory + " (" + e.getMessage() + ")");
        }
    }
}
