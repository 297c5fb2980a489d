package dev.culvert.ike.exchange;

import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.wire.Bytes;
import java.util.List;
import java.util.Optional;

/**
 * The notification PUZZLE (RFC 8019, section 8.1).
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |              PRF              |   Difficulty  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 *
 * @param prf what the puzzle is made with
 * @param bits zero bits that are wanted; 0 leaves it to the solver
 */
public record PuzzleNotify(PrfAlgorithm prf, int bits) {
    /** What puzzles can be made with here, the cheapest first. */
    public static final List<PrfAlgorithm> KNOWN =
            List.of(
                    PrfAlgorithm.HMAC_SHA2_256,
                    PrfAlgorithm.HMAC_SHA2_384,
                    PrfAlgorithm.HMAC_SHA2_512);

    /** The notification. */
    public static Payload.Notify of(PrfAlgorithm prf, int bits) {
        return Payload.Notify.of(
                NotifyType.PUZZLE,
                Bytes.of(new byte[] {(byte) (prf.id() >>> 8), (byte) prf.id(), (byte) bits}));
    }

    /** Reads a notification; empty if it is none that can be worked on. */
    static Optional<PuzzleNotify> read(Payload.Notify notify) {
        if (notify.data().lengthBytes() != 3) {
            return Optional.empty();
        }
        int prf = (int) notify.data().slice(0, 2).toUnsignedLong();
        int bits = (int) notify.data().slice(2, 3).toUnsignedLong();
        return KNOWN.stream()
                .filter(known -> known.id() == prf)
                .findFirst()
                .map(known -> new PuzzleNotify(known, bits));
    }
}
