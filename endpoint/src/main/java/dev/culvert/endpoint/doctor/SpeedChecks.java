package dev.culvert.endpoint.doctor;

import dev.culvert.endpoint.config.DaemonSettings;
import dev.culvert.endpoint.config.DaemonSettings.AeadEngine;
import dev.culvert.esp.crypto.CipherEngines;
import dev.culvert.tun.Errno;
import dev.culvert.tun.OffloadProbe;
import dev.culvert.tun.SystemCallException;
import dev.culvert.tun.TunOffload;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What makes an endpoint fast. */
final class SpeedChecks {
    static final String TUN = "TUN offloads";
    static final String UDP = "UDP offloads";
    static final String BUFFERS = "socket buffers";
    static final String ENGINE = "AEAD engine";
    static final String AGENTS = "agents";
    static final String WORKERS = "crypto workers";
    static final String CPU = "CPU";
    static final String CLOCK = "clock";

    private static final List<String> TELLING_FLAGS =
            List.of(
                    "aes",
                    "pclmulqdq",
                    "avx2",
                    "bmi2",
                    "vaes",
                    "vpclmulqdq",
                    "gfni",
                    "avx512f",
                    "pmull",
                    "sha2");
    private static final List<String> FAST_CLOCKS = List.of("tsc", "kvm-clock", "arch_sys_counter");
    private static final int THREADS_OF_THE_DATAPLANE = 2;
    private static final int CLOCK_READINGS = 5_000;
    private static final int CLOCK_ROUNDS = 20;
    private static final long SLOW_READING_NS = 200;

    private SpeedChecks() {}

    static List<Finding> examine(DaemonSettings settings, HostFiles files) {
        return List.of(
                tun(),
                udp(),
                buffers(settings.listen(), files),
                cpu(files.cpuFlags(), Runtime.getRuntime().availableProcessors()),
                engine(settings.aeadEngine(), settings.aeadLibrary()),
                agents(settings.agents(), Runtime.getRuntime().availableProcessors()),
                workers(settings.workers(), Runtime.getRuntime().availableProcessors()),
                clock(files.clockSource(), readingNs()));
    }

    private static Finding tun() {
        try {
            return tun(OffloadProbe.tun());
        } catch (SystemCallException e) {
            return Finding.unknown(TUN, "there can be no TUN interface (" + e.errnoName() + ")");
        }
    }

    static Finding tun(OffloadProbe.Tun probe) {
        if (probe.offloads().isEmpty()) {
            return Finding.warning(
                    TUN,
                    "none: this kernel has no virtio header for TUN devices",
                    "packets pass one by one, which costs throughput; use a newer kernel");
        }
        List<String> works = new ArrayList<>();
        for (TunOffload offload : EnumSet.of(TunOffload.TSO4, TunOffload.TSO6, TunOffload.USO)) {
            if (probe.offloads().contains(offload)) {
                works.add(offload.name());
            }
        }
        List<String> lacks = new ArrayList<>();
        (probe.tcpWriteErrno() == 0 ? works : lacks).add("TCP super-packet writes");
        if (probe.tcpWriteErrno() == 0) {
            (probe.shortTailErrno() == 0 ? works : lacks).add("with short tails");
        }
        (probe.udpWriteErrno() == 0 ? works : lacks).add("UDP super-packet writes");
        (probe.multiQueue() ? works : lacks).add("several queues");
        boolean segments =
                probe.offloads().contains(TunOffload.TSO4)
                        && probe.tcpWriteErrno() == 0
                        && probe.shortTailErrno() == 0;
        String detail =
                String.join(", ", works)
                        + (lacks.isEmpty() ? "" : "; not: " + String.join(", ", lacks))
                        + (probe.offloads().contains(TunOffload.USO) ? "" : "; no USO (Linux 6.2)");
        return segments
                ? Finding.ok(TUN, detail)
                : Finding.warning(
                        TUN, detail, "what is missing is done without; a newer kernel has it all");
    }

