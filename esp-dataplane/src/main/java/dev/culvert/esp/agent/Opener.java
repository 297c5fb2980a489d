package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.Offload;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.sa.InboundSa;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.UdpPort;
import java.util.function.IntSupplier;
import org.agrona.ErrorHandler;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/** Opens packets where they were received, on the agent's own thread. */
final class Opener implements PacketOpener {

    /**
     * With joined datagrams each slot may fill up to 64 KiB: few of them keep what was opened in
     * the processor's cache until the TUN device takes it.
     */
    private static final int MAX_JOINED_SLOTS = 16;

    private final AgentCounters counters;
    private final ErrorHandler errorHandler;
    private final ReceiveBatch batch;
    private final UnsafeBuffer buffer;
    private final InboundAdmission admission;
    private final InboundDelivery delivery;

    /**
     * @param receiveCounters where datagrams are counted that are received
     * @param sas by SPI; the agent's own
     * @param newCommands applies commands that wait, and gives their number
     * @param exchange to the agents of other SAs
     */
    Opener(
            DataplaneConfig config,
            AgentCounters counters,
            AgentCounters receiveCounters,
            EventRing events,
            Int2ObjectHashMap<InboundSa> sas,
            IntSupplier newCommands,
            DatagramExchange exchange) {
        this.counters = counters;
        errorHandler = config.errorHandler();
        batch = new ReceiveBatch(slots(config), ReceiveBatch.MAX_DATAGRAM_BYTES);
        buffer = new UnsafeBuffer(batch.buffer());
        final InboundNotices notices = new InboundNotices(events, counters);
        admission =
                new InboundAdmission(
                        counters,
                        receiveCounters,
                        notices,
                        sas,
                        newCommands,
                        exchange,
                        batch,
                        buffer);
        delivery = new InboundDelivery(config, counters, events, notices, batch, buffer);
    }

    private static int slots(DataplaneConfig config) {
        return config.offloads().isInUse(Offload.UDP_GRO)
                ? Math.min(MAX_JOINED_SLOTS, config.batchPackets())
                : config.batchPackets();
    }

    @Override
    public int receive(UdpPort port, boolean alone, long nowNs) {
        batch.limit(limit(alone));
        return move(port.receiveBatch(batch), port.localAddress().getPort(), nowNs);
    }

    /**
     * Moves what other agents handed over, up to a limit.
     *
     * @return how many datagrams
     */
    int receive(DatagramInbox inbox, long nowNs) {
        return move(inbox.receive(batch), 0, nowNs);
    }

    private int move(int received, int localPort, long nowNs) {
        for (int slot = 0; slot < received; slot++) {
            onSlot(slot, localPort, nowNs);
        }
        if (received >= 0) {
            try {
                // Nothing waits for packets that may come later, and the batch is free again.
                delivery.flush();
            } catch (RuntimeException e) {
                onFault(e);
            }
        }
        return received;
    }

    @Override
    public int limit(boolean alone) {
        return alone ? 1 : batch.slotCount();
    }

    @Override
    public int flush() {
        return 0;
    }

    @Override
    public void settle() {
        // Nothing is ever under way.
    }

    private void onSlot(int slot, int localPort, long nowNs) {
        if (batch.isTruncated(slot)) {
            counters.drop(DropReason.RUNT_DATAGRAM);
            return;
        }
        final int lengthBytes = batch.lengthBytes(slot);
        final int segmentBytes = Slots.segmentBytes(batch, slot);
        final int datagrams = Slots.datagrams(batch, slot);
        admission.begin(batch, buffer, slot, localPort, datagrams);
        delivery.begin(batch, buffer, slot, nowNs);
        final int start = batch.dataOffset(slot);
        for (int i = 0; i < datagrams; i++) {
            final int taken = i * segmentBytes;
            try {
                onDatagram(start + taken, Math.min(segmentBytes, lengthBytes - taken));
            } catch (RuntimeException e) {
                onFault(e);
            }
        }
    }

    private void onDatagram(int offset, int lengthBytes) {
        if (!admission.admit(offset, lengthBytes)) {
            return;
        }
        final InboundSa sa = admission.sa();
        final long sequence = admission.sequence();
        final int plainOffset = offset + EspLayout.IV_OFFSET + sa.suite().ivBytes();
        if (sa.cipher().open(sequence, buffer, offset, lengthBytes, buffer, plainOffset)) {
            delivery.onOpened(
                    sa,
                    sequence,
                    admission.isFromPeer(),
                    plainOffset,
                    lengthBytes - EspLayout.packetBytes(sa.suite(), 0));
        } else {
            delivery.onForged(sa);
        }
    }

    private void onFault(RuntimeException fault) {
        counters.drop(DropReason.INTERNAL_FAULT);
        errorHandler.onError(fault);
    }
}
