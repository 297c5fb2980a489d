package dev.culvert.ike.lease;

import dev.culvert.ike.id.Identity;
import dev.culvert.ike.wire.IpAddress;

/**
 * A lease as it is kept over a restart: whose an address is, not which IKE SA uses it.
 *
 * @param pool name of the pool
 * @param address inside the pool
 * @param identity whom it belongs to
 */
public record SavedLease(String pool, IpAddress address, Identity identity) {}
