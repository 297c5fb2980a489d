package dev.culvert.endpoint.vici;

import dev.culvert.esp.OffloadStatus;
import dev.culvert.ike.proposal.EncryptionAlgorithm;
import dev.culvert.ike.proposal.IntegrityAlgorithm;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.wire.IpAddress;
import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The daemon itself, as {@code version}, {@code stats} and the like have it. */
final class StatusReport {
    private static final DateTimeFormatter SINCE =
            DateTimeFormatter.ofPattern("MMM dd HH:mm:ss yyyy", Locale.ROOT);

    private final DaemonControl daemon;

    StatusReport(DaemonControl daemon) {
        this.daemon = daemon;
    }

    ViciSection version() {
        return ViciSection.of(b -> {
            b.put("daemon", "culvert");
            b.put("version", daemon.status().version());
            b.put("sysname", System.getProperty("os.name"));
            b.put("release", System.getProperty("os.version"));
            b.put("machine", System.getProperty("os.arch"));
        });
    }

    ViciSection stats() {
        DaemonStatus status = daemon.status();
        return ViciSection.of(b -> {
            b.section("uptime", uptime(status));
            b.section(
                    "workers",
                    ViciSection.of(w -> {
                        w.put("total", 0);
                        w.put("idle", 0);
                        w.section("active", priorities());
                    }));
            b.section("queues", priorities());
            b.put("scheduled", 0);
            b.section(
                    "ikesas",
                    ViciSection.of(s -> {
                        s.put("total", status.engine().ikeSas().size());
                        s.put("half-open", status.engine().halfOpen());
                    }));
            b.list("plugins", java.util.List.of());
        });
    }

    /** What vici has no place for: the dataplane, the host, and why packets were dropped. */
    ViciSection culvertStatus() {
        DaemonStatus status = daemon.status();
        DaemonStatus.HostUse host = status.host();
        return ViciSection.of(b -> {
            b.put("version", status.version());
            b.section("uptime", uptime(status));
            b.put("uptime-seconds", uptimeSeconds(status));
            b.put("engine", host.aeadEngine());
            b.put("agents", host.agents());
            b.put("steering", host.steering());
            b.put("crypto-workers", host.workers());
            b.section(
                    "offloads",
                    ViciSection.of(o ->
                            host.offloads()
                                    .forEach(one -> o.section(one.offload().key(), offload(one)))));
            b.put("tun-name", host.tunName());
            b.put("tun-mtu", host.tunMtuBytes());
            b.list(
                    "listening",
                    host.listening().stream()
                            .map(a ->
                                    IpAddress.of(a.getAddress()).toString()
                                            + "["
                                            + a.getPort()
                                            + "]")
                            .toList());
            b.put("run-dir", host.runDirectory());
            b.put("half-open", status.engine().halfOpen());
            b.numbers("drops", status.drops());
            b.numbers("dataplane", status.dataplaneCounters());
            b.numbers("ike", new TreeMap<>(status.engine().counters()));
        });
    }

    private static ViciSection offload(OffloadStatus status) {
        return ViciSection.of(b -> {
            b.put("wanted", status.wanted() ? "yes" : "no");
            b.put("in-use", status.inUse() ? "yes" : "no");
            b.put("reason", status.reason());
        });
    }

    /** All counters, in the one set that is not of a connection. */
    ViciSection counters() {
        DaemonStatus status = daemon.status();
        Map<String, Long> all = new TreeMap<>(status.engine().counters());
        all.putAll(status.dataplaneCounters());
        status.drops().forEach((reason, packets) -> all.put("drop-" + reason, packets));
        return ViciSection.of(b -> {
            b.put("success", "yes");
            b.section("counters", ViciSection.of(c -> c.numbers("", all)));
        });
    }

    static ViciSection algorithms() {
        return ViciSection.of(b -> {
            b.section("encryption", ViciSection.of(e -> ciphers(e, false)));
            b.section("integrity", ViciSection.of(StatusReport::integrity));
            b.section("aead", ViciSection.of(e -> ciphers(e, true)));
            b.section("prf", ViciSection.of(StatusReport::prfs));
            b.section("ke", ViciSection.of(StatusReport::keyExchanges));
        });
    }

    private static void ciphers(ViciSection.Builder b, boolean aead) {
        for (EncryptionAlgorithm algorithm : EncryptionAlgorithm.values()) {
            if (algorithm.isAead() == aead
                    && (algorithm.supportedInIke() || algorithm.supportedInEsp())) {
                b.put(algorithm.displayName(), "culvert");
            }
        }
    }

    private static void integrity(ViciSection.Builder b) {
        for (IntegrityAlgorithm algorithm : IntegrityAlgorithm.values()) {
            if (algorithm.supported()) {
                b.put(algorithm.displayName(), "culvert");
            }
        }
    }

    private static void prfs(ViciSection.Builder b) {
        for (PrfAlgorithm algorithm : PrfAlgorithm.values()) {
            if (algorithm.supported()) {
                b.put(algorithm.displayName(), "culvert");
            }
        }
    }

    private static void keyExchanges(ViciSection.Builder b) {
        for (KeyExchangeMethod method : KeyExchangeMethod.values()) {
            if (method.supported()) {
                b.put(method.displayName(), "culvert");
            }
        }
    }

    private static ViciSection uptime(DaemonStatus status) {
        return ViciSection.of(b -> {
            b.put("running", duration(uptimeSeconds(status)));
            b.put("since", SINCE.format(status.startedAt().atZone(ZoneId.systemDefault())));
        });
    }

    private static long uptimeSeconds(DaemonStatus status) {
        return Math.max(0, Duration.between(status.startedAt(), status.nowWall()).toSeconds());
    }

    private static ViciSection priorities() {
        return ViciSection.of(
                b -> b.put("critical", 0).put("high", 0).put("medium", 0).put("low", 0));
    }

    /** The largest unit that leaves at least two of it. */
    static String duration(long seconds) {
        if (seconds > 2 * 86400) {
            return seconds / 86400 + " days";
        }
        if (seconds > 2 * 3600) {
            return seconds / 3600 + " hours";
        }
        if (seconds > 2 * 60) {
            return seconds / 60 + " minutes";
        }
        return seconds + " seconds";
    }
}
