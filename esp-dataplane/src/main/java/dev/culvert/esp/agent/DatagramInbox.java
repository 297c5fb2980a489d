package dev.culvert.esp.agent;

import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.UdpPath;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.MessageHandler;

/**
 * What other inbound agents handed over, to be received like from a port; see {@link
 * DatagramExchange} for the messages.
 */
final class DatagramInbox {

    private final HandOverRing ring;
    private final UdpPath path = new UdpPath();
    private final MessageHandler put =
            (type, message, index, lengthBytes) -> put(message, index, lengthBytes);
    private ReceiveBatch batch = new ReceiveBatch(1, 1);

    DatagramInbox(HandOverRing ring) {
        this.ring = ring;
    }

    /**
     * Fills a batch, each datagram in a slot of its own.
     *
     * @return how many
     */
    int receive(ReceiveBatch target) {
        batch = target;
        batch.clear();
        return ring.read(put, batch.limit());
    }

    private void put(DirectBuffer message, int index, int lengthBytes) {
        path.copyFrom(message, index + DatagramExchange.PATH_OFFSET);
        final boolean hasRoom =
                batch.add(
                        message,
                        index + DatagramExchange.DATA_OFFSET,
                        lengthBytes - DatagramExchange.DATA_OFFSET,
                        path,
                        message.getInt(index + DatagramExchange.TOS_OFFSET));
        if (!hasRoom) {
            throw new IllegalStateException("more was read than the batch has room for");
        }
    }
}
