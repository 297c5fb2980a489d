package dev.culvert.endpoint.config;

import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.Offload;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Reads {@code culvert { … }}. */
final class CulvertReader {
    private static final int MOST_BUFFER_BYTES = 1 << 30;
    private static final int LONGEST_INTERFACE_NAME_BYTES = 15;
    private static final int LEAST_CRASH_SECRET_BYTES = 16;
    private static final int DEFAULT_REPLAY_WINDOW_PACKETS = 1024;

    private final DaemonSettings defaults = DaemonSettings.defaults();
    private final ConfigSection section;
    private final SectionReader reader;
    private final Problems problems;

    /**
     * @param section the section, or an empty one
     */
    CulvertReader(ConfigSection section, Problems problems) {
        this.section = section;
        this.reader = new SectionReader(section, problems);
        this.problems = problems;
    }

    DaemonSettings read() {
        Rules.CULVERT.check(section, problems);
        DaemonSettings.Listen listen = listen();
        Optional<Path> keyLog = keyLog();
        SectionReader limits = sub("limits", Rules.LIMITS);
        int agents = reader.integer("agents", defaults.agents(), 1, DataplaneConfig.MOST_AGENTS);
        int workers =
                reader.integer("workers", defaults.workers(), 0, DataplaneConfig.MOST_WORKERS);
        if (agents > 1 && workers > 0) {
            reader.error(
                    "workers",
                    "several agents have no crypto workers: leave out either agents or workers");
        }
        return new DaemonSettings(
                listen,
                tun(sub("tun", Rules.TUN)),
                routing(),
                reader.choice(
                        "dns",
                        defaults.dns(),
                        new TreeMap<>(
                                Map.of(
                                        "auto", DaemonSettings.Dns.AUTO,
                                        "resolvectl", DaemonSettings.Dns.RESOLVECTL,
                                        "resolvconf", DaemonSettings.Dns.RESOLVCONF,
                                        "off", DaemonSettings.Dns.OFF))),
                leaseFile(),
                reader.choice(
                        "engine",
                        defaults.aeadEngine(),
                        new TreeMap<>(
                                Map.of(
                                        "auto", DaemonSettings.AeadEngine.AUTO,
                                        "jdk", DaemonSettings.AeadEngine.JDK,
                                        "native", DaemonSettings.AeadEngine.NATIVE))),
                path(reader, "ipsec_mb_library"),
                agents,
                workers,
                offloads(sub("offload", Rules.OFFLOAD)),
                mssClamp(),
                limits.integer("acquire_packets", defaults.acquirePackets(), 0, 4096),
                engine(listen, limits, keyLog.isPresent()),
                path(sub("vici", Rules.VICI), "socket"),
                log(sub("log", Rules.LOG)),
                keyLog);
    }

    /** The replay window of children that set none. */
    int replayWindowPackets() {
        return ChildReader.replayWindow(reader, DEFAULT_REPLAY_WINDOW_PACKETS);
    }

    private SectionReader sub(String name, SectionRules rules) {
        ConfigSection sub =
                section.section(name)
                        .orElseGet(() ->
                                new ConfigSection(
                                        section.path() + "." + name,
                                        name,
                                        section.position(),
                                        Map.of(),
                                        Map.of()));
        rules.check(sub, problems);
        return new SectionReader(sub, problems);
    }

