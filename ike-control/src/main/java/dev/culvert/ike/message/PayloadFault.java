package dev.culvert.ike.message;

/**
 * Where and how a chain of payloads breaks its grammar.
 *
 * @param payloadValue type of the payload in question
 * @param offsetBytes of the payload's generic header: from the message's start, or from the plain
 *     text's start inside SK
 * @param problem what was expected and what came
 */
public record PayloadFault(int payloadValue, int offsetBytes, String problem) {
    /** One line for logs. */
    @Override
    public String toString() {
        return PayloadType.nameOf(payloadValue)
                + " payload at byte "
                + offsetBytes
                + ": "
                + problem;
    }
}
