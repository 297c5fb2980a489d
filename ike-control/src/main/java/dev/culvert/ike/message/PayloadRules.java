package dev.culvert.ike.message;

import java.util.List;

/**
 * Which payloads an exchange may and must carry (RFC 7296, sections 1.2 to 1.5 and appendix C), as
 * a table.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class PayloadRules {
    private PayloadRules() {}

    /**
     * A payload that is missing or should not be there.
     *
     * @param payloadValue its type
     * @param minCount at least so many are required
     * @param maxCount at most so many are allowed
     * @param count so many came
     */
    public record Violation(int payloadValue, int minCount, int maxCount, int count) {
        @Override
        public String toString() {
            String expected =
                    maxCount == 0
                            ? "none is allowed here"
                            : minCount == maxCount
                                    ? "exactly " + minCount
                                    : minCount + " to " + maxCount;
            return count
                    + " "
                    + PayloadType.nameOf(payloadValue)
                    + " payloads; expected "
                    + expected;
        }
    }

    /**
     * Compares payloads with the table.
     *
     * <p>A response with an error notification, or one to IKE_SA_INIT with COOKIE, need not have
     * what a success must have. Payloads of unknown types are ignored.
     *
     * @param exchange which
     * @param response whether it is a response
     * @param payloads in clear, or opened; without SK itself
     * @return every violation; empty if there is none
     */
    public static List<Violation> check(
            ExchangeType exchange, boolean response, List<Payload> payloads) {
        throw new UnsupportedOperationException("soon");
    }
}