    private DaemonSettings.Listen listen() {
        DaemonSettings.Listen byDefault = defaults.listen();
        List<Optional<IpAddress>> addresses =
                reader.list("listen", List.of(), Addresses::listenAddress);
        boolean any = addresses.stream().anyMatch(Optional::isEmpty);
        if (any && addresses.size() > 1) {
            reader.error("listen", "\"%any\" stands alone: it is all addresses of this host");
        }
        List<InetAddress> bound =
                any
                        ? List.of()
                        : addresses.stream()
                                .flatMap(Optional::stream)
                                .map(IpAddress::toInetAddress)
                                .toList();
        int port = reader.integer("port", byDefault.port(), 1, 65535);
        int nattPort = reader.integer("port_nat_t", byDefault.nattPort(), 1, 65535);
        if (port == nattPort) {
            reader.error("port_nat_t", "it must differ from culvert.port");
        }
        return new DaemonSettings.Listen(
                bound,
                port,
                nattPort,
                reader.bytes("receive_buffer", byDefault.receiveBufferBytes(), MOST_BUFFER_BYTES),
                reader.bytes("send_buffer", byDefault.sendBufferBytes(), MOST_BUFFER_BYTES));
    }

    private DaemonSettings.Tun tun(SectionReader tun) {
        String name = tun.read("name", defaults.tun().name(), CulvertReader::interfaceName);
        OptionalInt mtu =
                tun.read(
                        "mtu",
                        OptionalInt.empty(),
                        value ->
                                value.equals("auto")
                                        ? Parsed.ok(OptionalInt.empty())
                                        : Quantities.integer(value, 576, 65535)
                                                .then(n -> Parsed.ok(OptionalInt.of(n))));
        return new DaemonSettings.Tun(
                name, mtu, tun.list("addrs", List.of(), Addresses::interfaceAddress));
    }

    private static Parsed<String> interfaceName(String text) {
        boolean fits = text.getBytes(StandardCharsets.UTF_8).length <= LONGEST_INTERFACE_NAME_BYTES;
        return fits && text.matches("[A-Za-z0-9_][A-Za-z0-9_.@-]*")
                ? Parsed.ok(text)
                : Parsed.failed(
                        "expected the name of an interface: up to 15 letters, digits, '_', '-',"
                                + " '.' or '@'");
    }

    private DaemonSettings.Routing routing() {
        DaemonSettings.Routing byDefault = defaults.routing();
        return new DaemonSettings.Routing(
                reader.yesNo("install_routes", byDefault.install()),
                reader.integer("routing_table", byDefault.table(), 1, Integer.MAX_VALUE),
                reader.integer("routing_table_prio", byDefault.rulePriority(), 66, 32765),
                reader.integer("fwmark", byDefault.fwmark(), 0, Integer.MAX_VALUE));
    }

    private Set<Offload> offloads(SectionReader offload) {
        Set<Offload> wanted = EnumSet.noneOf(Offload.class);
        for (Offload one : Offload.values()) {
            if (offload.yesNo(one.key(), defaults.offloads().contains(one))) {
                wanted.add(one);
            }
        }
        return wanted;
    }

    private DaemonSettings.MssClamp mssClamp() {
        return reader.read(
                "mss_clamp",
                defaults.mssClamp(),
                value ->
                        switch (value) {
                            case "auto" -> Parsed.ok(new DaemonSettings.MssClamp.Auto());
                            case "off" -> Parsed.ok(new DaemonSettings.MssClamp.Off());
                            default ->
                                    switch (Quantities.integer(value, 536, 65535)) {
                                        case Parsed.Ok<Integer>(Integer n) ->
                                                Parsed.ok(new DaemonSettings.MssClamp.Fixed(n));
                                        case Parsed.Failed<Integer> _ ->
                                                Parsed.failed(
                                                        "expected \"auto\", \"off\" or a number"
                                                                + " of bytes from 536 to 65535");
                                    };
                        });
    }

