package dev.culvert.esp.sa;

import dev.culvert.esp.DataplaneCommand.InstallOutboundSa;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.SaCounters;
import dev.culvert.esp.SaPath;
import dev.culvert.esp.SaSelectors;
import dev.culvert.esp.Selector;
import dev.culvert.esp.TunnelOptions;
import dev.culvert.esp.crypto.EspCipher;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.packet.UdpEncapsulation;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.UdpPath;
import java.util.Optional;

/** An SA that seals. Owned by the outbound agent. */
public final class OutboundSa {

    /** Result of {@link #nextSequence()} when all numbers are used. */
    public static final long EXHAUSTED = 0;

    private static final long LAST_SEQUENCE = 0xFFFF_FFFFL;

    private final long childId;
    private final int spi;
    private final EspSuite suite;
    private final SaCiphers ciphers;
    private final EspCipher cipher;
    private final long lastSequence;
    private final SaSelectors selectors;
    private final int priority;
    private final TunnelOptions options;
    private final LifetimeGuard lifetime;
    private final SaCounters counters;
    private final boolean anyPort;
    private final UdpPath udpPath = new UdpPath();
    private SaPath path;
    private int portIndex;
    private int pathMtuBytes;
    private int maxInnerBytes;
    private int tfcBytes;
    private long nextSequence;

    /**
     * Takes what the command says.
     *
     * @param command the command; its keys are in the cipher already
     * @param ciphers seal for this SA only
     * @param portIndex which of the agent's UDP ports it sends through
     * @param nowNs the time
     */
    public OutboundSa(InstallOutboundSa command, SaCiphers ciphers, int portIndex, long nowNs) {
        childId = command.childId();
        spi = command.spi();
        suite = command.suite();
        this.ciphers = ciphers;
        cipher = ciphers.at(0);
        lastSequence = command.esn() ? Long.MAX_VALUE : LAST_SEQUENCE;
        selectors = command.selectors();
        priority = command.priority();
        options = command.options();
        lifetime = new LifetimeGuard(command.lifetime(), lastSequence);
        lifetime.startAt(command.firstSequence() - 1);
        counters = new SaCounters(nowNs);
        anyPort =
                selectors.local().stream().allMatch(Selector::isAnyPort)
                        && selectors.remote().stream().allMatch(Selector::isAnyPort);
        nextSequence = command.firstSequence();
        pathMtuBytes = command.pathMtuBytes();
        path = command.path();
        path(command.path(), portIndex);
    }

    /** Changes the addresses. */
    public void path(SaPath newPath, int newPortIndex) {
        path = newPath;
        portIndex = newPortIndex;
        udpPath.set(newPath.remote(), Optional.of(newPath.local().getAddress()));
        computeSizes();
    }

    /** Changes the MTU of the path, outer IP header included. */
    public void pathMtuBytes(int mtuBytes) {
        pathMtuBytes = mtuBytes;
        computeSizes();
    }

    private void computeSizes() {
        final boolean outerIpv6 = udpPath.family() == AddressFamily.IPV6;
        final int espRoom = UdpEncapsulation.espRoomBytes(pathMtuBytes, outerIpv6);
        maxInnerBytes = EspLayout.largestPayloadBytes(suite, espRoom);
        tfcBytes =
                options.tfcPaddingBytes() == TunnelOptions.TFC_TO_MTU
                        ? maxInnerBytes
                        : Math.min(options.tfcPaddingBytes(), maxInnerBytes);
    }

    /**
     * Takes the next sequence number. It is spent, whether the packet leaves or not.
     *
     * @return the number, or {@link #EXHAUSTED}
     */
    public long nextSequence() {
        if (nextSequence == EXHAUSTED) {
            return EXHAUSTED;
        }
        final long taken = nextSequence;
        nextSequence = taken == lastSequence ? EXHAUSTED : taken + 1;
        return taken;
    }

    /**
     * Takes a run of sequence numbers, and counts the packets against the limits. The numbers are
     * spent, whether the packets leave or not.
     *
     * @param packets how many are wanted, at least 1
     * @param packetBytes length of each inner packet but the last, which may be shorter
     * @param allBytes length of them all
     * @return how many may be sealed, from {@link #upcomingSequence()} before the call on: fewer
     *     when the numbers or the limits allow no more, as if they were taken one by one
     */
    public int reserve(int packets, int packetBytes, long allBytes) {
        if (nextSequence == EXHAUSTED) {
            return 0;
        }
        final long numbersLeft = lastSequence - nextSequence + 1;
        final int granted = (int) Math.min(lifetime.allowed(packets, packetBytes), numbersLeft);
        if (granted > 0) {
            lifetime.add(granted, granted == packets ? allBytes : (long) granted * packetBytes);
            nextSequence = granted == numbersLeft ? EXHAUSTED : nextSequence + granted;
        }
        return granted;
    }

    /** The number that is taken next, or {@link #EXHAUSTED}. */
    public long upcomingSequence() {
        return nextSequence;
    }

    /** True when no sequence number is left or a hard limit is reached. */
    public boolean isSpent() {
        return nextSequence == EXHAUSTED || lifetime.isHardReached();
    }

    /** Counts a sealed packet. */
    public void count(int innerBytes, long sequence, long nowNs) {
        lifetime.add(innerBytes);
        counters.packet(innerBytes, sequence, nowNs);
    }

    /** The control plane's number for the child. */
    public long childId() {
        return childId;
    }

    /** The SPI. */
    public int spi() {
        return spi;
    }

    /** The algorithms. */
    public EspSuite suite() {
        return suite;
    }

    /** The agent's own cipher. */
    public EspCipher cipher() {
        return cipher;
    }

    /** The ciphers of all threads that seal. */
    public SaCiphers ciphers() {
        return ciphers;
    }

    /** What it takes. */
    public SaSelectors selectors() {
        return selectors;
    }

    /** Lower is looked at first. */
    public int priority() {
        return priority;
    }

    /** Header policy. */
    public TunnelOptions options() {
        return options;
    }

    /** Limits. */
    public LifetimeGuard lifetime() {
        return lifetime;
    }

    /** Counters. */
    public SaCounters counters() {
        return counters;
    }

    /** True when no selector restricts ports, so that later fragments match too. */
    public boolean takesLaterFragments() {
        return anyPort;
    }

    /** Where packets go, as the control plane gave it. */
    public SaPath path() {
        return path;
    }

    /** Where packets go, as the socket wants it. */
    public UdpPath udpPath() {
        return udpPath;
    }

    /** Which of the agent's ports sends. */
    public int portIndex() {
        return portIndex;
    }

    /** The largest inner packet that fits the path in one piece. */
    public int maxInnerBytes() {
        return maxInnerBytes;
    }

    /** Inner packets are padded up to this length; 0 for none. */
    public int tfcBytes() {
        return tfcBytes;
    }
}
