package dev.culvert.endpoint.vici;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client's connection. */
final class ViciSession {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.vici");

    /**
     * Packets that wait to be written. The session's own answers wait for room; events that happen
     * meanwhile do not.
     */
    private static final int QUEUE_LENGTH = 1024;

    private static final Set<String> STREAMED =
            Set.of("list-sa", "list-conn", "list-policy", "control-log");

    private final ViciChannel channel;
    private final ViciCommands commands;
    private final Consumer<ViciSession> onClose;
    private final Set<String> registered = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<Supplier<List<? extends ViciPacket>>> outgoing =
            new ArrayBlockingQueue<>(QUEUE_LENGTH);
    private final AtomicLong eventsLost = new AtomicLong();
    private final AtomicBoolean ending = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    ViciSession(ViciChannel channel, ViciCommands commands, Consumer<ViciSession> onClose) {
        this.channel = channel;
        this.commands = commands;
        this.onClose = onClose;
    }

    void start() {
        Thread.ofVirtual().name("vici-write").start(this::write);
        Thread.ofVirtual().name("vici-read").start(this::read);
    }

    /** Whether the client wants events that happen by themselves. */
    boolean listensToEvents() {
        return registered.stream().anyMatch(name -> !STREAMED.contains(name));
    }

    /**
     * Has events written, as far as the client registered for them; drops them when it does not
     * keep up.
     */
    void offer(Supplier<List<ViciPacket.Event>> events) {
        boolean taken =
                outgoing.offer(() ->
                        events.get().stream().filter(e -> registered.contains(e.name())).toList());
        if (!taken && eventsLost.getAndIncrement() == 0) {
            LOG.warn("a client of the control socket does not keep up; it misses events");
        }
    }

    void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        onClose.accept(this);
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("closing a client's connection: {}", e.getMessage());
        }
        outgoing.clear();
        outgoing.offer(List::of);
    }

    private void read() {
        try {
            Optional<ViciPacket> packet = channel.read();
            while (packet.isPresent() && !closed.get()) {
                answer(packet.get());
                packet = channel.read();
            }
        } catch (IOException e) {
            LOG.debug("a client of the control socket: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("a client's request failed; this is a bug", e);
        } finally {
            finish();
        }
    }

    /** Lets the writer send what is left; it closes afterwards. */
    private void finish() {
        ending.set(true);
        try {
            outgoing.put(List::of);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
        }
    }

    private void answer(ViciPacket packet) throws InterruptedException, IOException {
        switch (packet) {
            case ViciPacket.CommandRequest(String name, ViciSection message) -> {
                Optional<ViciSection> answer = commands.run(name, message, this::stream);
                ViciPacket response =
                        answer.isPresent()
                                ? new ViciPacket.CommandResponse(answer.get())
                                : new ViciPacket.CommandUnknown();
                send(response);
            }
            case ViciPacket.EventRegister(String name) -> {
                boolean known = EventReport.NAMES.contains(name);
                if (known) {
                    registered.add(name);
                }
                send(known ? new ViciPacket.EventConfirm() : new ViciPacket.EventUnknown());
            }
            case ViciPacket.EventUnregister(String name) ->
                    send(
                            registered.remove(name)
                                    ? new ViciPacket.EventConfirm()
                                    : new ViciPacket.EventUnknown());
            case ViciPacket.CommandResponse _,
                    ViciPacket.CommandUnknown _,
                    ViciPacket.EventConfirm _,
                    ViciPacket.EventUnknown _,
                    ViciPacket.Event _ ->
                    throw new IOException("a client sent what only a server may");
        }
    }

    /**
     * An event of a command that runs. Lists wait when the client is slow, what happens meanwhile
     * does not.
     */
    private void stream(String name, ViciSection message) {
        if (!registered.contains(name)) {
            return;
        }
        ViciPacket.Event event = new ViciPacket.Event(name, message);
        try {
            if (name.equals("control-log")) {
                offer(() -> List.of(event));
            } else {
                send(event);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void send(ViciPacket packet) throws InterruptedException {
        if (!closed.get()) {
            outgoing.put(() -> List.of(packet));
        }
    }

    private void write() {
        try {
            while (!closed.get() && !(ending.get() && outgoing.isEmpty())) {
                for (ViciPacket packet : outgoing.take().get()) {
                    channel.write(packet);
                }
            }
        } catch (IOException e) {
            LOG.debug("a client of the control socket: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("an event for a client failed; this is a bug", e);
        } finally {
            close();
        }
    }
}
