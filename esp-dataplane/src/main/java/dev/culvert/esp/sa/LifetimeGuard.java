package dev.culvert.esp.sa;

import dev.culvert.esp.Lifetime;

/** Watches the volume of one SA against its limits (RFC 4301 4.4.2.1). */
public final class LifetimeGuard {

    private final long softBytes;
    private final long hardBytes;
    private final long softPackets;
    private final long hardPackets;
    private long bytes;
    private long packets;
    private boolean softRaised;
    private boolean hardRaised;

    /**
     * Nothing used so far.
     *
     * @param lifetime the limits
     * @param sequenceLimit how many packets the sequence numbers allow; 7/8 of it is a soft limit
     *     too
     */
    LifetimeGuard(Lifetime lifetime, long sequenceLimit) {
        softBytes = orNone(lifetime.softBytes());
        hardBytes = orNone(lifetime.hardBytes());
        softPackets =
                Math.min(orNone(lifetime.softPackets()), sequenceLimit - (sequenceLimit >>> 3));
        hardPackets = orNone(lifetime.hardPackets());
    }

    private static long orNone(long limit) {
        return limit == 0 ? Long.MAX_VALUE : limit;
    }

    /** Counts a packet. */
    void add(int innerBytes) {
        bytes += innerBytes;
        packets++;
    }

    /** Counts packets. */
    void add(int morePackets, long innerBytes) {
        bytes += innerBytes;
        packets += morePackets;
    }

    /**
     * How many packets of one length may be carried before a hard limit is reached: the packet that
     * reaches it is the last.
     *
     * @param wanted at least 1
     * @param packetBytes length of each
     * @return 0 to {@code wanted}
     */
    int allowed(int wanted, int packetBytes) {
        if (isHardReached()) {
            return 0;
        }
        final long byBytes = (hardBytes - bytes - 1) / Math.max(1, packetBytes) + 1;
        return (int) Math.min(wanted, Math.min(byBytes, hardPackets - packets));
    }

    /** Counts the packets that an earlier SA with the same keys sent. */
    void startAt(long packetsSent) {
        packets = packetsSent;
    }

    /** True when the SA must carry nothing more. */
    public boolean isHardReached() {
        return bytes >= hardBytes || packets >= hardPackets;
    }

    /** True when the soft event is due and was not raised yet. */
    public boolean isSoftDue() {
        return !softRaised && (bytes >= softBytes || packets >= softPackets);
    }

    /** True until {@link #hardRaised()}. */
    public boolean isHardDue() {
        return !hardRaised;
    }

    /** Remembers that the soft event was raised. */
    public void softRaised() {
        softRaised = true;
    }

    /** Remembers that the hard event was raised. */
    public void hardRaised() {
        hardRaised = true;
    }
}
