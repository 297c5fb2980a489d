package dev.culvert.ike.session;

import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.message.IkeHeader;
import dev.culvert.ike.message.OpenResult;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.message.SkCodec;
import java.util.Arrays;
import java.util.List;

/**
 * The fragments of one message that came so far (RFC 7383 section 2.6). Only authentic ones get in.
 * The message is that with the message ID that is expected; another one takes its place.
 */
public final class Reassembly {
    /** What to do with a fragment, judged by its numbers. */
    public enum Verdict {
        /** To be opened, and stored if it is authentic. */
        WANTED,
        /** It is here already. */
        DUPLICATE,
        /** Of an older set with larger fragments, or of another exchange. */
        STALE,
        /** Of a message with too many of them. */
        TOO_MANY
    }

    /**
     * A whole message.
     *
     * @param first the datagram with the first fragment, which stands for the message
     * @param longestBytes the longest of the datagrams, in bytes
     * @param fragments how many there were
     */
    public record Whole(byte[] first, int longestBytes, int fragments, OpenResult result) {}

    private long messageId;
    private int exchangeValue;
    private byte[][] parts = {};
    private int have;
    private int heldBytes;
    private int longestBytes;
    private int firstInnerType;
    private byte[] first = {};
    private List<Payload> outer = List.of();
    private long sinceNs;

    /** Judges a fragment; nothing changes. */
    public Verdict judge(IkeHeader header, Payload.Skf skf, EngineSettings.Fragments limits) {
        if (skf.totalFragments() > limits.countLimit()) {
            return Verdict.TOO_MANY;
        }
        if (have == 0 || header.messageId() != messageId) {
            return Verdict.WANTED;
        }
        if (header.exchangeValue() != exchangeValue || skf.totalFragments() < parts.length) {
            return Verdict.STALE;
        }
        return skf.totalFragments() == parts.length && parts[skf.fragmentNumber() - 1] != null
                ? Verdict.DUPLICATE
                : Verdict.WANTED;
    }

    /** Whether storing this fragment begins a new set, in place of those that are here. */
    public boolean replaces(IkeHeader header, Payload.Skf skf) {
        return have > 0 && (header.messageId() != messageId || skf.totalFragments() > parts.length);
    }

    /**
     * Stores a fragment that {@link #judge} wants.
     *
     * @param datagram it came in
     * @param inFront payloads in clear in front of it
     * @param plainText what was in it; taken over
     */
    public void store(
            IkeHeader header,
            Payload.Skf skf,
            byte[] datagram,
            List<Payload> inFront,
            byte[] plainText,
            long nowNs) {
        if (have == 0) {
            messageId = header.messageId();
            exchangeValue = header.exchangeValue();
            parts = new byte[skf.totalFragments()][];
            sinceNs = nowNs;
        }
        parts[skf.fragmentNumber() - 1] = plainText;
        have++;
        heldBytes += plainText.length;
        longestBytes = Math.max(longestBytes, datagram.length);
        if (skf.fragmentNumber() == 1) {
            first = datagram;
            firstInnerType = skf.firstInnerType();
            outer = List.copyOf(inFront);
        }
    }

    /** Whether all fragments are here. */
    public boolean isComplete() {
        return have > 0 && have == parts.length;
    }

    /** The message; afterwards there is room for another. */
    public Whole take() {
        byte[] plainText = new byte[heldBytes];
        int position = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, plainText, position, part.length);
            position += part.length;
        }
        OpenResult result = SkCodec.readFragments(firstInnerType, plainText, outer);
        Arrays.fill(plainText, (byte) 0);
        Whole whole = new Whole(first, longestBytes, parts.length, result);
        clear();
        return whole;
    }

    /** Forgets all fragments; how many there were. */
    public int clear() {
        int count = have;
        for (byte[] part : parts) {
            if (part != null) {
                Arrays.fill(part, (byte) 0);
            }
        }
        parts = new byte[0][];
        have = 0;
        heldBytes = 0;
        longestBytes = 0;
        first = new byte[0];
        outer = List.of();
        return count;
    }

    /** How many fragments are here. */
    public int held() {
        return have;
    }

    /** What they hold, in bytes. */
    public int heldBytes() {
        return heldBytes;
    }

    /** When the first of them came, in nanoseconds. */
    public long sinceNs() {
        return sinceNs;
    }
}
