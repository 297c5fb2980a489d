package dev.culvert.esp;

import java.util.Locale;

/** Work on many packets at once that the kernel may take part in. Each can be switched off. */
public enum Offload {
    /** TCP super-packets are read from the TUN device. */
    TUN_TSO,
    /** Super-packets of UDP datagrams are read from the TUN device. */
    TUN_USO,
    /** Consecutive packets of a flow are written to the TUN device as one super-packet. */
    TUN_GRO,
    /** Datagrams of one length to one peer are sent as one message ({@code UDP_SEGMENT}). */
    UDP_GSO,
    /** Datagrams of one length from one peer are received as one message ({@code UDP_GRO}). */
    UDP_GRO;

    /** Its name in configuration and status. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
