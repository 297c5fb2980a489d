package dev.culvert.ike.session;

import dev.culvert.ike.EngineOutput.ChildSaParameters;
import dev.culvert.ike.EngineOutput.InstallOutbound;
import dev.culvert.ike.EngineSnapshot.ChildState;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.proposal.EspSuite;
import dev.culvert.ike.ts.TrafficSelector;
import java.util.List;
import java.util.Optional;

/**
 * A pair of ESP SAs. Its keys leave with the outputs that install it; only an outbound SA that
 * waits is kept here.
 */
public final class ChildSa {
    private final ChildSaParameters parameters;
    private final int uniqueId;
    private final int spiIn;
    private final int spiOut;
    private final long installedNs;
    private final TimerTable<ChildTimer> timers = new TimerTable<>(ChildTimer.class);
    private ChildState state = ChildState.INSTALLING;
    private Optional<InstallOutbound> waitingOutbound = Optional.empty();
    private long lastInboundNs;
    private long lastOutboundNs;

    /** A child SA whose inbound side is being installed. */
    public ChildSa(
            ChildSaParameters parameters, int uniqueId, int spiIn, int spiOut, long installedNs) {
        this.parameters = parameters;
        this.uniqueId = uniqueId;
        this.spiIn = spiIn;
        this.spiOut = spiOut;
        this.installedNs = installedNs;
        this.lastInboundNs = installedNs;
        this.lastOutboundNs = installedNs;
    }

    /** Its number in the engine's outputs. */
    public long childSaId() {
        return parameters.childSaId();
    }

    /** Its number for operators. */
    public int uniqueId() {
        return uniqueId;
    }

    /** The child's name in the configuration. */
    public String name() {
        return parameters.child().name();
    }

    /** The child's configuration. */
    public ChildConfig config() {
        return parameters.child();
    }

    /** What both directions share. */
    public ChildSaParameters parameters() {
        return parameters;
    }

    /** Its algorithms. */
    public EspSuite suite() {
        return parameters.suite();
    }

    /** The SPI that this side chose. */
    public int spiIn() {
        return spiIn;
    }

    /** The SPI that the peer chose. */
    public int spiOut() {
        return spiOut;
    }

    /** What this side's inner addresses may be. */
    public List<TrafficSelector> localSelectors() {
        return parameters.localSelectors();
    }

    /** What the peer's inner addresses may be. */
    public List<TrafficSelector> remoteSelectors() {
        return parameters.remoteSelectors();
    }

    /** When it was installed, in nanoseconds. */
    public long installedNs() {
        return installedNs;
    }

    /** Its deadlines. */
    public TimerTable<ChildTimer> timers() {
        return timers;
    }

    /** Where it is in its life. */
    public ChildState state() {
        return state;
    }

    /** Moves it on. */
    public void setState(ChildState newState) {
        state = newState;
    }

    /** Whether it carries, or is about to carry, its child's traffic. */
    public boolean isCurrent() {
        return state == ChildState.INSTALLING
                || state == ChildState.INSTALLED
                || state == ChildState.REKEYING;
    }

    /** Keeps the outbound side until the peer is known to be ready. */
    public void holdOutbound(InstallOutbound outbound) {
        waitingOutbound = Optional.of(outbound);
    }

    /** Takes the outbound side that was kept, if there is one. */
    public Optional<InstallOutbound> takeOutbound() {
        Optional<InstallOutbound> taken = waitingOutbound;
        waitingOutbound = Optional.empty();
        return taken;
    }

    /** Wipes the keys that were kept. */
    public void destroy() {
        takeOutbound()
                .ifPresent(outbound -> {
                    outbound.encryptionKey().destroy();
                    outbound.integrityKey().destroy();
                });
    }

    /** Notes traffic; times in nanoseconds, 0 for never. */
    public void noteUse(long inboundNs, long outboundNs) {
        lastInboundNs = Math.max(lastInboundNs, inboundNs);
        lastOutboundNs = Math.max(lastOutboundNs, outboundNs);
    }

    /** When the last authentic packet came in, or when it was installed. */
    public long lastInboundNs() {
        return lastInboundNs;
    }

    /** When the last packet went out, or when it was installed. */
    public long lastOutboundNs() {
        return lastOutboundNs;
    }
}
