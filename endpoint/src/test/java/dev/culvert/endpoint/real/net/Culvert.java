package dev.culvert.endpoint.real.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Culvert, in a JVM of its own ({@link CulvertJvm}). Its keys go to {@link #keyDirectory}, for
 * {@link Tshark}.
 *
 * <p>{@code -Dculvert.engine=jdk|native}, {@code -Dculvert.real.workers=N}, {@code
 * -Dculvert.real.agents=N} and {@code -Dculvert.real.offloads=on|off} set what seals packets, how
 * many crypto workers or agents there are, and whether the kernel takes part in work on many
 * packets, unless a test does.
 */
public final class Culvert implements Peer {

    private static final List<String> OFFLOADS =
            List.of("tun_tso", "tun_uso", "tun_gro", "udp_gso", "udp_gro");
    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(40);

    private final Site site;
    private final Path directory;
    private final CulvertJvm jvm;
    private final Map<String, String> settings = new TreeMap<>(Map.of("log.default", "debug"));
    private final Map<String, String> environment = new TreeMap<>();
    private List<Background> runs = List.of();

    /** A daemon that is not started yet; its files are in {@code directory}. */
    Culvert(Site site, Path directory, CulvertJvm jvm) {
        this.site = site;
        this.directory = directory;
        this.jvm = jvm;
        Optional.ofNullable(System.getProperty("culvert.engine"))
                .ifPresent(engine -> setting("engine", engine));
        Optional.ofNullable(System.getProperty("culvert.real.workers"))
                .ifPresent(workers -> setting("workers", workers));
        Optional.ofNullable(System.getProperty("culvert.real.agents"))
                .ifPresent(agents -> setting("agents", agents));
        Optional.ofNullable(System.getProperty("culvert.real.offloads"))
                .ifPresent(offloads -> offloads(offloads.equals("on")));
    }

    /**
     * Sets an entry of the section {@code culvert}, for the next start.
     *
     * @param key such as {@code replay_window} or {@code retransmit.timeout}
     */
    public Culvert setting(String key, String value) {
        settings.put(key, value);
        return this;
    }

    /** Sets a variable of its environment, for the next start. */
    public Culvert environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Switches all offloads, for the next start. */
    public Culvert offloads(boolean on) {
        OFFLOADS.forEach(key -> setting("offload." + key, on ? "yes" : "no"));
        return this;
    }

    @Override
    public String kind() {
        return "Culvert";
    }

    @Override
    public Site site() {
        return site;
    }

    @Override
    public void retransmitSoon() {
        setting("retransmit.timeout", "0.5");
    }

    @Override
    public void start(List<Tunnel> tunnels) {
        startWithText(sectionText() + Tunnel.file(tunnels));
    }

    /** Starts it with its settings and, behind them, sections of this content. */
    public void startWithSections(String sections) {
        startWithText(sectionText() + sections);
    }

    /** Starts it with a configuration file of this content. */
    public void startWithText(String configuration) {
        try {
            Files.createDirectories(keyDirectory());
            Files.writeString(configurationFile(), configuration);
            Files.setPosixFilePermissions(
                    configurationFile(), PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Background daemon =
                site.namespace()
                        .start(
                                directory.resolve("culvert.log"),
                                environment,
                                jvm.command(
                                        List.of("-Xmx256m", "-XX:+ExitOnOutOfMemoryError"),
                                        "run",
                                        "-c",
                                        configurationFile().toString(),
                                        "--run-dir",
                                        directory.toString(),
                                        "--key-log",
                                        keyDirectory().toString()));
        runs = List.of(daemon);
        Await.until(
                () -> "Culvert answers; it logged\n" + log(),
                Duration.ofSeconds(30),
                () -> {
                    if (!daemon.isAlive()) {
                        throw new IllegalStateException("Culvert ended early:\n" + log());
                    }
                    return Files.exists(socket()) && swanctl("--stats").succeeded();
                });
    }

    /** Where it writes Wireshark's key files. */
    public Path keyDirectory() {
        return directory.resolve("keys");
    }

    /** The configuration file. */
    public Path configurationFile() {
        return directory.resolve("swanctl.conf");
    }

    /**
     * Runs a command of the command line against this daemon.
     *
     * @param words the command and its options
     */
    public CommandResult cli(String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--run-dir", directory.toString()));
        String[] command =
                jvm.command(List.of("-XX:TieredStopAtLevel=1"), all.toArray(String[]::new));
        return site.namespace().run(COMMAND_LIMIT, command);
    }

    @Override
    public CommandResult swanctl(String... words) {
        return Swanctl.run(site.namespace(), socket(), words);
    }

    /** What {@code culvert status --json} says. */
    public Json statusJson() {
        return Json.parse(cli("status", "--json").orThrow().stdout());
    }

    /** The number of packets dropped for a reason so far. */
    public long drops(String reason) {
        return statusJson().at("drops").number(reason);
    }

    /** The TUN interface. */
    public String tunDevice() {
        return "culvert0";
    }

    /** The numbers of packets dropped so far, by reason. */
    public Map<String, Long> drops() {
        return statusJson().at("drops").numbers();
    }

    /** What the dataplane counted, by name. */
    public Map<String, Long> counters() {
        return statusJson().at("dataplane_counters").numbers();
    }

    /** Its resident memory, in bytes. */
    public long residentBytes() {
        return runs.getFirst().residentBytes();
    }

    /** The processor time that it has used, in milliseconds. */
    public long processorMillis() {
        return runs.getFirst().processorMillis();
    }

    /** Whether the process runs. */
    public boolean isAlive() {
        return runs.getFirst().isAlive();
    }

    @Override
    public int stop() {
        Background daemon = runs.getFirst();
        daemon.signal("TERM");
        return daemon.awaitExit(Duration.ofSeconds(20))
                .orElseThrow(() -> new AssertionError("Culvert does not end:\n" + log()));
    }

    @Override
    public void kill() {
        runs.getFirst().kill();
    }

    @Override
    public String log() {
        return runs.isEmpty() ? "" : runs.getFirst().log();
    }

    @Override
    public String diagnostics() {
        return "---- Culvert at "
                + site.role()
                + "\n"
                + swanctl("--list-sas").output()
                + cli("status", "--json").output()
                + log();
    }

    private Path socket() {
        return directory.resolve("culvert.vici");
    }

    private String sectionText() {
        StringBuilder text = new StringBuilder("culvert {\n");
        Map<String, StringBuilder> sections = new TreeMap<>();
        settings.forEach((key, value) -> {
            int dot = key.indexOf('.');
            String entry = key.substring(dot + 1) + " = " + value + "\n";
            if (dot < 0) {
                text.append(entry);
            } else {
                sections.computeIfAbsent(key.substring(0, dot), name -> new StringBuilder())
                        .append(entry);
            }
        });
        sections.forEach(
                (name, entries) -> text.append(name).append(" {\n").append(entries).append("}\n"));
        return text.append("}\n").toString();
    }

    @Override
    public String toString() {
        return kind() + " at " + site.role();
    }
}
