package dev.culvert.esp;

/**
 * What the tunnel does with header fields (RFC 4301 5.1.2, RFC 6040).
 *
 * @param copyDscp when the DSCP is copied between inner and outer header
 * @param copyEcn true for RFC 6040 normal mode; false clears the outer field and ignores it inbound
 * @param copyDf true to set the outer DF bit from the inner one (always set for an inner IPv6
 *     packet)
 * @param tfcPaddingBytes 0 for none; otherwise inner packets are padded up to this length (RFC 4303
 *     2.7); {@link #TFC_TO_MTU} pads up to the largest inner packet
 */
public record TunnelOptions(
        CopyDscp copyDscp, boolean copyEcn, boolean copyDf, int tfcPaddingBytes) {

    /** Pads every packet to the largest inner packet. */
    public static final int TFC_TO_MTU = -1;

    /** strongSwan's defaults: DSCP copied outward, ECN and DF copied, no TFC padding. */
    public static final TunnelOptions DEFAULT = new TunnelOptions(CopyDscp.OUT, true, true, 0);

    /** Directions of the DSCP copy, named as in swanctl.conf. */
    public enum CopyDscp {
        /** Inner to outer when sealing. */
        OUT(true, false),
        /** Outer to inner when opening. */
        IN(false, true),
        /** Both ways. */
        YES(true, true),
        /** Neither. */
        NO(false, false);

        private final boolean outbound;
        private final boolean inbound;

        CopyDscp(boolean outbound, boolean inbound) {
            this.outbound = outbound;
            this.inbound = inbound;
        }

        /** True when the outer header gets the inner DSCP. */
        public boolean outbound() {
            return outbound;
        }

        /** True when the inner header gets the outer DSCP. */
        public boolean inbound() {
            return inbound;
        }
    }

    /**
     * Checks the padding.
     *
     * @throws IllegalArgumentException when it is out of range
     */
    public TunnelOptions {
        if (tfcPaddingBytes < TFC_TO_MTU || tfcPaddingBytes > 65535) {
            throw new IllegalArgumentException(
                    "TFC padding " + tfcPaddingBytes + ": expected -1 (MTU) or 0 to 65535 bytes");
        }
    }
}
