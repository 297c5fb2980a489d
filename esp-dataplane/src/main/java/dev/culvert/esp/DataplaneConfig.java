package dev.culvert.esp;

import dev.culvert.esp.crypto.EspCipherProvider;
import dev.culvert.esp.crypto.JdkCipherProvider;
import dev.culvert.esp.policy.AcquireLimits;
import dev.culvert.tun.TunQueue;
import dev.culvert.tun.UdpPort;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

/** What a {@link Dataplane} is made of. Built by {@link #builder}. */
public final class DataplaneConfig {

    /** Pairs of agents at most. */
    public static final int MOST_AGENTS = 16;

    /** Crypto workers at most. */
    public static final int MOST_WORKERS = 64;

    private final Builder values;

    /** What a pair of agents works with besides the first. */
    private record Devices(TunQueue tun, List<UdpPort> ports) {}

    private DataplaneConfig(Builder values) {
        this.values = values;
    }

    /**
     * Starts with the defaults.
     *
     * @param tun the TUN queue; opened with those of {@link Offloads}. Stays the caller's to close
     * @param ports the ESP ports, at most one per family and port number. Stay the caller's to
     *     close
     * @param errorHandler gets faults of our own code; called from the agents' threads
     */
    public static Builder builder(TunQueue tun, List<UdpPort> ports, ErrorHandler errorHandler) {
        return new Builder(tun, ports, errorHandler);
    }

    /** Pairs of an inbound and an outbound agent, at least 1. */
    public int agents() {
        return 1 + values.others.size();
    }

    /**
     * What concerns one pair of agents: the TUN queue and the ports are those of this pair.
     *
     * @param index 0 to {@link #agents()} - 1
     */
    public DataplaneConfig ofAgent(int index) {
        if (index == 0) {
            return this;
        }
        final Devices devices = values.others.get(index - 1);
        return new DataplaneConfig(new Builder(values, devices.tun(), devices.ports()));
    }

    /** The TUN queue; with several pairs of agents, that of the first. */
    public TunQueue tun() {
        return values.tun;
    }

    /** The ESP ports; with several pairs of agents, those of the first. */
    public List<UdpPort> ports() {
        return values.ports;
    }

    /** Gets faults of our own code. */
    public ErrorHandler errorHandler() {
        return values.errorHandler;
    }

    /** MTU of the TUN device, in bytes. */
    public int tunMtuBytes() {
        return values.tunMtuBytes;
    }

    /** What happens to the MSS of SYN segments. */
    public MssClamping mssClamping() {
        return values.mssClamping;
    }

    /** Source of ICMP errors; empty for the offending packet's destination. */
    public Optional<Inet4Address> icmpSource() {
        return values.icmpSource;
    }

    /** Source of ICMPv6 errors; empty for the offending packet's destination. */
    public Optional<Inet6Address> icmpv6Source() {
        return values.icmpv6Source;
    }

    /** Bounds of the packets that wait for SAs. */
    public AcquireLimits acquireLimits() {
        return values.acquireLimits;
    }

    /** Where {@link PolicyAction#PASS} packets go. */
    public Optional<ClearPort> clearPort() {
        return values.clearPort;
    }

    /**
     * Called after an event was put in the ring; from the agents' threads, so it must not block.
     */
    public Runnable controlWake() {
        return values.controlWake;
    }

    /** Makes the engine of each agent. */
    public Supplier<EspCipherProvider> cipherProviders() {
        return values.cipherProviders;
    }

    /** The clock. */
    public NanoClock clock() {
        return values.clock;
    }

    /** Commands that fit each agent's ring; when full, the sender waits. */
    public int commandRingSlots() {
        return values.commandRingSlots;
    }

    /** Events that fit the ring to the control plane; when full, they are raised again later. */
    public int eventRingSlots() {
        return values.eventRingSlots;
    }

    /**
     * IKE datagrams that fit the ring to the control plane; when full, they are dropped and
     * counted.
     */
    public int ikeRingSlots() {
        return values.ikeRingSlots;
    }

    /** Packets that an agent moves between two looks at its commands. */
    public int batchPackets() {
        return values.batchPackets;
    }

    /** Crypto workers, for all agents together. */
    public int workers() {
        return values.workers;
    }

    /** Which offloads are in use; the agents take away what does not work. */
    public Offloads offloads() {
        return values.offloads;
    }

    /** Collects the parts; each setter returns this. */
    public static final class Builder {
        private final TunQueue tun;
        private final List<UdpPort> ports;
        private final ErrorHandler errorHandler;
        private final List<Devices> others = new ArrayList<>();
        private int tunMtuBytes = 1400;
        private MssClamping mssClamping = MssClamping.AUTOMATIC;
        private Optional<Inet4Address> icmpSource = Optional.empty();
        private Optional<Inet6Address> icmpv6Source = Optional.empty();
        private AcquireLimits acquireLimits = AcquireLimits.DEFAULT;
        private Optional<ClearPort> clearPort = Optional.empty();
        private Runnable controlWake = () -> {};
        private Supplier<EspCipherProvider> cipherProviders =
                () -> new JdkCipherProvider(new SecureRandom());
        private NanoClock clock = SystemNanoClock.INSTANCE;
        private int commandRingSlots = 1024;
        private int eventRingSlots = 1024;
        private int ikeRingSlots = 512;
        private int batchPackets = 64;
        private int workers;
        private Offloads offloads = Offloads.none();

