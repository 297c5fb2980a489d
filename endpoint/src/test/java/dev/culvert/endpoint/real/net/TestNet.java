package dev.culvert.endpoint.real.net;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Namespaces and the links between them. Closing it ends the processes that were started in them
 * and removes them; a shutdown hook does so when the JVM is interrupted, and the next run when it
 * was killed.
 */
public final class TestNet implements AutoCloseable {

    /** Begins the name of each namespace; the number of the JVM's process follows. */
    static final String PREFIX = "cvit";

    private static final AtomicInteger SERIAL = new AtomicInteger();

    private final List<Namespace> namespaces = Collections.synchronizedList(new ArrayList<>());
    private final List<Background> processes = Collections.synchronizedList(new ArrayList<>());
    private final Thread hook = new Thread(this::remove, "test-net-removal");
    private final int serial = SERIAL.incrementAndGet();

    /** An empty network. */
    public TestNet() {
        sweep();
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Adds a namespace with its loopback device up.
     *
     * @param role short and unique in this network
     */
    public Namespace namespace(String role) {
        String id = PREFIX + ProcessHandle.current().pid() + "-" + serial + "-" + role;
        Namespace namespace = new Namespace(this, role, id);
        namespaces.add(namespace);
        Commands.run("ip", "netns", "add", id).orThrow();
        namespace.check("ip", "link", "set", "lo", "up");
        return namespace;
    }

    /** Connects two namespaces; both devices are up. */
    public void link(Namespace one, String deviceOfOne, Namespace other, String deviceOfOther) {
        Commands.run(
                        "ip",
                        "link",
                        "add",
                        deviceOfOne,
                        "netns",
                        one.id(),
                        "type",
                        "veth",
                        "peer",
                        "name",
                        deviceOfOther,
                        "netns",
                        other.id())
                .orThrow();
        one.check("ip", "link", "set", deviceOfOne, "up");
        other.check("ip", "link", "set", deviceOfOther, "up");
    }

    /** The namespaces, oldest first. */
    public List<Namespace> namespaces() {
        return List.copyOf(namespaces);
    }

    Background watch(Background process) {
        processes.add(process);
        return process;
    }

    @Override
    public void close() {
        remove();
        Runtime.getRuntime().removeShutdownHook(hook);
    }

    private void remove() {
        List.copyOf(processes).forEach(Background::kill);
        processes.clear();
        for (Namespace namespace : namespaces()) {
            delete(namespace.id());
        }
        namespaces.clear();
    }

    /** Removes what JVMs that were killed have left. */
    private static void sweep() {
        for (String line : Commands.run("ip", "netns", "list").stdout().lines().toList()) {
            String id = line.split(" ", 2)[0];
            if (id.matches(PREFIX + "\\d+-.*")) {
                long owner = Long.parseLong(id.substring(PREFIX.length(), id.indexOf('-')));
                if (ProcessHandle.of(owner).isEmpty()) {
                    delete(id);
                }
            }
        }
    }

    private static void delete(String id) {
        for (String pid : Commands.run("ip", "netns", "pids", id).stdout().lines().toList()) {
            ProcessHandle.of(Long.parseLong(pid.strip())).ifPresent(ProcessHandle::destroyForcibly);
        }
        Commands.run("ip", "netns", "delete", id);
    }
}