    private static Finding udp() {
        try {
            return udp(OffloadProbe.udp());
        } catch (SystemCallException e) {
            return Finding.unknown(UDP, e.getMessage());
        }
    }

    static Finding udp(OffloadProbe.Udp probe) {
        String gso = probe.sendErrno() == 0 && probe.isComplete() ? "GSO" : "";
        String gro = probe.joins() ? (probe.arrivedJoined() ? "GRO" : "GRO (not seen)") : "";
        if (!gso.isEmpty() && !gro.isEmpty()) {
            return Finding.ok(UDP, gso + " and " + gro + ", tried on the loopback interface");
        }
        return Finding.warning(
                UDP,
                (gso + gro).isEmpty() ? "neither GSO nor GRO" : "only " + gso + gro,
                "datagrams go to the kernel one by one; use Linux 5.12 or later");
    }

    private static Finding buffers(DaemonSettings.Listen listen, HostFiles files) {
        try {
            OffloadProbe.Buffers got =
                    OffloadProbe.buffers(listen.receiveBufferBytes(), listen.sendBufferBytes());
            return buffers(listen, got, files.receiveBufferLimit());
        } catch (SystemCallException e) {
            return Finding.unknown(BUFFERS, e.getMessage());
        }
    }

    static Finding buffers(
            DaemonSettings.Listen wanted, OffloadProbe.Buffers got, Optional<Long> limitBytes) {
        boolean enough =
                got.receiveBytes() >= wanted.receiveBufferBytes()
                        && got.sendBytes() >= wanted.sendBufferBytes();
        if (enough) {
            boolean forced = limitBytes.filter(l -> l < wanted.receiveBufferBytes()).isPresent();
            return Finding.ok(
                    BUFFERS,
                    kib(got.receiveBytes())
                            + " to receive, "
                            + kib(got.sendBytes())
                            + " to send"
                            + (forced ? ", beyond net.core.rmem_max by right" : ""));
        }
        return Finding.warning(
                BUFFERS,
                kib(got.receiveBytes())
                        + " to receive and "
                        + kib(got.sendBytes())
                        + " to send, of the "
                        + kib(wanted.receiveBufferBytes())
                        + " and "
                        + kib(wanted.sendBufferBytes())
                        + " asked for",
                "grant CAP_NET_ADMIN, or sysctl -w net.core.rmem_max="
                        + wanted.receiveBufferBytes()
                        + " net.core.wmem_max="
                        + wanted.sendBufferBytes());
    }

    static Finding cpu(Set<String> flags, int cores) {
        List<String> telling = TELLING_FLAGS.stream().filter(flags::contains).toList();
        String detail =
                cores
                        + (cores == 1 ? " core" : " cores")
                        + (telling.isEmpty() ? "" : " with " + String.join(" ", telling));
        if (flags.isEmpty()) {
            return Finding.note(CPU, detail + "; its flags cannot be read");
        }
        return flags.contains("aes")
                ? Finding.ok(CPU, detail)
                : Finding.warning(
                        CPU,
                        detail + "; no AES instructions",
                        "prefer ChaCha20-Poly1305: esp_proposals = chacha20poly1305-x25519");
    }

    private static Finding engine(AeadEngine wanted, Optional<Path> library) {
        return engine(wanted, CipherEngines.select(CipherEngines.Choice.NATIVE, library));
    }

    static Finding engine(AeadEngine wanted, CipherEngines.Selection available) {
        return switch (available) {
            case CipherEngines.Selection.Selected selected ->
                    switch (wanted) {
                        case AUTO, NATIVE ->
                                Finding.ok(ENGINE, selected.name() + ", which passed its test");
                        case JDK ->
                                Finding.warning(
                                        ENGINE,
                                        "the JDK's, though "
                                                + selected.name()
                                                + " is here and passed its test",
                                        "set engine = auto in the section culvert");
                    };
            case CipherEngines.Selection.Unavailable(String reason) ->
                    switch (wanted) {
                        case AUTO, JDK ->
                                Finding.warning(ENGINE, "the JDK's; no native one", reason);
                        case NATIVE ->
                                Finding.fault(
                                        ENGINE,
                                        "engine = native, but there is none",
                                        reason + "; or set engine = auto");
                    };
        };
    }

