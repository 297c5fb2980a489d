package dev.culvert.ike.session;

import dev.culvert.ike.message.Gateway;
import java.util.OptionalInt;

/**
 * That an IKE SA goes elsewhere than its connection says, because a gateway sent us there (RFC
 * 5685).
 *
 * @param to where it goes
 * @param from who sent us
 * @param hops how often we were sent on since {@code sinceNs}
 * @param sinceNs when the first of these redirects came, in nanoseconds
 * @param replaces the IKE SA that goes when this one is established
 */
public record Redirection(Gateway to, Gateway from, int hops, long sinceNs, OptionalInt replaces) {}
