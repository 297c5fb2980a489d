package dev.culvert.endpoint.control;

import dev.culvert.endpoint.vici.DaemonControl;
import dev.culvert.ike.EngineEvent;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands the engine's events to all who listen. Listeners come and go on any thread. */
public final class EventHub {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.dmn");

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    /** Not a record: the same consumer may be added twice, and then be removed once. */
    private static final class Listener {
        private final Consumer<EngineEvent> consumer;

        Listener(Consumer<EngineEvent> consumer) {
            this.consumer = consumer;
        }
    }

    /** Adds a listener, called on the control agent's thread; it must not block. */
    public DaemonControl.Subscription subscribe(Consumer<EngineEvent> consumer) {
        Listener listener = new Listener(consumer);
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Tells all listeners. */
    void publish(EngineEvent event) {
        for (Listener listener : listeners) {
            try {
                listener.consumer.accept(event);
            } catch (RuntimeException e) {
                LOG.error("a listener failed on {}", event.getClass().getSimpleName(), e);
            }
        }
    }
}
