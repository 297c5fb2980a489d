package dev.culvert.esp;

import java.net.InetSocketAddress;

/**
 * The outer addresses of an SA.
 *
 * @param local our address and port; must be an address of one of the dataplane's ports
 * @param remote the peer's address and port, of the same family
 */
public record SaPath(InetSocketAddress local, InetSocketAddress remote) {

    /**
     * Checks the addresses.
     *
     * @throws IllegalArgumentException when one is unresolved or the families differ
     */
    public SaPath {
        if (local.isUnresolved() || remote.isUnresolved()) {
            throw new IllegalArgumentException("unresolved address: " + local + ", " + remote);
        }
        if (local.getAddress().getAddress().length != remote.getAddress().getAddress().length) {
            throw new IllegalArgumentException(
                    "addresses of two families: " + local + ", " + remote);
        }
    }
}
