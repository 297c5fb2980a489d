package dev.culvert.tun;

import java.net.InetAddress;

/**
 * An address of an interface.
 *
 * @param linkIndex the interface's index
 * @param address the address itself, with its host bits
 * @param prefixLength length of the network it is in: 0 to 32, or 0 to 128
 * @param scope {@code RT_SCOPE_…}: 0 global, 253 link, 254 host
 * @param flags {@code IFA_F_…} bits
 */
public record InterfaceAddress(
        int linkIndex, InetAddress address, int prefixLength, int scope, int flags) {
    private static final int IFA_F_TENTATIVE = 0x40;
    private static final int IFA_F_DADFAILED = 0x08;

    /** An address of global scope. */
    public static InterfaceAddress of(int linkIndex, InetAddress address, int prefixLength) {
        return new InterfaceAddress(linkIndex, address, prefixLength, 0, 0);
    }

    public AddressFamily family() {
        return AddressFamily.of(address);
    }

    /** Whether packets can be sent from it: false while a duplicate is searched for, or found. */
    public boolean isUsable() {
        return (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0;
    }
}
