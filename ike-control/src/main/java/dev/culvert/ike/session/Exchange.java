package dev.culvert.ike.session;

import dev.culvert.ike.message.Payload;
import java.util.List;

/**
 * An exchange that this side starts on an established IKE SA. It occupies the SA's one slot until
 * it calls {@code finish}.
 */
public interface Exchange {
    /** Its name in status reports, in strongSwan's terms, such as {@code CHILD_CREATE}. */
    String name();

    /** The lower, the sooner; among equals the first one queued. */
    int priority();

    /** Sends the request, or begins the work that comes before it. */
    void start();

    /**
     * Takes the response: decrypted, well-formed, and with the payloads that its exchange must
     * have.
     */
    void onResponse(List<Payload> payloads);

    /** The IKE SA ended, or was replaced, before the exchange did. */
    void onAbandoned(String reason);
}
