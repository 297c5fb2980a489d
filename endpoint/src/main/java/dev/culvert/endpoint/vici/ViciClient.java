package dev.culvert.endpoint.vici;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** Talks to a vici server; for one thread. */
public final class ViciClient implements AutoCloseable {
    private final ViciChannel channel;

    private ViciClient(ViciChannel channel) {
        this.channel = channel;
    }

    /**
     * Connects to a server.
     *
     * @throws IOException when none listens there
     */
    public static ViciClient connect(Path socket) throws IOException {
        return new ViciClient(ViciChannel.connect(socket));
    }

    /**
     * Sends a command and waits for its answer.
     *
     * @throws IOException when the connection ends, or the server does not know the command
     */
    public ViciSection call(String command, ViciSection request) throws IOException {
        channel.write(new ViciPacket.CommandRequest(command, request));
        return answer(command, "", message -> {});
    }

    /**
     * Sends a command that streams events, and waits for its answer.
     *
     * @param event name of the events
     * @param events takes each event's message, in order
     * @throws IOException when the connection ends, or the server does not know the command or
     *     event
     */
    public ViciSection stream(
            String command, ViciSection request, String event, Consumer<ViciSection> events)
            throws IOException {
        channel.write(new ViciPacket.EventRegister(event));
        confirm(event);
        channel.write(new ViciPacket.CommandRequest(command, request));
        ViciSection answer = answer(command, event, events);
        channel.write(new ViciPacket.EventUnregister(event));
        confirm(event);
        return answer;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private ViciSection answer(String command, String event, Consumer<ViciSection> events)
            throws IOException {
        while (true) {
            switch (next()) {
                case ViciPacket.CommandResponse(ViciSection message) -> {
                    return message;
                }
                case ViciPacket.Event(String name, ViciSection message) -> {
                    if (name.equals(event)) {
                        events.accept(message);
                    }
                }
                case ViciPacket.CommandUnknown() ->
                        throw new ProtocolException(
                                "the daemon does not know the command " + command);
                case ViciPacket.CommandRequest _,
                        ViciPacket.EventRegister _,
                        ViciPacket.EventUnregister _,
                        ViciPacket.EventConfirm _,
                        ViciPacket.EventUnknown _ ->
                        throw new ProtocolException("the daemon sent an unexpected packet");
            }
        }
    }

    /** Waits for a confirmation; events that are still on their way are let go. */
    private void confirm(String event) throws IOException {
        ViciPacket packet = next();
        while (packet instanceof ViciPacket.Event) {
            packet = next();
        }
        if (!(packet instanceof ViciPacket.EventConfirm)) {
            throw new ProtocolException("the daemon does not know the event " + event);
        }
    }

    private ViciPacket next() throws IOException {
        Optional<ViciPacket> packet = channel.read();
        return packet.orElseThrow(() -> new EOFException("the daemon closed the connection"));
    }
}
