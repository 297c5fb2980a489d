package dev.culvert.ike.session;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/**
 * The peer's requests, with a window of one (RFC 7296 sections 2.1 and 2.3): which message ID comes
 * next, and the response to the one before, kept to answer retransmissions with the very same
 * bytes.
 */
public final class ResponseSlot {
    /**
     * Answers to retransmissions of one request; more would only serve somebody who replays it to
     * make us send.
     */
    public static final int RESEND_LIMIT = 64;

    /** What a request is, judged by its message ID and its bytes alone. */
    public sealed interface Kind {
        /** The next request: to be decrypted and handled. */
        record Next() implements Kind {}

        /** A retransmission: the response goes out again. */
        record Answered(byte[] response) implements Kind {}

        /** A retransmission of a request that is still being worked on. */
        record InProgress() implements Kind {}

        /** The message ID of the request before, but other bytes. */
        record Differs() implements Kind {}

        /** A retransmission that was answered too often. */
        record LimitReached() implements Kind {}

        /** Outside the window. */
        record Outside() implements Kind {}
    }

    private long nextId;
    private byte[] digest = {};
    private Optional<byte[]> response = Optional.empty();
    private int resends;
    private boolean inProgress;

    /** Judges a request. Nothing changes, except the count of responses sent again. */
    public Kind classify(long messageId, byte[] message) {
        if (inProgress && messageId == nextId) {
            return Arrays.equals(digest, sha256(message))
                    ? new Kind.InProgress()
                    : new Kind.Differs();
        }
        if (messageId == nextId) {
            return new Kind.Next();
        }
        if (messageId != nextId - 1 || response.isEmpty()) {
            return new Kind.Outside();
        }
        if (!Arrays.equals(digest, sha256(message))) {
            return new Kind.Differs();
        }
        if (resends >= RESEND_LIMIT) {
            return new Kind.LimitReached();
        }
        resends++;
        return new Kind.Answered(response.orElseThrow());
    }

    /** Notes that the next request, now known to be authentic, is being worked on. */
    public void begin(byte[] message) {
        inProgress = true;
        digest = sha256(message);
    }

    /** Notes the response to the request in work, and moves the window. */
    public void answer(byte[] message) {
        inProgress = false;
        response = Optional.of(message);
        resends = 0;
        nextId++;
    }

    /** The message ID of the request that is expected next, or that is being worked on. */
    public long nextId() {
        return nextId;
    }

    /** Whether a request is being worked on. */
    public boolean inProgress() {
        return inProgress;
    }

    /** A digest to recognise a message by. */
    public static byte[] sha256(byte[] message) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(message);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }
}
