package dev.culvert.ike.session;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
        record Answered() implements Kind {}

        /**
         * The message ID of the request before, in another form than it had: a retransmission in
         * other fragments, if it is authentic.
         */
        record OtherForm() implements Kind {}

        /** A later fragment of the request before: ignored (RFC 7383 section 2.6.1). */
        record LaterFragment() implements Kind {}

        /** A retransmission of a request that is still being worked on. */
        record InProgress() implements Kind {}

        /** The message ID of the request before, but other bytes. */
        record Differs() implements Kind {}

        /** A retransmission that was answered too often. */
        record LimitReached() implements Kind {}

        /** Outside the window. */
        record Outside() implements Kind {}
    }

    private static final int MOST_FORMS = 8;

    private long nextId;
    private final List<byte[]> digests = new ArrayList<>();
    private boolean fragmented;
    private Optional<Sealed> response = Optional.empty();
    private int resends;
    private boolean inProgress;

    /**
     * Judges a request. Nothing changes, except the count of responses sent again.
     *
     * @param fragment the number of the fragment, from 1; 0 for a whole message
     */
    public Kind classify(long messageId, byte[] message, int fragment) {
        if (inProgress && messageId == nextId) {
            return fragment > 0 || isKnown(message) ? new Kind.InProgress() : new Kind.Differs();
        }
        if (messageId == nextId) {
            return new Kind.Next();
        }
        if (messageId != nextId - 1 || response.isEmpty()) {
            return new Kind.Outside();
        }
        if (fragment > 1) {
            return new Kind.LaterFragment();
        }
        if (!isKnown(message)) {
            boolean mayBeOtherForm = (fragment == 1 || fragmented) && digests.size() < MOST_FORMS;
            return mayBeOtherForm ? new Kind.OtherForm() : new Kind.Differs();
        }
        return countResend();
    }

    /** Notes that a request of {@link Kind.OtherForm} is authentic. */
    public Kind acceptForm(byte[] message) {
        digests.add(sha256(message));
        return countResend();
    }

    private Kind countResend() {
        if (resends >= RESEND_LIMIT) {
            return new Kind.LimitReached();
        }
        resends++;
        return new Kind.Answered();
    }

    private boolean isKnown(byte[] message) {
        byte[] digest = sha256(message);
        return digests.stream().anyMatch(known -> Arrays.equals(known, digest));
    }

    /**
     * Notes that the next request, now known to be authentic, is being worked on.
     *
     * @param message its bytes; of fragments, the first one's
     */
    public void begin(byte[] message, boolean inFragments) {
        inProgress = true;
        fragmented = inFragments;
        digests.clear();
        digests.add(sha256(message));
    }

    /** Notes the response to the request in work, and moves the window. */
    public void answer(Sealed message) {
        inProgress = false;
        response = Optional.of(message);
        resends = 0;
        nextId++;
    }

    /** The response to the request before. */
    public Optional<Sealed> response() {
        return response;
    }

    /** Puts the same response in other fragments in its place. */
    public void recut(Sealed message) {
        response = Optional.of(message);
    }

    /** How often the response was sent again. */
    public int resends() {
        return resends;
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
