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
import javax.tools.ToolProvider;

/** Packets and transfers between hosts behind the two sites. */
public final class Traffic {

    /** Where the echo server of each site listens, TCP and UDP. */
    public static final int PORT = 5201;

    private static final int STREAM_PORT = 5301;
    private static final int MIRROR_PORT = 5302;
    private static final String FULL_SPEED_PORT = "7001";
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern RECEIVED = Pattern.compile("(\\d+) received");
    private static final String ANSWERS_S = "3";
    private static final String SILENCE_S = "1";
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
        return ping(from, source, destination, count, ANSWERS_S);
    }

    /**
     * As {@link #ping(Namespace, String, String, int)} with requests that ought to get no answer:
     * it waits 1 s, which is hundreds of times as long as an answer takes that comes.
     */
    public int pingInVain(Namespace from, String source, String destination, int count) {
        return ping(from, source, destination, count, SILENCE_S);
    }

    private int ping(
            Namespace from, String source, String destination, int count, String waitSeconds) {
        String number = Integer.toString(count);
        CommandResult result =
                client(from, List.of("ping", source, destination, number, waitSeconds));
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

    /** Fills a connection in each direction for so many seconds, as fast as it goes. */
    public FullSpeed startFullSpeed(Site one, Site other, int seconds) {
        compileTcpTransfer();
        String time = Integer.toString(seconds);
        List<Background> receivers = new ArrayList<>();
        for (Site site : List.of(other, one)) {
            receivers.add(startTcpTransfer(site, "receive", site.inner(), FULL_SPEED_PORT));
        }
        Background there =
                startTcpTransfer(one, "send", one.inner(), other.inner(), FULL_SPEED_PORT, time);
        Background back =
                startTcpTransfer(other, "send", other.inner(), one.inner(), FULL_SPEED_PORT, time);
        return new FullSpeed(List.of(there, back), receivers);
    }

    /** Once, where each of four processes would do it at the same time. */
    private void compileTcpTransfer() {
        String source = Path.of("..", "scripts", "TcpTransfer.java").toString();
        int status =
                ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", directory.toString(), source);
        if (status != 0) {
            throw new IllegalStateException("javac " + source + ": status " + status);
        }
    }

    private Background startTcpTransfer(Site site, String... words) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:+UseSerialGC");
        command.addAll(List.of("-cp", directory.toString(), "TcpTransfer"));
        command.addAll(List.of(words));
        return site.namespace().start(log(words[0]), Map.of(), command.toArray(String[]::new));
    }

    /** Starts what sends back all that comes to a site over TCP, on a port of its own. */
    public Background startMirror(Site site) {
        return startServer(site, "mirror", MIRROR_PORT);
    }

    /** Starts what counts a stream to a site, until SIGTERM; see {@link Stream}. */
    public Background startCollector(Site site) {
        return startServer(site, "collect", STREAM_PORT);
    }

    /**
     * Starts one TCP connection to a mirror that carries so much each second, in each direction;
     * what comes back is checked, and the log's last line says {@code ok}.
     */
    public Background startPaced(Site from, Site to, int bytesPerSecond, int seconds) {
        return startNumbers(from, to, "paced", MIRROR_PORT, bytesPerSecond, seconds);
    }

    /** Starts a stream of numbered datagrams to a collector. */
    public Background startStream(Site from, Site to, int bytes, int perSecond, int seconds) {
        return startNumbers(from, to, "stream", STREAM_PORT, bytes, perSecond, seconds);
    }

    private Background startServer(Site site, String what, int port) {
        Background server =
                site.namespace()
                        .start(
                                log(what),
                                Map.of(),
                                "/usr/bin/python3",
                                scripts.resolve("traffic.py").toString(),
                                what,
                                site.inner(),
                                Integer.toString(port));
        server.awaitLog("ready", Duration.ofSeconds(10));
        return server;
    }

    private Background startNumbers(Site from, Site to, String what, int port, int... numbers) {
        List<String> words = new ArrayList<>();
        words.addAll(List.of("/usr/bin/python3", scripts.resolve("traffic.py").toString(), what));
        words.addAll(List.of(from.inner(), to.inner(), Integer.toString(port)));
        for (int number : numbers) {
            words.add(Integer.toString(number));
        }
        return from.namespace().start(log(what), Map.of(), words.toArray(String[]::new));
    }

    private Path log(String what) {
        return directory.resolve(what + "-" + System.nanoTime() + ".log");
    }

    /**
     * What became of a stream.
     *
     * @param sent how many datagrams
     * @param received how many of them, once each
     * @param twice how many came again
     */
    public record Stream(long sent, long received, long twice) {

        /** Reads the logs of a stream and its collector, after both have ended. */
        public static Stream of(Background sender, Background collector) {
            return new Stream(
                    number(sender, "sent (\\d+)"),
                    number(collector, "received (\\d+)"),
                    number(collector, "twice (\\d+)"));
        }

        private static long number(Background process, String pattern) {
            Matcher matcher = Pattern.compile(pattern).matcher(process.log());
            if (!matcher.find()) {
                throw new AssertionError(process + " wrote " + process.log());
            }
            return Long.parseLong(matcher.group(1));
        }

        /** How many did not arrive. */
        public long lost() {
            return sent - received;
        }
    }

    /**
     * Starts one transfer as {@link #startTransfer} does, with the way there spread over that many
     * seconds: one TCP connection that is in use all the time.
     */
    public Background startSlow(
            Namespace from, String source, String destination, long bytes, int seconds) {
        return start(
                from,
                "slow",
                source,
                destination,
                Integer.toString(PORT),
                Long.toString(bytes),
                Integer.toString(seconds));
    }

    /**
     * Starts 20 echo requests a second and does not wait for their end; the log's last line is
     * {@code N sent, M received}.
     */
    public Background startPings(Namespace from, String source, String destination, int count) {
        return start(from, "ping", source, destination, Integer.toString(count), ANSWERS_S);
    }

    private Background startClient(
            Namespace from, String what, String source, String destination, long bytes) {
        return start(from, what, source, destination, Integer.toString(PORT), Long.toString(bytes));
    }

    private Background start(Namespace from, String what, String... words) {
        Path log = directory.resolve(what + "-" + System.nanoTime() + ".log");
        List<String> command = new ArrayList<>();
        command.addAll(List.of("/usr/bin/python3", scripts.resolve("traffic.py").toString(), what));
        command.addAll(List.of(words));
        return from.start(log, Map.of(), command.toArray(String[]::new));
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
