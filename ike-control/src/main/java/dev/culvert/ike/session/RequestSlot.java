package dev.culvert.ike.session;

import dev.culvert.ike.message.ExchangeType;
import java.util.Optional;

/**
 * Our own requests, with a window of one: the next message ID, and the request that waits for its
 * response.
 */
public final class RequestSlot {
    private long nextId;
    private Optional<Outstanding> outstanding = Optional.empty();

    /**
     * A request that waits for its response.
     *
     * @param messageId its message ID
     * @param exchange its exchange
     * @param message its bytes, the same at each sending unless it is cut smaller
     * @param sendings how often it was sent, from 1
     */
    public record Outstanding(
            long messageId, ExchangeType exchange, Sealed message, int sendings) {}

    /** The message ID of the next request. */
    public long nextId() {
        return nextId;
    }

    /** The request that waits, if there is one. */
    public Optional<Outstanding> outstanding() {
        return outstanding;
    }

    /** Notes a request that is sent for the first time; it has the message ID {@link #nextId()}. */
    public void sent(ExchangeType exchange, Sealed message) {
        if (outstanding.isPresent()) {
            throw new IllegalStateException("a request is outstanding");
        }
        outstanding = Optional.of(new Outstanding(nextId, exchange, message, 1));
    }

    /** Notes that it was sent again. */
    public void sentAgain() {
        outstanding =
                outstanding.map(o ->
                        new Outstanding(
                                o.messageId(), o.exchange(), o.message(), o.sendings() + 1));
    }

    /** Puts the same message in other fragments in its place; the count of sendings starts over. */
    public void recut(Sealed message) {
        outstanding =
                outstanding.map(o -> new Outstanding(o.messageId(), o.exchange(), message, 1));
    }

    /** Whether a response is the one that is waited for, judged by its header alone. */
    public boolean expects(long messageId, int exchangeValue) {
        return outstanding
                .filter(o -> o.messageId() == messageId && o.exchange().value() == exchangeValue)
                .isPresent();
    }

    /** Notes the response; the next request gets the next message ID. */
    public void answered() {
        outstanding = Optional.empty();
        nextId++;
    }

    /**
     * Forgets the request, so that another one takes its message ID: the IKE_SA_INIT after a COOKIE
     * or INVALID_KE_PAYLOAD.
     */
    public void withdraw() {
        outstanding = Optional.empty();
    }
}
