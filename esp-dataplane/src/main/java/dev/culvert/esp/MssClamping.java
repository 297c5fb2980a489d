package dev.culvert.esp;

/**
 * What happens to the MSS of TCP SYN segments that enter or leave the tunnel.
 *
 * @param mode off, computed, or fixed
 * @param mssBytes the largest MSS to let through, for {@link Mode#FIXED}
 */
public record MssClamping(Mode mode, int mssBytes) {

    /** The MSS follows from the tunnel's MTU. The default. */
    public static final MssClamping AUTOMATIC = new MssClamping(Mode.AUTOMATIC, 0);

    /** SYN segments are left alone. */
    public static final MssClamping OFF = new MssClamping(Mode.OFF, 0);

    /** Where the limit comes from. */
    public enum Mode {
        OFF,
        AUTOMATIC,
        FIXED
    }

    /**
     * Checks the value.
     *
     * @throws IllegalArgumentException when a fixed MSS is out of range
     */
    public MssClamping {
        if (mode == Mode.FIXED && (mssBytes < 64 || mssBytes > 65495)) {
            throw new IllegalArgumentException("MSS " + mssBytes + ": expected 64 to 65495 bytes");
        }
    }

    /** A fixed limit. */
    public static MssClamping fixed(int mssBytes) {
        return new MssClamping(Mode.FIXED, mssBytes);
    }
}
