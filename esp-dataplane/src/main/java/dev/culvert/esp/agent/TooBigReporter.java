package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.packet.PacketTooBig;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Tells senders through the TUN device that a packet was too big, at a limited rate. */
final class TooBigReporter {

    private static final int ERRORS_PER_SECOND = 100;
    private static final int BURST = 50;

    private final PacketTooBig errors;
    private final TunWriter tun;
    private final AgentCounters counters;
    private final RateLimit rate;
    private final UnsafeBuffer buffer =
            new UnsafeBuffer(
                    BufferUtil.allocateDirectAligned(
                            TunWriter.HEADROOM_BYTES + PacketTooBig.MAX_BYTES, 64));

    TooBigReporter(PacketTooBig errors, TunWriter tun, AgentCounters counters, long nowNs) {
        this.errors = errors;
        this.tun = tun;
        this.counters = counters;
        rate = new RateLimit(ERRORS_PER_SECOND, BURST, nowNs);
    }

    /** Writes an error about a packet, if it may be answered and the rate allows. */
    void report(InnerPacket packet, int mtuBytes, long nowNs) {
        if (PacketTooBig.mayAnswer(packet) && rate.tryTake(nowNs)) {
            final int length = errors.write(packet, mtuBytes, buffer, TunWriter.HEADROOM_BYTES);
            if (tun.write(buffer, TunWriter.HEADROOM_BYTES, length)) {
                counters.add(Counter.TOO_BIG_SENT, 1);
                return;
            }
        }
        counters.add(Counter.TOO_BIG_SUPPRESSED, 1);
    }
}
