/**
 * The engine itself: the tables of IKE SAs, the ladder that every datagram climbs, the gate in
 * front of half-open SAs, the operator's commands, and the choice of connections and secrets.
 */
package dev.culvert.ike.engine;
