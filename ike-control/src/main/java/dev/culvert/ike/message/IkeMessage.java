package dev.culvert.ike.message;

import java.util.List;
import java.util.Optional;

/**
 * A message.
 *
 * @param header fixed header
 * @param payloads in order; a protected message ends with {@link Payload.Sk} or {@link Payload.Skf}
 */
public record IkeMessage(IkeHeader header, List<Payload> payloads) {
    /** Copies the list. */
    public IkeMessage {
        payloads = List.copyOf(payloads);
    }

    /** The first payload of a kind. */
    public <P extends Payload> Optional<P> first(Class<P> kind) {
        return Payload.first(payloads, kind);
    }

    /** All payloads of a kind, in order. */
    public <P extends Payload> List<P> all(Class<P> kind) {
        return Payload.all(payloads, kind);
    }

    /** The first notification of a type. */
    public Optional<Payload.Notify> notify(NotifyType type) {
        return Payload.notify(payloads, type);
    }
}
