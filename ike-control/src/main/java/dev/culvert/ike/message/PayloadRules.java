package dev.culvert.ike.message;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Which payloads an exchange may and must carry (RFC 7296, sections 1.2 to 1.5 and appendix C), as
 * a table.
 *
 * <p>The table leaves to the exchanges what depends on their state: whether a CREATE_CHILD_SA is
 * about an IKE or a child SA, whether IKE_AUTH is a round of EAP.
 */
public final class PayloadRules {
    private static final int MANY = Integer.MAX_VALUE;

    private static final Map<PayloadType, Count> IKE_SA_INIT_REQUEST =
            table(
                    rule(PayloadType.PS, 0, 1),
                    rule(PayloadType.SA, 1, 1),
                    rule(PayloadType.KE, 1, 1),
                    rule(PayloadType.NONCE, 1, 1),
                    rule(PayloadType.NOTIFY, 0, MANY),
                    rule(PayloadType.VENDOR_ID, 0, MANY));

    private static final Map<PayloadType, Count> IKE_SA_INIT_RESPONSE =
            table(
                    rule(PayloadType.SA, 1, 1),
                    rule(PayloadType.KE, 1, 1),
                    rule(PayloadType.NONCE, 1, 1),
                    rule(PayloadType.CERTREQ, 0, MANY),
                    rule(PayloadType.NOTIFY, 0, MANY),
                    rule(PayloadType.VENDOR_ID, 0, MANY));

    private static final Map<PayloadType, Count> IKE_SESSION_RESUME =
            table(
                    rule(PayloadType.NONCE, 1, 1),
                    rule(PayloadType.NOTIFY, 0, MANY),
                    rule(PayloadType.VENDOR_ID, 0, MANY));

    private static final Map<PayloadType, Count> IKE_AUTH_REQUEST =
            table(
                    rule(PayloadType.IDI, 0, 1),
                    rule(PayloadType.IDR, 0, 1),
                    rule(PayloadType.CERT, 0, MANY),
                    rule(PayloadType.CERTREQ, 0, MANY),
                    rule(PayloadType.AUTH, 0, 1),
                    rule(PayloadType.EAP, 0, 1),
                    rule(PayloadType.CP, 0, 1),
                    rule(PayloadType.SA, 0, 1),
                    rule(PayloadType.TSI, 0, 1),
                    rule(PayloadType.TSR, 0, 1),
                    rule(PayloadType.NOTIFY, 0, MANY),
                    rule(PayloadType.VENDOR_ID, 0, MANY));

    private static final Map<PayloadType, Count> IKE_AUTH_RESPONSE =
            table(
                    rule(PayloadType.IDR, 0, 1),
                    rule(PayloadType.CERT, 0, MANY),
                    rule(PayloadType.AUTH, 0, 1),
                    rule(PayloadType.EAP, 0, 1),
                    rule(PayloadType.CP, 0, 1),
                    rule(PayloadType.SA, 0, 1),
                    rule(PayloadType.TSI, 0, 1),
                    rule(PayloadType.TSR, 0, 1),
                    rule(PayloadType.NOTIFY, 0, MANY),
                    rule(PayloadType.VENDOR_ID, 0, MANY));

    private static final Map<PayloadType, Count> CREATE_CHILD_SA =
            table(
                    rule(PayloadType.SA, 1, 1),
                    rule(PayloadType.NONCE, 1, 1),
                    rule(PayloadType.KE, 0, 1),
                    rule(PayloadType.TSI, 0, 1),
                    rule(PayloadType.TSR, 0, 1),
                    rule(PayloadType.CP, 0, 1),
                    rule(PayloadType.NOTIFY, 0, MANY),
                    rule(PayloadType.VENDOR_ID, 0, MANY));

    private static final Map<PayloadType, Count> INFORMATIONAL =
            table(
                    rule(PayloadType.NOTIFY, 0, MANY),
                    rule(PayloadType.DELETE, 0, MANY),
                    rule(PayloadType.CP, 0, 1),
                    rule(PayloadType.VENDOR_ID, 0, MANY));

    private PayloadRules() {}

    private record Count(int min, int max) {}

    private record Rule(PayloadType type, Count count) {}

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
     * <p>A response with an error notification, or one to IKE_SA_INIT with COOKIE or REDIRECT, need
     * not have what a success must have. Payloads of unknown types are ignored, and so is
     * everything in exchanges that are not in the table.
     *
     * @param exchange which
     * @param response whether it is a response
     * @param payloads in clear, or opened; without SK itself
     * @return every violation; empty if there is none
     */
    public static List<Violation> check(
            ExchangeType exchange, boolean response, List<Payload> payloads) {
        Map<PayloadType, Count> rules =
                switch (exchange) {
                    case IKE_SA_INIT -> response ? IKE_SA_INIT_RESPONSE : IKE_SA_INIT_REQUEST;
                    case IKE_AUTH -> response ? IKE_AUTH_RESPONSE : IKE_AUTH_REQUEST;
                    case CREATE_CHILD_SA -> CREATE_CHILD_SA;
                    case INFORMATIONAL -> INFORMATIONAL;
                    case IKE_SESSION_RESUME -> IKE_SESSION_RESUME;
                    case GSA_AUTH,
                            GSA_REGISTRATION,
                            GSA_REKEY,
                            GSA_INBAND_REKEY,
                            IKE_INTERMEDIATE,
                            IKE_FOLLOWUP_KE ->
                            Map.of();
                };
        if (rules.isEmpty()) {
            return List.of();
        }
        boolean refusal =
                response
                        && (Payload.firstError(payloads).isPresent()
                                || (exchange == ExchangeType.IKE_SESSION_RESUME
                                        && (Payload.notify(payloads, NotifyType.COOKIE).isPresent()
                                                || Payload.notify(payloads, NotifyType.TICKET_NACK)
                                                        .isPresent()))
                                || (exchange == ExchangeType.IKE_SA_INIT
                                        && (Payload.notify(payloads, NotifyType.COOKIE).isPresent()
                                                || Payload.notify(payloads, NotifyType.REDIRECT)
                                                        .isPresent())));
        return violations(rules, counts(payloads), refusal);
    }

    private static List<Violation> violations(
            Map<PayloadType, Count> rules, Map<PayloadType, Integer> counts, boolean refusal) {
        List<Violation> violations = new ArrayList<>();
        for (PayloadType type : PayloadType.values()) {
            Count allowed = rules.getOrDefault(type, new Count(0, 0));
            int min = refusal ? 0 : allowed.min();
            int count = counts.getOrDefault(type, 0);
            if (count < min || count > allowed.max()) {
                violations.add(new Violation(type.value(), min, allowed.max(), count));
            }
        }
        return violations;
    }

    private static Map<PayloadType, Integer> counts(List<Payload> payloads) {
        Map<PayloadType, Integer> counts = new EnumMap<>(PayloadType.class);
        for (Payload payload : payloads) {
            PayloadType.of(payload.typeValue())
                    .ifPresent(type -> counts.merge(type, 1, Integer::sum));
        }
        return counts;
    }

    private static Rule rule(PayloadType type, int min, int max) {
        return new Rule(type, new Count(min, max));
    }

    private static Map<PayloadType, Count> table(Rule... rules) {
        Map<PayloadType, Count> table = new EnumMap<>(PayloadType.class);
        for (Rule rule : rules) {
            table.put(rule.type(), rule.count());
        }
        return Map.copyOf(table);
    }
}
