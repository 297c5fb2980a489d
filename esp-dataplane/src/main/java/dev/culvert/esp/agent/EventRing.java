package dev.culvert.esp.agent;

import dev.culvert.esp.DataplaneEvent;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * Events and IKE datagrams on their way to the control plane, in two bounded rings, so that a flood
 * of one can't displace the other. {@code offer} returning false is the overflow policy: an IKE
 * datagram is dropped and counted (the peer sends it again), an event is raised again by a later
 * packet.
 */
public final class EventRing {

    private final Queue<DataplaneEvent> events;
    private final Queue<DataplaneEvent.IkeDatagram> datagrams;
    private final Runnable wake;

    /**
     * Empty rings.
     *
     * @param eventSlots room for events
     * @param datagramSlots room for IKE datagrams
     * @param wake called after each successful offer
     */
    public EventRing(int eventSlots, int datagramSlots, Runnable wake) {
        events = new ManyToOneConcurrentArrayQueue<>(eventSlots);
        datagrams = new ManyToOneConcurrentArrayQueue<>(datagramSlots);
        this.wake = wake;
    }

    /** Takes events first, then datagrams. For one thread. */
    public int poll(Consumer<? super DataplaneEvent> handler, int limit) {
        int taken = 0;
        for (final Queue<? extends DataplaneEvent> queue : List.of(events, datagrams)) {
            while (taken < limit) {
                final DataplaneEvent event = queue.poll();
                if (event == null) {
                    break;
                }
                handler.accept(event);
                taken++;
            }
        }
        return taken;
    }

    boolean offer(DataplaneEvent event) {
        return offerTo(events, event);
    }

    boolean offer(DataplaneEvent.IkeDatagram datagram) {
        return offerTo(datagrams, datagram);
    }

    private <T> boolean offerTo(Queue<T> queue, T item) {
        if (!queue.offer(item)) {
            return false;
        }
        wake.run();
        return true;
    }
}
