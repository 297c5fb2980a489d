package dev.culvert.ike.engine;

import dev.culvert.ike.EngineInput;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.message.IkeHeader;
import dev.culvert.ike.message.IkeMessage;
import dev.culvert.ike.message.MessageEncoder;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.RateLimiter;
import java.util.List;

/**
 * Answers in clear that leave no trace here. Those to messages that anybody can make up are few.
 */
final class StatelessReplies {
    private final EngineCore core;
    private final RateLimiter errors = new RateLimiter(20, 50_000_000L);

    StatelessReplies(EngineCore core) {
        this.core = core;
    }

    /** Sends an error, unless there were too many lately (RFC 7296 section 2.21.4). */
    void send(EngineInput.Datagram datagram, IkeHeader request, Payload.Notify error) {
        send(datagram, request, List.of(error));
    }

    /** As {@link #send(EngineInput.Datagram, IkeHeader, Payload.Notify)} with more to say. */
    void send(EngineInput.Datagram datagram, IkeHeader request, List<Payload> payloads) {
        if (!errors.tryTake(core.nowNs())) {
            core.counters().increment(Counter.REPLIES_RATE_LIMITED);
            return;
        }
        sendAlways(datagram, request, payloads);
    }

    /** Sends an answer that a handshake cannot go on without; it is shorter than the request. */
    void sendAlways(EngineInput.Datagram datagram, IkeHeader request, Payload.Notify... notifies) {
        sendAlways(datagram, request, List.<Payload>of(notifies));
    }

    private void sendAlways(
            EngineInput.Datagram datagram, IkeHeader request, List<Payload> payloads) {
        IkeHeader header =
                new IkeHeader(
                        request.initiatorSpi(),
                        request.responderSpi(),
                        2,
                        0,
                        request.exchangeValue(),
                        true,
                        false,
                        !request.initiator(),
                        request.messageId());
        byte[] message = MessageEncoder.encode(new IkeMessage(header, payloads));
        core.counters().increment(Counter.MESSAGES_SENT);
        core.emit(new EngineOutput.Transmit(datagram.local(), datagram.remote(), message, 0));
    }
}
