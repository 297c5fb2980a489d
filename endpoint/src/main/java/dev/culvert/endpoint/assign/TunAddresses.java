package dev.culvert.endpoint.assign;

import java.net.InetAddress;

/** The addresses of the TUN interface. For the control agent's thread only. */
public interface TunAddresses {
    /** Adds one; a refusal is logged. */
    void add(InetAddress address);

    /** Removes one that was added; a refusal is logged. */
    void remove(InetAddress address);
}