    private static Finding agents(int agents, int cores) {
        if (agents == 1) {
            return agents(1, cores, true, 0);
        }
        try {
            return agents(agents, cores, OffloadProbe.hasQueues(), OffloadProbe.steering());
        } catch (SystemCallException e) {
            return Finding.unknown(AGENTS, e.getMessage());
        }
    }

    static Finding agents(int agents, int cores, boolean queues, int steeringErrno) {
        if (agents == 1) {
            return Finding.ok(AGENTS, "one: a thread for each direction");
        }
        int threads = agents * THREADS_OF_THE_DATAPLANE;
        String detail = agents + ", which are " + threads + " threads, on " + cores + " cores";
        if (!queues) {
            return Finding.fault(
                    AGENTS,
                    detail + ", but this kernel has no TUN interfaces with several queues",
                    "set agents = 1 in the section culvert");
        }
        if (steeringErrno != 0) {
            return Finding.warning(
                    AGENTS,
                    detail
                            + "; the kernel does not give each the packets of its SAs ("
                            + Errno.name(steeringErrno)
                            + ")",
                    "they hand them over, which costs a copy; set agents = 1 or use another"
                            + " kernel");
        }
        return threads <= cores
                ? Finding.ok(AGENTS, detail + ", each with a TUN queue and sockets of its own")
                : Finding.warning(
                        AGENTS,
                        detail + ": they take turns",
                        "set agents = "
                                + Math.max(1, cores / THREADS_OF_THE_DATAPLANE)
                                + (cores / THREADS_OF_THE_DATAPLANE > 1 ? " or less" : "")
                                + " in the section culvert");
    }

    static Finding workers(int workers, int cores) {
        if (workers == 0) {
            return Finding.ok(WORKERS, "none: one thread for each direction");
        }
        String detail = workers + " besides the thread of each direction, on " + cores + " cores";
        return workers + THREADS_OF_THE_DATAPLANE <= cores
                ? Finding.ok(WORKERS, detail)
                : Finding.warning(
                        WORKERS,
                        detail + ": they take turns",
                        "set workers = "
                                + Math.max(0, cores - THREADS_OF_THE_DATAPLANE)
                                + " or less in the section culvert");
    }

    static Finding clock(Optional<String> source, long readingNs) {
        String detail =
                source.map(name -> name + ", ").orElse("") + readingNs + " ns for each reading";
        boolean fast =
                source.filter(name -> FAST_CLOCKS.contains(name)).isPresent()
                        || readingNs < SLOW_READING_NS;
        return fast
                ? Finding.ok(CLOCK, detail)
                : Finding.warning(
                        CLOCK,
                        detail,
                        "a slow clock costs time in each cycle; see"
                                + " /sys/devices/system/clocksource/clocksource0/available_clocksource");
    }

    /** Of the clock that the daemon reads once in each cycle; the best of some rounds. */
    private static long readingNs() {
        long best = Long.MAX_VALUE;
        for (int round = 0; round < CLOCK_ROUNDS; round++) {
            long startNs = System.nanoTime();
            long lastNs = startNs;
            for (int i = 0; i < CLOCK_READINGS; i++) {
                lastNs = System.nanoTime();
            }
            best = Math.min(best, (lastNs - startNs) / CLOCK_READINGS);
        }
        return best;
    }

    private static String kib(int bytes) {
        return String.format(Locale.ROOT, "%d KiB", bytes / 1024);
    }
}
