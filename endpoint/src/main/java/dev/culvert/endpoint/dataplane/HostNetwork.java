package dev.culvert.endpoint.dataplane;

import dev.culvert.tun.InterfaceAddress;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/** What the control plane asks the host's kernel. For the control agent's thread only. */
public interface HostNetwork {
    /** All addresses of all interfaces; empty when the kernel does not tell. */
    List<InterfaceAddress> addresses();

    /** The address that our own packets to a peer would carry. */
    Optional<InetAddress> sourceTowards(InetAddress remote);

    /** MTU of the path to a peer in bytes, outer IP header included; 576 to 65535. */
    int pathMtuBytes(InetAddress remote);

    /** Changes the TUN interface's MTU; a refusal is logged. */
    void setTunMtuBytes(int mtuBytes);
}
