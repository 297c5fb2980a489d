/**
 * What one IKE SA consists of: its keys, its message windows, its timers, its children, and the
 * line of states that its handshake walks. Nothing in here decides what a message means; that is
 * the work of {@code dev.culvert.ike.exchange}.
 */
package dev.culvert.ike.session;