    private EngineSettings engine(
            DaemonSettings.Listen listen, SectionReader limits, boolean exportKeys) {
        EngineSettings byDefault = defaults.ike();
        int halfOpen = limits.integer("half_open", byDefault.halfOpenLimit(), 1, 1_000_000);
        int threshold =
                limits.integer("cookie_threshold", byDefault.cookieThreshold(), 0, 1_000_000);
        return new EngineSettings(
                listen.port(),
                listen.nattPort(),
                retransmit(sub("retransmit", Rules.RETRANSMIT)),
                reader.timeNs("keep_alive", byDefault.natKeepaliveNs()),
                threshold,
                halfOpen,
                limits.integer(
                        "half_open_per_source", byDefault.halfOpenPerSourceLimit(), 1, 1_000_000),
                limits.timeNs("half_open_timeout", byDefault.halfOpenTimeoutNs()),
                limits.integer("ike_sas", byDefault.ikeSaLimit(), 1, 10_000_000),
                fragments(limits),
                floods(limits),
                redirects(),
                resumption(limits),
                reader.yesNo("return_routability", byDefault.returnRoutability()),
                exportKeys,
                crashSecret());
    }

    /** The value must not show in a problem. */
    private Optional<SecretBytes> crashSecret() {
        Optional<String> text = reader.text("crash_secret");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Parsed<SecretBytes> parsed =
                SecretText.parse(text.get())
                        .then(secret ->
                                secret.lengthBytes() >= LEAST_CRASH_SECRET_BYTES
                                        ? Parsed.ok(secret)
                                        : Parsed.failed(
                                                "expected at least "
                                                        + LEAST_CRASH_SECRET_BYTES
                                                        + " bytes"));
        return switch (parsed) {
            case Parsed.Ok<SecretBytes>(SecretBytes secret) -> Optional.of(secret);
            case Parsed.Failed<SecretBytes>(String problem) -> {
                reader.error("crash_secret", problem);
                yield Optional.empty();
            }
        };
    }

    private EngineSettings.Fragments fragments(SectionReader limits) {
        EngineSettings.Fragments byDefault = EngineSettings.Fragments.defaults();
        int sizeBytes =
                reader.read(
                        "fragment_size",
                        byDefault.sizeBytes(),
                        value ->
                                value.equals("0")
                                        ? Parsed.ok(0)
                                        : Quantities.integer(value, 512, 65535));
        return new EngineSettings.Fragments(
                sizeBytes,
                limits.integer("fragments", byDefault.countLimit(), 1, 65535),
                limits.bytes("fragment_bytes", byDefault.bytesLimit(), 1 << 20),
                limits.timeNs("fragment_timeout", byDefault.timeoutNs()));
    }

    private EngineSettings.Resumption resumption(SectionReader limits) {
        EngineSettings.Resumption byDefault = EngineSettings.Resumption.defaults();
        return new EngineSettings.Resumption(
                reader.yesNo("session_resumption", byDefault.enabled()),
                reader.timeNs("ticket_lifetime", byDefault.lifetimeNs()),
                limits.integer("tickets", byDefault.ticketLimit(), 1, 10_000_000));
    }

    private EngineSettings.Redirects redirects() {
        EngineSettings.Redirects byDefault = EngineSettings.Redirects.defaults();
        SectionReader redirect = sub("redirect", Rules.REDIRECT);
        return new EngineSettings.Redirects(
                reader.yesNo("follow_redirects", byDefault.follow()),
                redirect.read(
                        "to",
                        byDefault.gateway(),
                        text ->
                                switch (Addresses.spec(text)) {
                                    case Parsed.Ok<AddressSpec>(AddressSpec spec)
                                            when spec instanceof AddressSpec.Single
                                                    || spec instanceof AddressSpec.Name ->
                                            Parsed.ok(Optional.of(text));
                                    case Parsed.Ok<AddressSpec> _, Parsed.Failed<AddressSpec> _ ->
                                            Parsed.failed("expected an address or a host name");
                                }),
                redirect.choice(
                        "at",
                        byDefault.when(),
                        new TreeMap<>(
                                Map.of(
                                        "init", EngineSettings.Redirects.When.INIT,
                                        "auth", EngineSettings.Redirects.When.AUTH))),
                redirect.integer("above", byDefault.ikeSaThreshold(), 0, 10_000_000));
    }

