package dev.culvert.endpoint.config;

import dev.culvert.esp.Offload;
import dev.culvert.ike.config.EngineSettings;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The section {@code culvert { … }}: how this daemon runs on this host. What it means in the file,
 * key by key, is in docs/configuration.md.
 *
 * @param listen sockets for IKE and ESP in UDP
 * @param tun the TUN interface
 * @param routing routes into the tunnel
 * @param dns how name servers that peers assign are put to use
 * @param leaseFile where leases of virtual addresses outlive the daemon
 * @param aeadEngine what seals and opens packets
 * @param aeadLibrary file of libipsec-mb; empty to look where libraries are
 * @param agents pairs of threads that carry packets, one of each pair for each direction
 * @param workers threads that seal and open packets for the dataplane's own; 0 for none
 * @param offloads to be used where this host has them
 * @param mssClamp of TCP connections through the tunnel
 * @param acquirePackets how many packets wait for the SA of a trap policy, for each policy
 * @param ike what the IKE engine needs of this section
 * @param viciSocket the control socket; empty: {@code culvert.vici} in the run directory
 * @param log what is logged
 * @param keyLogDirectory where Wireshark key files are written, for debugging only; usually empty
 */
public record DaemonSettings(
        Listen listen,
        Tun tun,
        Routing routing,
        Dns dns,
        LeaseFile leaseFile,
        AeadEngine aeadEngine,
        Optional<Path> aeadLibrary,
        int agents,
        int workers,
        Set<Offload> offloads,
        MssClamp mssClamp,
        int acquirePackets,
        EngineSettings ike,
        Optional<Path> viciSocket,
        Log log,
        Optional<Path> keyLogDirectory) {

    public DaemonSettings {
        offloads = Set.copyOf(offloads);
    }

    /** What an empty section means. */
    public static DaemonSettings defaults() {
        return new DaemonSettings(
                new Listen(List.of(), 500, 4500, 8 << 20, 8 << 20),
                new Tun("culvert0", OptionalInt.empty(), List.of()),
                new Routing(true, 220, 220, 220),
                Dns.AUTO,
                new LeaseFile.BesideSocket(),
                AeadEngine.AUTO,
                Optional.empty(),
                1,
                0,
                Set.of(Offload.values()),
                new MssClamp.Auto(),
                32,
                EngineSettings.defaults(),
                Optional.empty(),
                new Log(LogLevel.INFO, Map.of(), true),
                Optional.empty());
    }

    /** The same settings with Wireshark key files written to a directory. */
    public DaemonSettings withKeyLogDirectory(Path directory) {
        return new DaemonSettings(
                listen,
                tun,
                routing,
                dns,
                leaseFile,
                aeadEngine,
                aeadLibrary,
                agents,
                workers,
                offloads,
                mssClamp,
                acquirePackets,
                ike.withExportKeys(true),
                viciSocket,
                log,
                Optional.of(directory));
    }

    /** How name servers that peers assign are put to use. */
    public enum Dns {
        /** By systemd-resolved if it runs, else by resolvconf if it is there, else not at all. */
        AUTO,
        /** By {@code resolvectl}. */
        RESOLVECTL,
        /** By {@code resolvconf}. */
        RESOLVCONF,
        /** Not at all; updown scripts are told them in any case. */
        OFF
    }

    /**
     * Sockets.
     *
     * @param addresses to bind to; empty: all addresses of the host, IPv4 and IPv6
     * @param port for IKE without NAT traversal, 1 to 65535
     * @param nattPort for IKE with the non-ESP marker and for ESP in UDP, 1 to 65535
     * @param receiveBufferBytes asked of the kernel for each socket
     * @param sendBufferBytes likewise
     */
    public record Listen(
            List<InetAddress> addresses,
            int port,
            int nattPort,
            int receiveBufferBytes,
            int sendBufferBytes) {
        public Listen {
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * The TUN interface.
     *
     * @param name up to 15 bytes
     * @param mtuBytes fixed; empty: computed from the path to the peer
     * @param addresses put on the interface when it comes up
     */
    public record Tun(String name, OptionalInt mtuBytes, List<InterfaceAddress> addresses) {
        public Tun {
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * An address with the length of its network's prefix.
     *
     * @param address IPv4 or IPv6
     * @param prefixLength 0 to 32, or 0 to 128
     */
    public record InterfaceAddress(InetAddress address, int prefixLength) {}

    /**
     * How traffic finds the tunnel.
     *
     * @param install whether routes and rules are made at all
     * @param table number of the routing table for the tunnel's routes
     * @param rulePriority of the policy rule that leads to that table
     * @param fwmark mark of our own packets to the peers, which the rule excludes; 0 for none
     */
    public record Routing(boolean install, int table, int rulePriority, int fwmark) {}

    /** Where leases of virtual addresses outlive the daemon. */
    public sealed interface LeaseFile {
        /** {@code leases} in the directory of the control socket. */
        record BesideSocket() implements LeaseFile {}

        /** Nowhere. */
        record None() implements LeaseFile {}

        /**
         * In a file.
         *
         * @param file absolute
         */
        record At(Path file) implements LeaseFile {}
    }

    /** What seals and opens packets. */
    public enum AeadEngine {
        /** Native code where this host has it, else the JDK's ciphers. */
        AUTO,
        /** The JDK's ciphers. */
        JDK,
        /** Native code, without which the daemon does not start. */
        NATIVE
    }

    /** What is done to the MSS option of TCP SYN segments through the tunnel. */
    public sealed interface MssClamp {
        /** Lowered to what fits the tunnel. */
        record Auto() implements MssClamp {}

        /** Left alone. */
        record Off() implements MssClamp {}

        /**
         * Lowered to a fixed value.
         *
         * @param bytes 536 to 65535
         */
        record Fixed(int bytes) implements MssClamp {}
    }

    /**
     * What is logged.
     *
     * @param defaultLevel of subsystems that have none of their own
     * @param levels by subsystem
     * @param timestamps whether lines begin with the time; a journal adds its own
     */
    public record Log(
            LogLevel defaultLevel, Map<LogSubsystem, LogLevel> levels, boolean timestamps) {
        public Log {
            levels = Map.copyOf(levels);
        }

        /** The level of a subsystem. */
        public LogLevel level(LogSubsystem subsystem) {
            return levels.getOrDefault(subsystem, defaultLevel);
        }
    }
}
