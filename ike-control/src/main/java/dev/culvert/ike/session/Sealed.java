package dev.culvert.ike.session;

import dev.culvert.ike.message.IkeHeader;
import dev.culvert.ike.message.Payload;
import java.util.List;

/**
 * A message as it goes on the wire, whole or in fragments, and what it was made of.
 *
 * @param header of the message
 * @param payloads of the message
 * @param datagrams the very bytes, in order; sent again, they are the same
 */
public record Sealed(IkeHeader header, List<Payload> payloads, List<byte[]> datagrams) {
    /** Copies the lists. */
    public Sealed {
        payloads = List.copyOf(payloads);
        datagrams = List.copyOf(datagrams);
    }

    /** The longest datagram, in bytes. */
    public int longestBytes() {
        return datagrams.stream().mapToInt(datagram -> datagram.length).max().orElse(0);
    }

    /** For traces: how many fragments it has, if it has any. */
    public String inFragments() {
        return datagrams.size() == 1 ? "" : " in " + datagrams.size() + " fragments";
    }
}
