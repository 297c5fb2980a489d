/**
 * Key exchange, key derivation and protection of IKE messages. Randomness and time are parameters.
 */
package dev.culvert.ike.crypto;
