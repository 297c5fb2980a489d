package dev.culvert.esp.packet;

/** ECN across the tunnel, in normal mode (RFC 6040). */
public final class Ecn {

    /** Not ECN-capable. */
    public static final int NOT_ECT = 0;

    /** ECN-capable, ECT(1). */
    public static final int ECT_1 = 1;

    /** ECN-capable, ECT(0). */
    public static final int ECT_0 = 2;

    /** Congestion experienced. */
    public static final int CE = 3;

    /** The ECN bits of a TOS or traffic class. */
    public static final int MASK = 3;

    /** Result of {@link #decapsulate} for a packet that must be dropped. */
    public static final int DROP = -1;

    private static final int UNUSUAL = 4;

    /**
     * RFC 6040 figure 4: row is the inner field, column the outer one, each in numeric order
     * (Not-ECT, ECT(1), ECT(0), CE).
     */
    private static final byte[] DECAPSULATED = {
        NOT_ECT,
        NOT_ECT | UNUSUAL,
        NOT_ECT | UNUSUAL,
        DROP,
        ECT_1,
        ECT_1,
        ECT_1 | UNUSUAL,
        CE,
        ECT_0,
        ECT_1,
        ECT_0,
        CE,
        CE,
        CE | UNUSUAL,
        CE,
        CE,
    };

    private Ecn() {}

    /**
     * The ECN field that the inner header leaves the tunnel with.
     *
     * @param inner arriving inner field, 0 to 3
     * @param outer arriving outer field, 0 to 3
     * @return 0 to 3, or {@link #DROP}
     */
    public static int decapsulate(int inner, int outer) {
        final int entry = DECAPSULATED[(inner & MASK) << 2 | (outer & MASK)];
        return entry == DROP ? DROP : entry & MASK;
    }

    /**
     * True for a combination that should not occur (RFC 6040 4.2 marks it with an exclamation
     * mark).
     */
    public static boolean isUnusual(int inner, int outer) {
        return (DECAPSULATED[(inner & MASK) << 2 | (outer & MASK)] & UNUSUAL) != 0;
    }
}
