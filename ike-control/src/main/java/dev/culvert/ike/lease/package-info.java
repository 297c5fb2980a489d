/**
 * Leases of virtual addresses. They are a part of the engine's state, like its SAs: the engine
 * alone decides about them, in the order of its inputs, and the host reads them from the snapshot.
 */
package dev.culvert.ike.lease;
