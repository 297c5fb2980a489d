package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.Counter;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.packet.EspLayout;
import dev.culvert.esp.packet.UdpEncapsulation;
import dev.culvert.esp.sa.InboundSa;
import dev.culvert.esp.sa.ReplayWindow;
import dev.culvert.tun.ReceiveBatch;
import java.util.function.IntSupplier;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What happens to a datagram before it is opened (RFC 4303 3.4.1 to 3.4.3): whose it is, and
 * whether opening it is worth the effort. What is no ESP packet goes elsewhere, what need not be
 * opened counts one drop.
 */
final class InboundAdmission {

    private final AgentCounters counters;
    private final AgentCounters receiveCounters;
    private final InboundNotices notices;
    private final Int2ObjectHashMap<InboundSa> sas;
    private final IntSupplier newCommands;
    private final DatagramExchange exchange;

    private ReceiveBatch batch;
    private UnsafeBuffer buffer;
    private int slot;
    private int localPort;
    private int slotSpi;
    private InboundSa sa;
    private boolean fromPeer;
    private long sequence;

    /**
     * @param receiveCounters where datagrams are counted that are received
     * @param batch where datagrams are before the first {@link #begin}
     * @param sas by SPI; the agent's own
     * @param newCommands applies commands that wait, and gives their number
     * @param exchange to the agents of other SAs
     */
    InboundAdmission(
            AgentCounters counters,
            AgentCounters receiveCounters,
            InboundNotices notices,
            Int2ObjectHashMap<InboundSa> sas,
            IntSupplier newCommands,
            DatagramExchange exchange,
            ReceiveBatch batch,
            UnsafeBuffer buffer) {
        this.counters = counters;
        this.receiveCounters = receiveCounters;
        this.exchange = exchange;
        this.notices = notices;
        this.sas = sas;
        this.newCommands = newCommands;
        this.batch = batch;
        this.buffer = buffer;
    }

    /**
     * Begins with what was received into a slot: one datagram, or several of one length that came
     * from one address with one TOS.
     *
     * @param received where it is
     * @param view of the batch's buffer
     * @param receivedOn the port that it was sent to
     * @param datagrams how many
     */
    void begin(
            ReceiveBatch received,
            UnsafeBuffer view,
            int receivedSlot,
            int receivedOn,
            int datagrams) {
        batch = received;
        buffer = view;
        slot = receivedSlot;
        localPort = receivedOn;
        slotSpi = 0;
        receiveCounters.add(Counter.DATAGRAMS, datagrams);
        receiveCounters.add(Counter.DATAGRAM_BYTES, batch.lengthBytes(receivedSlot));
    }

    /**
     * Looks at one datagram of the slot.
     *
     * @return true when it is an ESP packet to be opened, with {@link #sa()} and {@link
     *     #sequence()}; false when it has been dealt with
     */
    boolean admit(int offset, int lengthBytes) {
        switch (UdpEncapsulation.classify(buffer, offset, lengthBytes)) {
            case ESP -> {
                return admitEsp(offset, lengthBytes);
            }
            case IKE ->
                    notices.raiseIke(
                            batch,
                            slot,
                            localPort,
                            buffer,
                            offset + UdpEncapsulation.MARKER_BYTES,
                            lengthBytes - UdpEncapsulation.MARKER_BYTES);
            case KEEPALIVE -> counters.add(Counter.KEEPALIVES, 1);
            case RUNT -> counters.drop(DropReason.RUNT_DATAGRAM);
        }
        return false;
    }

    /** The SA of the packet that was admitted. */
    InboundSa sa() {
        return sa;
    }

    /** Its whole sequence number. */
    long sequence() {
        return sequence;
    }

    /** Whether it came from where the SA's packets are expected from. */
    boolean isFromPeer() {
        return fromPeer;
    }

    private boolean admitEsp(int offset, int lengthBytes) {
        final int spi = EspLayout.spi(buffer, offset);
        if (spi != slotSpi && !findSa(spi) && !isOurs(spi, offset, lengthBytes)) {
            return false;
        }
        final int plaintextBytes = lengthBytes - EspLayout.packetBytes(sa.suite(), 0);
        if (plaintextBytes < EspLayout.TRAILER_BYTES
                || (plaintextBytes & (sa.suite().alignmentBytes() - 1)) != 0) {
            counters.drop(DropReason.ESP_LENGTH);
            return false;
        }
        if (isSpent(sa)) {
            return false;
        }
        sequence = sa.sequence(EspLayout.sequenceLow(buffer, offset));
        return mayBeNew(sa, sequence);
    }

    /** What is true for all packets of an SA in one slot is found once. */
    private boolean findSa(int spi) {
        final InboundSa found = sas.get(spi);
        if (found == null) {
            return false;
        }
        slotSpi = spi;
        sa = found;
        fromPeer = !found.allowsPeerMove() || batch.isFrom(slot, found.udpPath());
        return true;
    }

    /** What another agent's is handed over, and what is nobody's is dropped. */
    private boolean isOurs(int spi, int offset, int lengthBytes) {
        if (exchange.take(spi, batch, slot, buffer, offset, lengthBytes)) {
            return false;
        }
        final boolean found = findNewSa(spi);
        if (!found) {
            counters.drop(DropReason.UNKNOWN_SPI);
        }
        return found;
    }

    /**
     * The peer was told of an SA after the command to install it was on its way; but this agent may
     * have slept since it last looked for commands, and the SA's first packet is here already.
     */
    private boolean findNewSa(int spi) {
        if (newCommands.getAsInt() == 0) {
            return false;
        }
        // The commands may have removed the SA that is remembered.
        slotSpi = 0;
        return findSa(spi);
    }

    /** Whether the SA carries nothing more, in which case the packet is dropped. */
    boolean isSpent(InboundSa of) {
        if (!of.lifetime().isHardReached()) {
            return false;
        }
        counters.drop(DropReason.HARD_LIMIT);
        notices.raiseHard(of);
        return true;
    }

    /** Whether a number may be new; if not, the packet is dropped. */
    boolean mayBeNew(InboundSa of, long number) {
        if (number == ReplayWindow.BEFORE_START) {
            counters.drop(DropReason.SEQUENCE_INVALID);
            return false;
        }
        switch (of.window().check(number)) {
            case NEW -> {
                return true;
            }
            case INVALID -> counters.drop(DropReason.SEQUENCE_INVALID);
            case DUPLICATE -> {
                counters.drop(DropReason.REPLAY_DUPLICATE);
                of.counters().replay();
            }
            case TOO_OLD -> {
                counters.drop(DropReason.REPLAY_TOO_OLD);
                of.counters().replay();
            }
        }
        return false;
    }
}