    private static EngineSettings.Floods floods(SectionReader limits) {
        EngineSettings.Floods byDefault = EngineSettings.Floods.defaults();
        int bits = limits.integer("puzzle_difficulty", byDefault.puzzleBits(), 1, 30);
        int mostBits =
                limits.integer(
                        "puzzle_difficulty_max", Math.max(bits, byDefault.puzzleMostBits()), 1, 30);
        if (mostBits < bits) {
            limits.error("puzzle_difficulty_max", "it must not be below puzzle_difficulty");
        }
        return new EngineSettings.Floods(
                limits.integer("puzzle_threshold", byDefault.puzzleThreshold(), 0, 1_000_000),
                bits,
                mostBits,
                limits.integer("key_exchanges", byDefault.keyExchangeLimit(), 1, 100_000));
    }

    private static EngineSettings.Retransmit retransmit(SectionReader retransmit) {
        EngineSettings.Retransmit byDefault = EngineSettings.Retransmit.defaults();
        long firstNs =
                retransmit.read("timeout", byDefault.firstNs(), CulvertReader::fractionOfSeconds);
        return new EngineSettings.Retransmit(
                firstNs,
                retransmit.decimal("base", byDefault.factor(), 1, 10),
                retransmit.integer("tries", byDefault.tries(), 0, 30),
                retransmit.timeNs("limit", byDefault.limitNs()),
                retransmit.decimal("jitter", byDefault.jitter(), 0, 1));
    }

    /** A time as elsewhere, or seconds with a decimal point. */
    private static Parsed<Long> fractionOfSeconds(String text) {
        Parsed<Long> timeNs =
                text.indexOf('.') < 0
                        ? Quantities.timeNs(text)
                        : Quantities.decimal(text.replaceFirst("s$", "").strip(), 0, 3600)
                                .then(s -> Parsed.ok(Math.round(s * TimeUnit.SECONDS.toNanos(1))));
        return timeNs.then(ns ->
                ns >= TimeUnit.MILLISECONDS.toNanos(10)
                        ? Parsed.ok(ns)
                        : Parsed.failed("expected at least 0.01s"));
    }

    private DaemonSettings.Log log(SectionReader log) {
        Map<String, LogLevel> choices = new TreeMap<>();
        for (LogLevel level : LogLevel.values()) {
            choices.put(level.name().toLowerCase(Locale.ROOT), level);
        }
        Map<LogSubsystem, LogLevel> levels = new EnumMap<>(LogSubsystem.class);
        LogLevel byDefault = log.choice("default", defaults.log().defaultLevel(), choices);
        for (LogSubsystem subsystem : LogSubsystem.values()) {
            if (log.has(subsystem.key())) {
                levels.put(subsystem, log.choice(subsystem.key(), byDefault, choices));
            }
        }
        return new DaemonSettings.Log(
                byDefault, levels, log.yesNo("timestamps", defaults.log().timestamps()));
    }

    private DaemonSettings.LeaseFile leaseFile() {
        return reader.read(
                "lease_file",
                defaults.leaseFile(),
                value ->
                        value.equals("no")
                                ? Parsed.ok(new DaemonSettings.LeaseFile.None())
                                : absolutePath(value)
                                        .then(file ->
                                                Parsed.ok(new DaemonSettings.LeaseFile.At(file))));
    }

    private Optional<Path> keyLog() {
        Optional<Path> directory = path(reader, "key_log");
        if (directory.isPresent()) {
            reader.warning(
                    "key_log",
                    "the keys of all traffic will be written to "
                            + directory.get()
                            + "; for debugging only");
        }
        return directory;
    }

    private static Optional<Path> path(SectionReader reader, String key) {
        return reader.read(
                key,
                Optional.empty(),
                value -> absolutePath(value).then(path -> Parsed.ok(Optional.of(path))));
    }

    private static Parsed<Path> absolutePath(String value) {
        return FileNames.path(value)
                .filter(Path::isAbsolute)
                .map(Parsed::ok)
                .orElseGet(() -> Parsed.failed("expected an absolute path"));
    }
}
