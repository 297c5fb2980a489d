package dev.culvert.esp.policy;

import dev.culvert.esp.packet.InnerPacket;
import dev.culvert.esp.sa.SelectorPair;

/**
 * Finds the first matching entry for a packet, in the order that {@link PolicyTable} describes.
 * Finding allocates nothing.
 */
interface PolicyIndex {

    /** Adds an entry under one of its pairs. Of equal rank, the later addition comes first. */
    void add(SelectorPair pair, int priority, boolean isSa, PolicyEntry entry);

    /** Removes an entry under all of its pairs. */
    void remove(PolicyEntry entry);

    /** The first match, or the entry that stands for none. */
    PolicyEntry find(InnerPacket packet);
}
