package dev.culvert.esp.sa;

import dev.culvert.esp.DataplaneCommand.InstallInboundSa;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.SaCounters;
import dev.culvert.esp.SaPath;
import dev.culvert.esp.TunnelOptions;
import dev.culvert.esp.crypto.EspCipher;
import dev.culvert.tun.UdpPath;
import java.util.Optional;

/** An SA that opens. Owned by the inbound agent. */
public final class InboundSa {

    private final long childId;
    private final int spi;
    private final EspSuite suite;
    private final SaCiphers ciphers;
    private final EspCipher cipher;
    private final boolean esn;
    private final ReplayWindow window;
    private final SelectorSet selectors;
    private final boolean allowPeerMove;
    private final TunnelOptions options;
    private final LifetimeGuard lifetime;
    private final SaCounters counters;
    private final UdpPath udpPath = new UdpPath();
    private final UdpPath movedTo = new UdpPath();
    private long moveRaisedNs;

    /**
     * Takes what the command says.
     *
     * @param command the command; its keys are in the cipher already
     * @param ciphers open for this SA only
     * @param nowNs the time
     */
    public InboundSa(InstallInboundSa command, SaCiphers ciphers, long nowNs) {
        childId = command.childId();
        spi = command.spi();
        suite = command.suite();
        this.ciphers = ciphers;
        cipher = ciphers.at(0);
        esn = command.esn();
        window = new ReplayWindow(command.replayWindowPackets());
        selectors = SelectorSet.of(command.selectors());
        allowPeerMove = command.allowPeerMove();
        options = command.options();
        lifetime = new LifetimeGuard(command.lifetime(), esn ? Long.MAX_VALUE : 0xFFFF_FFFFL);
        counters = new SaCounters(nowNs);
        path(command.path());
    }

    /** Changes the addresses that packets are expected from. */
    public void path(SaPath newPath) {
        udpPath.set(newPath.remote(), Optional.of(newPath.local().getAddress()));
        movedTo.clear();
    }

    /**
     * The 64-bit sequence number of a packet.
     *
     * @param low what the packet carries
     * @return the number, or {@link ReplayWindow#BEFORE_START}
     */
    public long sequence(long low) {
        return esn ? window.recover(low) : low;
    }

    /** Counts an opened packet. */
    public void count(int innerBytes, long nowNs) {
        lifetime.add(innerBytes);
        counters.packet(innerBytes, window.highest(), nowNs);
    }

    /**
     * Tells whether a move to an address is worth an event: once per address, and again after a
     * while in case the event was lost.
     *
     * @param newPath where the packet came from
     * @param nowNs the time
     * @param repeatAfterNs when to tell again
     */
    public boolean shouldRaiseMove(UdpPath newPath, long nowNs, long repeatAfterNs) {
        return !movedTo.isSet()
                || !movedTo.isSameRemote(newPath)
                || nowNs - moveRaisedNs >= repeatAfterNs;
    }

    /** Remembers a move that was told. */
    public void moveRaised(UdpPath newPath, long nowNs) {
        movedTo.set(newPath);
        moveRaisedNs = nowNs;
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

    /** The ciphers of all threads that open. */
    public SaCiphers ciphers() {
        return ciphers;
    }

    /** The replay window. */
    public ReplayWindow window() {
        return window;
    }

    /** What inner packets must match. */
    public SelectorSet selectors() {
        return selectors;
    }

    /** True when the peer may change its address. */
    public boolean allowsPeerMove() {
        return allowPeerMove;
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

    /** Where packets are expected from. */
    public UdpPath udpPath() {
        return udpPath;
    }
}
