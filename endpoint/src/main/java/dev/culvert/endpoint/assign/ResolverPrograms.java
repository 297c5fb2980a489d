package dev.culvert.endpoint.assign;

import dev.culvert.endpoint.config.DaemonSettings;
import dev.culvert.endpoint.hook.HostProgram;
import dev.culvert.ike.wire.IpAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Name servers by {@code resolvectl} or {@code resolvconf}. What systemd-resolved is told of a link
 * goes with the link, so nothing is left after a crash; an entry of resolvconf that a crash left is
 * removed at the next start.
 */
public final class ResolverPrograms implements NameServers, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.knl");
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Path RESOLVED = Path.of("/run/systemd/resolve");
    private static final String RESOLVECTL = "resolvectl";
    private static final String RESOLVCONF = "resolvconf";

    private final DaemonSettings.Dns way;
    private final String tunName;
    private final AtomicReference<Wanted> wanted = new AtomicReference<>(Wanted.NOTHING);
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("name-servers").factory());

    /** Belongs to the thread. */
    private Wanted inUse = Wanted.NOTHING;

    private ResolverPrograms(DaemonSettings.Dns way, String tunName) {
        this.way = way;
        this.tunName = tunName;
    }

    /**
     * Chooses the way, and removes what a crash left.
     *
     * @param setting what the configuration says
     * @param tunName the interface by which name servers are reached
     */
    public static ResolverPrograms open(DaemonSettings.Dns setting, String tunName) {
        ResolverPrograms programs = new ResolverPrograms(choose(setting), tunName);
        if (programs.way == DaemonSettings.Dns.RESOLVCONF) {
            programs.thread.execute(
                    () -> programs.run(List.of(RESOLVCONF, "-d", programs.entry()), ""));
        }
        return programs;
    }

    private static DaemonSettings.Dns choose(DaemonSettings.Dns setting) {
        if (setting != DaemonSettings.Dns.AUTO) {
            return setting;
        }
        if (Files.isDirectory(RESOLVED) && HostProgram.find(RESOLVECTL).isPresent()) {
            return DaemonSettings.Dns.RESOLVECTL;
        }
        return HostProgram.find(RESOLVCONF).isPresent()
                ? DaemonSettings.Dns.RESOLVCONF
                : DaemonSettings.Dns.AUTO;
    }

    @Override
    public void use(Wanted next) {
        if (wanted.getAndSet(next).equals(next)) {
            return;
        }
        try {
            thread.execute(this::apply);
        } catch (RejectedExecutionException e) {
            LOG.debug("name servers are not changed any more: the daemon ends");
        }
    }

    private void apply() {
        Wanted next = wanted.get();
        if (next.equals(inUse)) {
            return;
        }
        inUse = next;
        switch (way) {
            case RESOLVECTL -> resolvectl(next);
            case RESOLVCONF -> resolvconf(next);
            case OFF -> LOG.debug("name servers are left alone (culvert.dns = off)");
            case AUTO -> {
                if (!next.servers().isEmpty()) {
                    LOG.warn(
                            "the name servers {} are not put to use: neither systemd-resolved nor"
                                    + " resolvconf is here; use an updown script, or set culvert.dns ="
                                    + " off",
                            next.servers());
                }
            }
        }
    }

    private void resolvectl(Wanted next) {
        if (next.servers().isEmpty()) {
            run(List.of(RESOLVECTL, "revert", tunName), "");
            return;
        }
        List<String> dns = new ArrayList<>(List.of(RESOLVECTL, "dns", tunName));
        next.servers().stream().map(IpAddress::toString).forEach(dns::add);
        List<String> domain = new ArrayList<>(List.of(RESOLVECTL, "domain", tunName));
        // A domain behind a tilde says where to ask, and is not added to short names.
        if (next.domains().isEmpty()) {
            domain.add("~.");
        } else {
            next.domains().forEach(d -> domain.add("~" + d));
        }
        boolean done =
                run(dns, "")
                        && run(domain, "")
                        && run(
                                List.of(
                                        RESOLVECTL,
                                        "default-route",
                                        tunName,
                                        next.domains().isEmpty() ? "yes" : "no"),
                                "");
        if (done) {
            LOG.info("name servers {} on {}", next.servers(), tunName);
        }
    }

    private void resolvconf(Wanted next) {
        if (next.servers().isEmpty()) {
            run(List.of(RESOLVCONF, "-d", entry()), "");
            return;
        }
        StringBuilder lines = new StringBuilder();
        next.servers().forEach(s -> lines.append("nameserver ").append(s).append('\n'));
        if (!next.domains().isEmpty()) {
            lines.append("search ").append(String.join(" ", next.domains())).append('\n');
        }
        if (run(List.of(RESOLVCONF, "-a", entry()), lines.toString())) {
            LOG.info("name servers {} by resolvconf", next.servers());
        }
    }

    private String entry() {
        return tunName + ".culvert";
    }

    private boolean run(List<String> command, String input) {
        HostProgram.Outcome outcome =
                HostProgram.run(
                        command,
                        Map.of(),
                        input,
                        LIMIT,
                        line -> LOG.debug("{}: {}", command.getFirst(), line));
        if (!outcome.isSuccess()) {
            LOG.warn("{} {}", String.join(" ", command), outcome.text());
        }
        return outcome.isSuccess();
    }

    /** Takes back what was put to use. */
    @Override
    public void close() {
        use(Wanted.NOTHING);
        thread.shutdown();
        try {
            if (!thread.awaitTermination(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("the name servers could not be taken back in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