        private Builder(TunQueue tun, List<UdpPort> ports, ErrorHandler errorHandler) {
            this.tun = tun;
            this.ports = List.copyOf(ports);
            this.errorHandler = errorHandler;
        }

        private Builder(Builder other, TunQueue tun, List<UdpPort> ports) {
            this(tun, ports, other.errorHandler);
            others.addAll(other.others);
            tunMtuBytes = other.tunMtuBytes;
            mssClamping = other.mssClamping;
            icmpSource = other.icmpSource;
            icmpv6Source = other.icmpv6Source;
            acquireLimits = other.acquireLimits;
            clearPort = other.clearPort;
            controlWake = other.controlWake;
            cipherProviders = other.cipherProviders;
            clock = other.clock;
            commandRingSlots = other.commandRingSlots;
            eventRingSlots = other.eventRingSlots;
            ikeRingSlots = other.ikeRingSlots;
            batchPackets = other.batchPackets;
            workers = other.workers;
            offloads = other.offloads;
        }

        /**
         * Adds a pair of agents, up to {@link #MOST_AGENTS} with the first; by default there is
         * none but that. Not together with {@link #workers}.
         *
         * @param queue another queue of the same TUN device
         * @param further ports bound to the same addresses as those of the first, best the sockets
         *     of one {@link dev.culvert.tun.UdpSocketGroup} each, in the order of the agents
         */
        public Builder agent(TunQueue queue, List<UdpPort> further) {
            others.add(new Devices(queue, List.copyOf(further)));
            return this;
        }

        /** MTU of the TUN device, 68 to 65535; default 1400. */
        public Builder tunMtuBytes(int bytes) {
            tunMtuBytes = checkRange("TUN MTU", bytes, 68, 65535);
            return this;
        }

        /** Default {@link MssClamping#AUTOMATIC}. */
        public Builder mssClamping(MssClamping clamping) {
            mssClamping = clamping;
            return this;
        }

        /** Source of ICMP errors. */
        public Builder icmpSource(Inet4Address address) {
            icmpSource = Optional.of(address);
            return this;
        }

        /** Source of ICMPv6 errors. */
        public Builder icmpv6Source(Inet6Address address) {
            icmpv6Source = Optional.of(address);
            return this;
        }

        /** Default {@link AcquireLimits#DEFAULT}. */
        public Builder acquireLimits(AcquireLimits limits) {
            acquireLimits = limits;
            return this;
        }

        /** Where {@link PolicyAction#PASS} packets go; without it they are dropped. */
        public Builder clearPort(ClearPort port) {
            clearPort = Optional.of(port);
            return this;
        }

        /** Called after an event was put in the ring. */
        public Builder controlWake(Runnable wake) {
            controlWake = wake;
            return this;
        }

        /** Default: the JDK's ciphers. */
        public Builder cipherProviders(Supplier<EspCipherProvider> providers) {
            cipherProviders = providers;
            return this;
        }

        /** Default: the system's. */
        public Builder clock(NanoClock nanoClock) {
            clock = nanoClock;
            return this;
        }

        /** 2 to 65536; default 1024. */
        public Builder commandRingSlots(int slots) {
            commandRingSlots = checkRange("command ring", slots, 2, 65536);
            return this;
        }

        /** 2 to 65536; default 1024. */
        public Builder eventRingSlots(int slots) {
            eventRingSlots = checkRange("event ring", slots, 2, 65536);
            return this;
        }

        /** 2 to 65536; default 512. */
        public Builder ikeRingSlots(int slots) {
            ikeRingSlots = checkRange("IKE ring", slots, 2, 65536);
            return this;
        }

        /** 1 to 1024; default 64. */
        public Builder batchPackets(int packets) {
            batchPackets = checkRange("batch", packets, 1, 1024);
            return this;
        }

        /** 0 to {@link #MOST_WORKERS}; default 0: each agent seals or opens by itself. */
        public Builder workers(int threads) {
            workers = checkRange("workers", threads, 0, MOST_WORKERS);
            return this;
        }

        /** Default: none. */
        public Builder offloads(Offloads usable) {
            offloads = usable;
            return this;
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException when there are too many agents, or several and workers
         */
        public DataplaneConfig build() {
            final int ignored = checkRange("agents", 1 + others.size(), 1, MOST_AGENTS);
            if (workers > 0 && !others.isEmpty()) {
                throw new IllegalArgumentException(
                        "several agents and crypto workers: expected one of them only");
            }
            return new DataplaneConfig(new Builder(this, tun, ports));
        }

        private static int checkRange(String what, int value, int from, int to) {
            if (value < from || value > to) {
                throw new IllegalArgumentException(
                        what + " " + value + ": expected " + from + " to " + to);
            }
            return value;
        }
    }
}
