package dev.culvert.endpoint.real.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Packets and transfers between hosts behind the two sites. */
public final class Traffic {

    /** Where the echo server of each site listens, TCP and UDP. */
    public static final int PORT = 5201;

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern RECEIVED = Pattern.compile("(\\d+) received");
    private static final int UDP_ECHO_COUNT = 20;

    private final Path scripts;
    private final Path directory;

    Traffic(Path scripts, Path directory) {
        this.scripts = scripts;
        this.directory = directory;
    }

    /** Starts the server of a site, on all its addresses. */
    void serve(Site site) {
        Path log = directory.resolve("server-" + site.role() + ".log");
        String script = scripts.resolve("traffic.py").toString();
        site.namespace()
                .start(log, Map.of(), "/usr/bin/python3", script, "serve", Integer.toString(PORT))
                .awaitLog("ready", Duration.ofSeconds(10));
    }

    /**
     * How many of {@code count} echo requests were answered within 3 s. Unlike {@code ping}, which
     * waits for the last answer only twice the longest round trip, this is exact on a slow machine.
     */
    public int ping(Namespace from, String source, String destination, int count) {
        CommandResult result =
                client(from, List.of("ping", source, destination, Integer.toString(count)));
        Matcher matcher = RECEIVED.matcher(result.orThrow().stdout());
        if (!matcher.find()) {
            throw new IllegalStateException(result.toString());
        }
        return Integer.parseInt(matcher.group(1));
    }

    /**
     * Sends echo requests of a size with {@code ping}.
     *
     * @param sizeBytes of the data, so 28 (IPv4) or 48 (IPv6) less than the packet
     * @param dontFragment whether to forbid fragmentation
     */
    public static Ping ping(
            Namespace from,
            String source,
            String destination,
            int count,
            int sizeBytes,
            boolean dontFragment) {
        List<String> words = new ArrayList<>();
        words.addAll(List.of("ping", "-c", Integer.toString(count), "-i", "0.05", "-W", "2"));
        words.addAll(List.of("-s", Integer.toString(sizeBytes), "-I", source));
        words.addAll(List.of("-M", dontFragment ? "do" : "dont", destination));
        CommandResult result = from.run(LIMIT, words.toArray(String[]::new));
        Matcher matcher = RECEIVED.matcher(result.stdout());
        return new Ping(matcher.find() ? Integer.parseInt(matcher.group(1)) : 0, result.output());
    }

    /**
     * How a ping went.
     *
     * @param received number of answers
     * @param output what {@code ping} printed
     */
    public record Ping(int received, String output) {}

    /**
     * Sends {@code bytes} pseudo-random bytes to the site's server over TCP, and as many back; each
     * side compares the SHA-256 of what came with what the seed gives.
     */
    public CommandResult transfer(Namespace from, String source, String destination, long bytes) {
        return client(from, "tcp", source, destination, Long.toString(bytes));
    }

    /** Sends some datagrams of a size to the site's server, and compares what comes back. */
    public CommandResult udpEcho(Namespace from, String source, String destination, int bytes) {
        String count = Integer.toString(UDP_ECHO_COUNT);
        return client(from, "udp", source, destination, Integer.toString(bytes), count);
    }

    /** Starts a TCP transfer and does not wait for its end; the log's last line says {@code ok}. */
    public Background startTransfer(Namespace from, String source, String destination, long bytes) {
        return startClient(from, "tcp", source, destination, bytes);
    }

    /**
     * Starts transfers one after the other, until SIGTERM; then the log's last line says {@code
     * steady} and how many there were. It ends early when one fails.
     */
    public Background startSteady(Namespace from, String source, String destination, long bytes) {
        return startClient(from, "steady", source, destination, bytes);
    }

    /**
     * Starts {@code scripts/TcpTransfer.java}, which fills a connection as fast as it goes.
     *
     * @param words {@code receive ADDRESS PORT}; or {@code send LOCAL-ADDRESS ADDRESS PORT
     *     SECONDS}, which fails when other bytes arrived
     */
    public Background startFullSpeed(Namespace namespace, String... words) {
        Path log = directory.resolve(words[0] + "-" + System.nanoTime() + ".log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:+UseSerialGC");
        command.add(Path.of("..", "scripts", "TcpTransfer.java").toAbsolutePath().toString());
        command.addAll(List.of(words));
        return namespace.start(log, Map.of(), command.toArray(String[]::new));
    }

    private Background startClient(
            Namespace from, String what, String source, String destination, long bytes) {
        Path log = directory.resolve(what + "-" + System.nanoTime() + ".log");
        return from.start(
                log,
                Map.of(),
                "/usr/bin/python3",
                scripts.resolve("traffic.py").toString(),
                what,
                source,
                destination,
                Integer.toString(PORT),
                Long.toString(bytes));
    }

    private CommandResult client(
            Namespace from, String protocol, String source, String destination, String... more) {
        List<String> words = new ArrayList<>();
        words.addAll(List.of(protocol, source, destination, Integer.toString(PORT)));
        words.addAll(List.of(more));
        return client(from, words);
    }

    private CommandResult client(Namespace from, List<String> words) {
        List<String> command = new ArrayList<>();
        command.addAll(List.of("/usr/bin/python3", scripts.resolve("traffic.py").toString()));
        command.addAll(words);
        return from.run(LIMIT, command.toArray(String[]::new));
    }

    /** Copies the Python scripts out of the test's resources. */
    static Path unpack(Path directory) {
        for (String name : List.of("traffic.py", "inject.py", "esp.py")) {
            try (var in = Traffic.class.getResourceAsStream(name)) {
                if (in == null) {
                    throw new IllegalStateException("no resource " + name);
                }
                java.nio.file.Files.write(directory.resolve(name), in.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return directory;
    }
}
